/** Freshdesk's lists (FRESHWORKS.md, "Lists and pages"). */
import type { ListRule, OrderField } from "../ListRule.js"

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
