/** Finds the entities in a response body: type, id and version. Pure. */
import { createHash } from "node:crypto"
import { canonicalJson } from "../../domain/CanonicalJson.js"
import { isRecord } from "../../domain/Json.js"
import { isPlausible } from "../../domain/Span.js"
import { type EpochMillis, parseTimestamp } from "../../domain/Time.js"
import type { CatalogueEndpoint, Provider } from "../../providers/index.js"

export interface ListedItem {
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

/**
 * The entities of a body: by the catalogue where it has the endpoint, else the items of the body's only array of
 * objects with ids.
 */
export const listedItems = (
  body: unknown,
  provider: Provider | null,
  endpoint: CatalogueEndpoint | null,
  template: string
): ReadonlyArray<ListedItem> => {
  const name = endpoint?.entity ?? inferredEntity(template)
  const type = provider?.entities[name]
  const idField = type?.idField ?? "id"
  const at = endpoint?.itemsAt === undefined || !isRecord(body) ? body : body[endpoint.itemsAt]
  const found = Array.isArray(at) ? at : hasId(at, idField) ? [at] : isRecord(at) ? onlyArray(at, idField) : []
  const items: Array<ListedItem> = []
  for (const item of found) {
    if (!hasId(item, idField)) continue
    const stamp = item[type?.updatedAtField ?? "updated_at"]
    const parsed = parseTimestamp(stamp)
    // Without a plausible stamp the content tells versions apart.
    const updatedAt = parsed !== null && isPlausible(parsed) ? parsed : null
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
