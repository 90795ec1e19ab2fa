/**
 * Field values for an account that is rebuilt from a recording. A recording has the names of the fields that changed
 * and none of their values, so each value is made from the type that the product's own schema gives the field.
 */
import { Schema, SchemaAST } from "effect"
import type { EpochMillis } from "../domain/Time.js"
import { entitySchema } from "../providers/clients.js"
import type { Provider } from "../providers/index.js"

type Fields = Readonly<Record<string, unknown>>

/** Makes the values of one entity type. */
export interface RebuiltType {
  /** An entity before anything changed: every field that its schema requires, and those that change later as `null`. */
  readonly blank: (id: number | string, changing: Iterable<string>) => Fields
  /** The named fields with values that they did not have before; fields that a change cannot set are left out. */
  readonly changed: (before: Fields, names: Iterable<string>, at: EpochMillis) => Fields
}

/** The recorder names all custom fields so, wherever the product has them. */
const customPrefix = "custom_fields."
/** Texts of these names are moments. */
const momentName = /_(?:at|on|by|time|date|since|close)$/

export const rebuiltType = (provider: Provider, entity: string): RebuiltType => {
  const { stamp } = provider
  const type = provider.entities[entity]
  const schema = Schema.encodedSchema(entitySchema(provider, entity)).ast
  const signatures = SchemaAST.isTypeLiteral(schema) ? schema.propertySignatures : []
  const typeOf = new Map(signatures.map((signature) => [String(signature.name), signature.type]))
  // A field that may be anything may be absent.
  const required = signatures
    .filter((signature) => !signature.isOptional && !SchemaAST.isUnknownKeyword(signature.type))
    .map(({ name }) => String(name))
  const customAt = provider.customFieldsAt ?? "custom_fields"
  // A recording does not tell whether `deleted` was set or taken back, and the stand-in refuses changes of a deleted
  // entity. Nor does an entity move beneath another parent.
  const fixed = new Set([...required, "id", "deleted", type?.parent?.idField])
  for (const name of [type?.idField, type?.createdAtField, type?.updatedAtField]) fixed.add(name)

  const settable = (names: Iterable<string>): ReadonlyArray<string> =>
    [...new Set(names)].filter((name) => !fixed.has(name) && !name.startsWith(customPrefix) && name !== customAt)
  const customOf = (names: Iterable<string>): ReadonlyArray<string> => [
    ...new Set([...names].flatMap((name) => (name.startsWith(customPrefix) ? [name.slice(customPrefix.length)] : [])))
  ]

  return {
    blank: (id, changing) => {
      const names = [...changing]
      const fields: Record<string, unknown> = {}
      for (const name of settable(names)) fields[name] = null
      for (const name of required) fields[name] = typeof id === "number" ? id : String(id)
      const custom = customOf(names)
      if (custom.length > 0) fields[customAt] = Object.fromEntries(custom.map((name) => [name, null]))
      return fields
    },
    changed: (before, names, at) => {
      const all = [...names]
      const fields: Record<string, unknown> = {}
      for (const name of settable(all)) fields[name] = newValue(typeOf.get(name), name, before[name], at, stamp)
      const custom = customOf(all)
      if (custom.length === 0) return fields
      const values = recordOf(before[customAt])
      return {
        ...fields,
        [customAt]: {
          ...values,
          ...Object.fromEntries(custom.map((name) => [name, newValue(undefined, name, values[name], at, stamp)]))
        }
      }
    }
  }
}

const recordOf = (value: unknown): Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {}

/** A value of the type that differs from the one before. */
const newValue = (
  type: SchemaAST.AST | undefined,
  name: string,
  before: unknown,
  at: EpochMillis,
  stamp: (at: EpochMillis) => string
): unknown => {
  const made = valueOf(type, name, before, at, stamp)
  return made === before && typeof made === "string" ? `${made} again` : made
}

const valueOf = (
  type: SchemaAST.AST | undefined,
  name: string,
  before: unknown,
  at: EpochMillis,
  stamp: (at: EpochMillis) => string
): unknown => {
  switch (type?._tag) {
    case "Union": {
      const members = type.types.filter((member) => !isNothing(member))
      // Where a product writes figures as text here and as numbers there, a field stays what it was.
      const figure = members.find(SchemaAST.isNumberKeyword)
      return valueOf(typeof before === "string" ? members[0] : (figure ?? members[0]), name, before, at, stamp)
    }
    case "NumberKeyword":
      return typeof before === "number" ? before + 1 : 1
    case "BooleanKeyword":
      return before !== true
    case "TupleType": {
      const item = type.rest[0]?.type
      return [valueOf(item, name, Array.isArray(before) ? before[0] : undefined, at, stamp)]
    }
    case "TypeLiteral":
      return { ...recordOf(before), changed: `changed ${at}` }
    default:
      return momentName.test(name) ? stamp(at) : `changed ${at}`
  }
}

const isNothing = (type: SchemaAST.AST): boolean =>
  SchemaAST.isUndefinedKeyword(type) || (SchemaAST.isLiteral(type) && type.literal === null)
