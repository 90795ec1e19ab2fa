/** Freshdesk's lists (FRESHWORKS.md, "Lists and pages"). */
import type { ListRule, OrderField } from "../ListRule.js"

const id: OrderField = ["id", "number"]
const page = { parameter: "per_page", usual: 30, most: 100 }
const pageCeiling = 300

const whole = (plural: string, entity: string): ListRule => ({
  template: `/api/v2/${plural}`,
  entity,
  perPage: page,
  pageCeiling,
  order: { by: id, direction: "asc" },
  orderKnown: false,
  ordering: null,
  since: null,
  hiddenBy: ["deleted"],
  createdWithinDays: null,
  firstReachDays: null,
  next: "link"
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
    since: "updated_since",
    hiddenBy: ["deleted", "spam"],
    createdWithinDays: 30,
    firstReachDays: 30
  },
  // The order by name is assumed.
  { ...whole("contacts", "contact"), order: { by: ["name", "text"], direction: "asc" }, since: "_updated_since" },
  whole("companies", "company"),
  whole("agents", "agent"),
  whole("groups", "group")
]
