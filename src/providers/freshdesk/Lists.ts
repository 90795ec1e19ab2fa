/** Freshdesk's lists (FRESHWORKS.md, "Lists and pages"). */
import { parseTimestamp } from "../../domain/Time.js"
import { type ListRule, listById } from "../ListRule.js"
import type { SearchedKind, SearchRule } from "../SearchRule.js"

/**
 * The plain list shows tickets that were created within so many days, and a first reading those that changed within
 * them.
 */
export const listedDays = 30

export const freshdeskLists: ReadonlyArray<ListRule> = [
  {
    ...listById("tickets", "ticket"),
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
      { name: "company", entity: "company", idField: "company_id" },
      // That it moves with the ticket's stamp, but for deletions of replies, is assumed.
      { name: "stats", entity: "ticket", idField: "id", own: true }
    ],
    hiddenBy: ["deleted", "spam"],
    createdWithinDays: listedDays,
    firstReachDays: listedDays
  },
  // The order by name is assumed.
  { ...listById("contacts", "contact"), order: { by: ["name", "text"], direction: "asc" } },
  listById("companies", "company"),
  listById("agents", "agent"),
  listById("groups", "group")
]

const named = (kind: SearchedKind, ...names: ReadonlyArray<string>) =>
  Object.fromEntries(names.map((name) => [name, { field: name, kind }]))

const closed = 5
/**
 * Closed tickets are archived once nothing has happened to them for 120 days [docs]; some earlier, by an account's own
 * settings.
 */
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
