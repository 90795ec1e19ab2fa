/**
 * What is kept of a query string. Values are kept in clear for known-harmless names only; every other value is
 * replaced by a salted hash of its shape, so that a moving cursor inside it does not make a new poller.
 */
import { createHash } from "node:crypto"
import { type EpochMillis, parseTimestamp } from "./Time.js"

export interface QueryShape {
  /** `include=stats&order_by=updated_at&updated_since=*`: names sorted, moving values as `*`. */
  readonly shape: string
  readonly page: number | null
  readonly since: EpochMillis | null
}

/** Names whose values are words of the API, never a person's data. */
const harmless = new Set([
  "per_page",
  "items_per_page",
  "limit",
  "order_by",
  "order_type",
  "sort",
  "sort_type",
  "include",
  "state",
  "direction"
])
const paging = new Set(["page", "offset"])
const windows = new Set([
  "updated_since",
  "_updated_since",
  "created_since",
  "updated_from",
  "updated_to",
  "since",
  "modified_since"
])

const word = /^[a-z0-9_,.:-]{1,40}$/i

const valueShape = (value: string): string =>
  value
    .replace(/\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?/g, "<time>")
    .replace(/\d+/g, "<n>")

export const shapeQuery = (search: string, salt: string): QueryShape => {
  const parts: Array<string> = []
  let page: number | null = null
  let since: EpochMillis | null = null
  for (const [name, value] of new URLSearchParams(search)) {
    const key = word.test(name) ? name : "?"
    if (paging.has(key)) {
      page = /^\d{1,9}$/.test(value) ? Number(value) : null
    } else if (windows.has(key)) {
      since = parseTimestamp(value) ?? since
      parts.push(`${key}=*`)
    } else if (key === "filter" && /^(?:new_and_my_open|watching|spam|deleted|all_tickets)$/.test(value)) {
      parts.push(`${key}=${value}`)
    } else if (harmless.has(key) && word.test(value)) {
      parts.push(`${key}=${value}`)
    } else {
      const hash = createHash("sha256").update(salt).update("\0").update(valueShape(value)).digest("hex")
      parts.push(`${key}=#${hash.slice(0, 8)}`)
    }
  }
  return { shape: parts.sort().join("&"), page, since }
}
