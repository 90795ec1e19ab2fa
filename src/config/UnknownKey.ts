/** The keys that the schema knows, and the nearest of them to one that it does not. */
import { Schema, SchemaAST } from "effect"
import { nearestName } from "../domain/NearestName.js"
import { ConfigFile } from "./ConfigSchema.js"

const root = Schema.encodedSchema(ConfigFile).ast

/** The objects that a value of this type may be. */
const objectsOf = (ast: SchemaAST.AST): ReadonlyArray<SchemaAST.TypeLiteral> =>
  SchemaAST.isTypeLiteral(ast) ? [ast] : SchemaAST.isUnion(ast) ? ast.types.flatMap(objectsOf) : []

/** A list's entries, as the keys of an object are. */
const entriesOf = (ast: SchemaAST.AST): ReadonlyArray<SchemaAST.AST> =>
  SchemaAST.isTupleType(ast)
    ? [...ast.elements, ...ast.rest].map(({ type }) => type)
    : SchemaAST.isUnion(ast)
      ? ast.types.flatMap(entriesOf)
      : []

const valuesAt = (ast: SchemaAST.AST, key: PropertyKey): ReadonlyArray<SchemaAST.AST> =>
  typeof key === "number"
    ? entriesOf(ast)
    : objectsOf(ast).flatMap(({ indexSignatures, propertySignatures }) => {
        const named = propertySignatures.filter(({ name }) => name === key)
        return (named.length > 0 ? named : indexSignatures).map(({ type }) => type)
      })

/** The keys that the object at `path` may have. */
export const knownKeysAt = (path: ReadonlyArray<PropertyKey>): ReadonlyArray<string> =>
  path
    .reduce<ReadonlyArray<SchemaAST.AST>>((types, key) => types.flatMap((type) => valuesAt(type, key)), [root])
    .flatMap(objectsOf)
    .flatMap(({ propertySignatures }) => propertySignatures.map(({ name }) => String(name)))

/** Every key of the file with its place; a source's name and a list's entry stand as `*`. */
const keysBeneath = (ast: SchemaAST.AST, place: string): ReadonlyArray<readonly [key: string, place: string]> => [
  ...objectsOf(ast).flatMap(({ indexSignatures, propertySignatures }) => [
    ...propertySignatures.flatMap(({ name, type }) => [
      [String(name), `${place}${String(name)}`] as const,
      ...keysBeneath(type, `${place}${String(name)}.`)
    ]),
    ...indexSignatures.flatMap(({ type }) => keysBeneath(type, `${place}*.`))
  ]),
  ...entriesOf(ast).flatMap((type) => keysBeneath(type, `${place}*.`))
]

const everyKey = keysBeneath(root, "")

/** A key beside it that is nearly the same, or the place of the key of this name elsewhere; `null` where neither is. */
export const nearestKey = (path: ReadonlyArray<PropertyKey>): string | null => {
  const key = String(path.at(-1))
  const beside = nearestName(key, knownKeysAt(path.slice(0, -1)))
  if (beside !== null) return beside
  const name = nearestName(
    key,
    everyKey.map(([known]) => known)
  )
  return everyKey.find(([known]) => known === name)?.[1] ?? null
}
