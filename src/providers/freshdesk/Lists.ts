/** Freshdesk's lists (FRESHWORKS.md, "Lists and pages"). */
import { parseTimestamp } from "../../domain/Time.js"
import type { ListRule, OrderField } from "../ListRule.js"
import type { SearchedKind, SearchRule } from "../SearchRule.js"

const id: OrderField = ["id", "number"]

/** The plain list shows tickets that were created within so many days, and a first reading those that changed within them. */
export const listedDays = 30

const whole = (plural: string, entity: string): ListRule => ({
  template: `/api/v2/${plural}`,
  entity,
  perPage: { parameter: "per_page", usual: 30 },
  order: { by: id, direction: "asc" },
  orderKnown: false,
  ordering: null,
  hiddenBy: ["deleted"],
  createdWithinDays: null,
  firstReachDays: null,
  timeUnitMs: 1_000,
  pagesInBody: null,
  partBy: null,
  views: null,
  movesSilently: false
})

export const freshdeskLists: ReadonlyArray<ListRule> = [
  {
    ...whole("tickets", "ticket"),
    order: { by: ["created_at", "moment"], direction: "desc" },
    orderKnown: true,
    ordering: {
      by: "order_by",
      direction: "order_type",
      fields: [
        ["created_at", "moment"],
        ["updated_at", "moment"],
        ["due_by", "moment"],
        ["status", "number"]
      ]
    },
    embeds: [
      { name: "requester", entity: "contact", idField: "requester_id" },
      { name: "company", entity: "company", idField: "company_id" }
    ],
    hiddenBy: ["deleted", "spam"],
    createdWithinDays: listedDays,
    firstReachDays: listedDays
  },
  // The order by name is assumed.
  { ...whole("contacts", "contact"), order: { by: ["name", "text"], direction: "asc" } },
  whole("companies", "company"),
  whole("agents", "agent"),
  whole("groups", "group")
]

const named = (kind: SearchedKind, ...names: ReadonlyArray<string>) =>
  Object.fromEntries(names.map((name) => [name, { field: name, kind }]))

const closed = 5
/** Closed tickets are archived once nothing has happened to them for 120 days [docs]; some earlier, by an account's own settings. */
const archivedAfterMs = 90 * 86_400_000

/** `/search/tickets` (FRESHWORKS.md, "Lists and pages"). */
export const ticketSearch: SearchRule = {
  template: "/api/v2/search/tickets",
  entity: "ticket",
  perPage: 30,
  mostPages: 10,
  longest: 512,
  fields: {
    agent_id: { field: "responder_id", kind: "number" },
    tag: { field: "tags", kind: "texts" },
    ...named("number", "group_id", "priority", "status"),
    ...named("text", "type"),
    ...named("moment", "due_by", "fr_due_by", "created_at", "updated_at")
  },
  custom: "custom_fields",
  fades: ({ status, updated_at: updatedAt }, now) =>
    status === closed && (parseTimestamp(updatedAt) ?? 0) < now - archivedAfterMs
}
