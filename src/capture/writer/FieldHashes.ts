/**
 * A salted hash of 32 bits for each field of an entity: it shows which fields changed, and no value can be read back.
 * Pure.
 */
import { canonicalJson } from "../../domain/CanonicalJson.js"
import { isRecord } from "../../domain/Json.js"
import { isPlainName } from "../../domain/Sensitive.js"

/** Objects that `include=` embeds: they change on their own and are not fields of the entity. */
const embedded = new Set(["stats", "requester", "company", "conversations"])

/** The hash of each field, custom fields one by one. */
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

/** A body may be a map from addresses or keys: a name that does not look like a field's is kept as a hash. */
const keptName = (name: string, seed: number): string => (isPlainName(name) ? name : `#${hash32(name, seed)}`)

/** FNV-1a over UTF-16 units from a salted start: fast, and compared with hashes of the same salt only. */
const hash32 = (text: string, seed: number): string => {
  let hash = seed
  for (let index = 0; index < text.length; index++) {
    hash ^= text.charCodeAt(index)
    hash = Math.imul(hash, 0x01000193)
  }
  return (hash >>> 0).toString(36)
}

/** Names whose hashes differ, or that are on one side only. */
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
