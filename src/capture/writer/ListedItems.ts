/** Finds the entities in a response body: type, id, version, and a salted hash per field. Pure. */

import { createHash } from "node:crypto"
import { canonicalJson } from "../../domain/CanonicalJson.js"
import { isRecord } from "../../domain/Json.js"
import { isPlainName } from "../../domain/Sensitive.js"
import { isPlausible } from "../../domain/Span.js"
import { type EpochMillis, parseTimestamp } from "../../domain/Time.js"
import type { CatalogueEndpoint, Provider } from "../../providers/index.js"

export interface SeenItem {
  readonly entity: string
  readonly entityId: string
  readonly version: string
  readonly updatedAt: EpochMillis | null
  readonly created: boolean
  readonly fields: Readonly<Record<string, unknown>>
}

type Json = Record<string, unknown>

const hasId = (value: unknown, idField: string): value is Json =>
  isRecord(value) && (typeof value[idField] === "number" || typeof value[idField] === "string")

/** The entities of a body: by the catalogue where it knows the endpoint, else the body's one array of things with ids. */
export const seenItems = (
  body: unknown,
  provider: Provider | null,
  endpoint: CatalogueEndpoint | null,
  template: string
): ReadonlyArray<SeenItem> => {
  const name = endpoint?.entity ?? inferredEntity(template)
  const type = provider?.entities[name]
  const idField = type?.idField ?? "id"
  const at = endpoint?.itemsAt === undefined || !isRecord(body) ? body : body[endpoint.itemsAt]
  const found = Array.isArray(at) ? at : hasId(at, idField) ? [at] : isRecord(at) ? onlyArray(at, idField) : []
  const items: Array<SeenItem> = []
  for (const item of found) {
    if (!hasId(item, idField)) continue
    const stamp = item[type?.updatedAtField ?? "updated_at"]
    const told = parseTimestamp(stamp)
    // A stamp that nothing can have is none: the content tells the versions apart.
    const updatedAt = told !== null && isPlausible(told) ? told : null
    const createdAt = parseTimestamp(item[type?.createdAtField ?? "created_at"])
    items.push({
      entity: name,
      entityId: String(item[idField]),
      version: updatedAt === null ? contentHash(item) : String(updatedAt),
      updatedAt,
      created: updatedAt !== null && updatedAt === createdAt,
      fields: item
    })
  }
  return items
}

const onlyArray = (body: Json, idField: string): ReadonlyArray<unknown> => {
  const arrays = Object.values(body).filter(
    (value) => Array.isArray(value) && value.some((item) => hasId(item, idField))
  )
  return arrays.length === 1 ? (arrays[0] as ReadonlyArray<unknown>) : []
}

/** `/v1/orders/{id}/refunds` → `refund` */
const inferredEntity = (template: string): string => {
  const segment =
    template
      .split("/")
      .filter((part) => part !== "" && !part.startsWith("{"))
      .at(-1) ?? "item"
  return segment.replace(/ies$/, "y").replace(/s$/, "")
}

const contentHash = (item: Json): string => createHash("sha256").update(canonicalJson(item)).digest("hex").slice(0, 16)

/** Embedded by `include=`: they change by themselves and are no fields of the entity. */
const embedded = new Set(["stats", "requester", "company", "conversations"])

/** `name=hash` for each field, custom fields one by one; 32 bits each, salted, so that values cannot be read back. */
export const fieldHashes = (fields: Readonly<Record<string, unknown>>, seed: number): Map<string, string> => {
  const hashes = new Map<string, string>()
  for (const key of Object.keys(fields)) {
    const value = fields[key]
    if (key === "updated_at" || key === "updated_time") continue
    if (embedded.has(key) && isRecord(value)) continue
    if ((key === "custom_fields" || key === "custom_field") && isRecord(value)) {
      for (const field of Object.keys(value))
        hashes.set(`custom_fields.${keptName(field, seed)}`, hash32(canonicalJson(value[field]), seed))
    } else
      hashes.set(keptName(key, seed), hash32(typeof value === "object" ? canonicalJson(value) : String(value), seed))
  }
  return hashes
}

/** A body may be a map from addresses or keys: what does not look like a field's name is kept as a hash. */
const keptName = (name: string, seed: number): string => (isPlainName(name) ? name : `#${hash32(name, seed)}`)

/** FNV-1a over UTF-16 units from a salted start: fast, and compared only with itself. */
const hash32 = (text: string, seed: number): string => {
  let hash = seed
  for (let index = 0; index < text.length; index++) {
    hash ^= text.charCodeAt(index)
    hash = Math.imul(hash, 0x01000193)
  }
  return (hash >>> 0).toString(36)
}

/** Names whose hashes differ, or that only one side has. */
export const differingNames = (
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>
): Array<string> => {
  const names: Array<string> = []
  for (const [name, hash] of after) if (before.get(name) !== hash) names.push(name)
  for (const name of before.keys()) if (!after.has(name)) names.push(name)
  return names.sort()
}

export const packHashes = (hashes: ReadonlyMap<string, string>): string =>
  [...hashes].map(([name, hash]) => `${name}=${hash}`).join("\n")

export const unpackHashes = (packed: string): Map<string, string> =>
  new Map(packed.split("\n").map((line) => line.split("=", 2) as [string, string]))
