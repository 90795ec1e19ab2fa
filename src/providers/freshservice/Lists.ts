/**
 * Freshservice's lists (FRESHWORKS.md, "Lists and pages"). Of tickets reconciliation reads all workspaces, with global
 * fields only, and a plain list shows the primary workspace whole.
 */
import { type ListRule, listById, type OrderField } from "../ListRule.js"

/** Plain lists of tickets and changes show those that were created within so many days. */
export const listedDays = 30

const createdAt: OrderField = ["created_at", "moment"]

/** Lists that narrow by change time. The order by creation is assumed. */
const narrowed = (plural: string, entity: string): ListRule => ({
  ...listById(plural, entity),
  order: { by: createdAt, direction: "desc" },
  ordering: { by: "order_by", direction: "order_type", fields: [createdAt, ["updated_at", "moment"]] }
})

export const freshserviceLists: ReadonlyArray<ListRule> = [
  {
    ...narrowed("tickets", "ticket"),
    hiddenBy: ["deleted", "spam"],
    createdWithinDays: listedDays,
    firstReachDays: listedDays,
    // That a ticket names its workspace so is assumed.
    partBy: "workspace_id"
  },
  { ...narrowed("changes", "change"), createdWithinDays: listedDays },
  narrowed("problems", "problem"),
  narrowed("releases", "release"),
  { ...listById("assets", "asset"), order: { by: ["display_id", "number"], direction: "asc" } },
  listById("requesters", "requester"),
  listById("agents", "agent")
]
