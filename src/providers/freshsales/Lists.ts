/**
 * Freshsales' lists (FRESHWORKS.md, "Lists and pages"): views, of which only those of all entities can be told from
 * known states. Leads are not among them: no event tells of them.
 */
import { type ListRule, type OrderField, plainList } from "../ListRule.js"

const updatedAt: OrderField = ["updated_at", "moment"]

const viewed = (api: string, entity: string): ListRule => ({
  ...plainList,
  template: `${api}/${entity}s/view/{id}`,
  entity,
  perPage: { parameter: "per_page", usual: 25 },
  // The order without a parameter is assumed.
  order: { by: updatedAt, direction: "desc" },
  ordering: { by: "sort", direction: "sort_type", fields: [updatedAt, ["created_at", "moment"]] },
  pagesInBody: {
    figuresAt: "meta",
    figures: { total: "items", total_pages: "pages" },
    linksAt: null,
    links: {}
  },
  views: { template: `${api}/${entity}s/filters`, all: /^All (?:Contacts|Deals|Accounts|Sales Accounts)$/i },
  // Scores, amounts of deals, and when somebody was last contacted [assumed].
  movesSilently: true
})

export const freshsalesLists: ReadonlyArray<ListRule> = ["/crm/sales/api", "/api"].flatMap((api) =>
  ["contact", "deal", "sales_account"].map((entity) => viewed(api, entity))
)
