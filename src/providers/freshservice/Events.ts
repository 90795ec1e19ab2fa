/**
 * Which changes Freshservice pushes, by route, and which it does not (FRESHWORKS.md, "What a push does not cover"). A
 * deleted ticket is reported as an update; changes cover custom fields, tickets do not.
 */
import { appEvents, covers } from "../CatalogueParts.js"
import type { EventlessModule, Provider } from "../Provider.js"

/**
 * `onTicketUpdate`: status, priority, type, source, agent, group, spam, escalation; a deletion is an update too [docs].
 */
const ticketFields = [
  "status",
  "priority",
  "type",
  "source",
  "responder_id",
  "agent_id",
  "group_id",
  "spam",
  "is_escalated",
  "fr_escalated",
  "deleted"
]

const all = ["create", "update", "delete"] as const
const made = ["create", "update"] as const

export const freshserviceRoutes: Provider["routes"] = {
  app: {
    ticket: covers("ticket", made, ticketFields),
    conversation: covers("conversation", made, ["body", "body_text"]),
    change: covers("change", made, "all"),
    // That an asset's and a requester's event covers every field is not documented [assumed].
    asset: covers("asset", all, "all"),
    requester: covers("requester", made, "all")
  },
  // The Workflow Automator watches tickets, changes, problems and releases by configured fields; no deletes [docs].
  ui: {
    ticket: covers("ticket", made, "all"),
    change: covers("change", made, "all"),
    problem: covers("problem", made, "all"),
    release: covers("release", made, "all")
  }
}

export const freshserviceAppEvents: Provider["appEvents"] = {
  ...appEvents("service_ticket", "ticket", "Ticket", made),
  ...appEvents("service_ticket", "conversation", "Conversation", made),
  ...appEvents("service_change", "change", "Change", made),
  ...appEvents("service_asset", "asset", "Asset", all),
  ...appEvents("service_user", "requester", "User", made, "user")
}

/** Newer accounts have no product events for assets: reconciliation alone brings their changes. */
export const freshserviceEventlessModules: ReadonlyArray<EventlessModule> = [
  {
    module: "service_device",
    inPlaceOf: "service_asset",
    accountsSince: "2026-03-31",
    source: "vendor documentation: service_device replaces service_asset and has no product events [docs]"
  }
]
