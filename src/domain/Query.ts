/**
 * The kept part of a query string. Values are kept in clear for known-harmless names only; every other value is
 * replaced by a salted hash of its shape, so that a moving cursor inside it does not make a new poller.
 */
import { createHash } from "node:crypto"
import { isPlainName } from "./Sensitive.js"
import { isPlausible } from "./Span.js"
import { tableOf } from "./Table.js"
import { type EpochMillis, parseTimestamp } from "./Time.js"

export interface QueryShape {
  /** `include=stats&order_by=updated_at&updated_since=*`: names sorted, moving values as `*`, others as `#hash`. */
  readonly shape: string
  readonly page: number | null
  readonly since: EpochMillis | null
}

/** The values that are kept, by name: numbers of a page, and words of the APIs (FRESHWORKS.md). */
const harmless = tableOf<RegExp>({
  per_page: /^\d{1,6}$/,
  items_per_page: /^\d{1,6}$/,
  limit: /^\d{1,6}$/,
  order_type: /^(?:asc|desc)$/i,
  sort_type: /^(?:asc|desc)$/i,
  direction: /^(?:asc|desc)$/i,
  order_by:
    /^(?:id|name|status|priority|type|created_at|updated_at|due_by|fr_due_by|created_time|updated_time|requested_for)$/,
  sort: /^-?(?:id|name|status|priority|type|amount|created_at|updated_at|expected_close|last_contacted|open_deals_amount)$/,
  include: words(
    "stats|requester|requested_for|company|description|conversations|sla_policy|survey|ratings|tags|assets|problem|change|release|related_tickets|onboarding_context|offboarding_context|department|type_fields|owner|creater|updater|source|users|contacts|sales_accounts|sales_account|deal_stage|deal_type|deal_pipeline|territory|contact_status|lifecycle_stage|appointments|tasks|notes|campaign|industry_type|business_type|child_sales_accounts"
  ),
  state: /^(?:verified|unverified|blocked|deleted|active|inactive|occasional|fulltime)$/,
  filter:
    /^(?:new_and_my_open|watching|spam|deleted|all_tickets|open|due_today|overdue|completed|past|upcoming|my_[a-z]{1,16})$/
})

function words(alternatives: string): RegExp {
  return new RegExp(`^(?:${alternatives})(?:,(?:${alternatives}))*$`)
}

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

/** They end a window: its start is the cursor. */
const windowEnds = new Set(["updated_to"])

/** A search for what was made or changed since a moment: said in the shape, since a feed of changes is told by it. */
const asksForChanges = /\b(?:updated|created)_at\s*:\s*>/

/** A query's "+" is a space; in front of a stamp's offset it was meant as it stands. */
const withOffset = (value: string): string =>
  value.replace(/([T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?) (\d\d:?\d\d)(?!\d)/g, "$1+$2")

const plausible = (at: EpochMillis | null): EpochMillis | null => (at !== null && isPlausible(at) ? at : null)

const valueShape = (value: string): string =>
  value
    .replace(/\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?/g, "<time>")
    .replace(/\d+/g, "<n>")

export const shapeQuery = (search: string, salt: string): QueryShape => {
  const parts: Array<string> = []
  let page: number | null = null
  let since: EpochMillis | null = null
  for (const [name, given] of new URLSearchParams(search)) {
    const value = withOffset(given)
    const key = isPlainName(name) ? name : "?"
    if (paging.has(key)) {
      page = /^\d{1,9}$/.test(value) ? Number(value) : null
    } else if (windows.has(key)) {
      if (!windowEnds.has(key)) since = plausible(parseTimestamp(value)) ?? since
      parts.push(`${key}=*`)
    } else if (harmless[key]?.test(value)) {
      parts.push(`${key}=${value}`)
    } else {
      const hash = createHash("sha256").update(salt).update("\0").update(valueShape(value)).digest("hex")
      parts.push(`${key}=#${hash.slice(0, 8)}${asksForChanges.test(value) ? "@changes" : ""}`)
    }
  }
  return { shape: parts.sort().join("&"), page, since }
}
