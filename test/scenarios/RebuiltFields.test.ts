/**
 * Whatever fields a recording names, the stand-in's answer decodes with the product's own schema, and the fields
 * changed.
 */
import { Schema } from "effect"
import { describe, expect, it } from "vitest"
import { entitySchema } from "../../src/providers/clients.js"
import { describe as described, freshworksProducts, type Provider, providerOf } from "../../src/providers/index.js"
import { randomStreams } from "../../src/replay/index.js"
import { rebuiltType } from "../../src/scenarios/RebuiltFields.js"

/** A provider of somebody's own, with names of its own. */
const shop = described({
  name: "shop",
  hosts: ["shop.example"],
  auth: "bearer",
  base: "",
  entities: { order: { id: "order_no", updatedAt: "modified", createdAt: "placed" } },
  paging: { perPage: "per_page", page: "page", maxPerPage: 100, ceiling: 300 },
  limits: {}
})

interface Subject {
  readonly provider: Provider
  readonly entity: string
  readonly id: number | string
}

const subjects: ReadonlyArray<Subject> = [
  ...freshworksProducts.flatMap((product) => {
    const provider = providerOf(product)!
    return Object.values(provider.entities).map(({ ids, name }) => ({
      provider,
      entity: name,
      id: ids === "uuid" ? "7f1c64c6-43d1-4a0e-a5f5-0c8b63a0ab3e" : 812
    }))
  }),
  { provider: shop, entity: "order", id: "A-17" }
]

const unknown = [
  "cf_flat",
  "#1x2y3z",
  "custom_fields.cf_tier",
  "custom_fields.#9a8b",
  "custom_fields.renewed_at",
  "spam"
]
const start = Date.parse("2026-03-02T09:00:00Z")

/** The names of all fields of an entity type, as its schema has them. */
const namesOf = ({ entity, provider }: Subject): ReadonlyArray<string> => {
  const { ast } = entitySchema(provider, entity)
  return ast._tag === "TypeLiteral" ? ast.propertySignatures.map(({ name }) => String(name)) : []
}

describe("the values of a rebuilt account", () => {
  it.each(subjects.map((subject) => [subject.provider.product, subject.entity, subject] as const))(
    "of %s's %s decode, whichever fields changed, and differ from before",
    (_, entity, subject) => {
      const { id, provider } = subject
      const { customFieldsAt, stamp } = provider
      const type = rebuiltType(provider, entity)
      const decode = Schema.decodeUnknownSync(entitySchema(provider, entity))
      const custom = customFieldsAt ?? "custom_fields"
      const parentIdField = provider.entities[entity]?.parent?.idField
      const { createdAtField, idField, updatedAtField } = provider.entities[entity] ?? {
        createdAtField: "created_time",
        idField: "id",
        updatedAtField: "updated_time"
      }
      // The stand-in writes these itself; every other field may change.
      const fixed = new Set(["id", "deleted", idField, createdAtField, updatedAtField, parentIdField, custom])
      const touches = provider.entities[entity]?.touches?.idField
      const names = [...namesOf(subject).filter((name) => !fixed.has(name) && name !== touches), ...unknown]
      const required = entity === "asset" ? ["id", "display_id"] : [idField]
      const draw = randomStreams(11, 0, `${provider.product} ${entity}`)("all")
      for (let round = 0; round < 200; round++) {
        const chosen = names.filter(() => draw() < (round + 1) / 200)
        let record: Record<string, unknown> = {
          ...type.blank(id, draw() < 0.5 ? names : chosen),
          [idField]: id,
          [createdAtField]: stamp(start),
          [updatedAtField]: stamp(start)
        }
        for (const name of required) expect(record[name]).toBe(id)
        decode(record)
        for (let turn = 1; turn <= 3; turn++) {
          const before = record
          const changed = type.changed(before, [...chosen, idField, "id", updatedAtField], start + turn * 1_000)
          record = { ...before, ...changed }
          decode(record)
          expect(record[idField]).toBe(id)
          expect(record[updatedAtField]).toBe(stamp(start))
          for (const name of chosen) {
            if (required.includes(name)) continue
            const of = (all: Record<string, unknown>): unknown =>
              name.startsWith("custom_fields.")
                ? (all[custom] as Record<string, unknown> | undefined)?.[name.slice("custom_fields.".length)]
                : all[name]
            expect(JSON.stringify(of(record)), `${name} of ${entity}`).not.toBe(JSON.stringify(of(before)))
          }
          // A field that was not named stays.
          for (const name of names)
            if (!chosen.includes(name) && !name.startsWith("custom_fields.")) expect(record[name]).toBe(before[name])
        }
      }
    }
  )
})
