/** Freshdesk as data: endpoints, entities, plan limits (FRESHWORKS.md, "Lists and pages", "Rate limits"). */
import { toWholeSecondIso } from "../../domain/Time.js"
import {
  appAllowance,
  briefPolicy,
  byChildren,
  byTimeFilter,
  byWholeList,
  entityType,
  get,
  ruleAllowance,
  thousandAnHourPolicy,
  writes
} from "../CatalogueParts.js"
import type { CatalogueEndpoint, PlanLimits, Provider } from "../Provider.js"
import { freshdeskAppEvents, freshdeskRoutes } from "./Events.js"

// shapes.json, `onTicketUpdate`
const notPushed = new Set(["custom_fields", "deleted"])
const ticket = { entity: "ticket", idField: "ticket_id" }
/** A ticket's fields where its creation names none. */
const defaults = { status: 2, priority: 1, source: 2, spam: false, tags: [], custom_fields: {} }

/** An agent's `ticket_scope`: all tickets, those of its groups and its own, or its own alone [docs]. */
const dividedBy = ["group_id", "responder_id"]

const entities = {
  ticket: entityType("ticket", { notPushed, defaults, dividedBy }),
  contact: entityType("contact", { notPushed }),
  company: entityType("company", { notPushed }),
  agent: entityType("agent", { notPushed }),
  group: entityType("group", { notPushed }),
  time_entry: entityType("time_entry", { notPushed, parent: ticket }),
  satisfaction_rating: entityType("satisfaction_rating", { notPushed, parent: ticket }),
  conversation: entityType("conversation", { notPushed, parent: ticket, touches: ticket })
}

/** Public replies show in `include=stats`; notes do not (FRESHWORKS.md, "Lists and pages"). */
const notes = { private: true, source: 2 }
const ticketTells = {
  embed: "stats",
  signs: [
    { field: "agent_responded_at", where: {}, unless: { ...notes, incoming: true } },
    { field: "requester_responded_at", where: { incoming: true }, unless: notes }
  ]
}

const api = "/api/v2"

const endpoints: ReadonlyArray<CatalogueEndpoint> = [
  get(`${api}/tickets`, "ticket", "list", { timeFilter: "updated_since" }),
  get(`${api}/tickets/{id}`, "ticket", "item"),
  get(`${api}/tickets/{id}/conversations`, "conversation", "children"),
  get(`${api}/tickets/{id}/time_entries`, "time_entry", "children"),
  get(`${api}/tickets/{id}/satisfaction_ratings`, "satisfaction_rating", "children"),
  get(`${api}/contacts`, "contact", "list", { timeFilter: "_updated_since" }),
  get(`${api}/contacts/{id}`, "contact", "item"),
  get(`${api}/companies`, "company", "list"),
  get(`${api}/companies/{id}`, "company", "item"),
  get(`${api}/agents`, "agent", "list"),
  get(`${api}/agents/{id}`, "agent", "item"),
  get(`${api}/agents/me`, "agent", "item"),
  get(`${api}/groups`, "group", "list"),
  get(`${api}/time_entries`, "time_entry", "list"),
  get(`${api}/surveys/satisfaction_ratings`, "satisfaction_rating", "list"),
  get(`${api}/search/tickets`, "ticket", "search", { itemsAt: "results" }),
  get(`${api}/search/contacts`, "contact", "search", { itemsAt: "results" }),
  get(`${api}/search/companies`, "company", "search", { itemsAt: "results" }),
  get(`${api}/jobs/{uuid}`, null, "admin"),
  get(`${api}/automations/{id}/rules`, null, "admin"),
  get(`${api}/automations/{id}/rules/{id}`, null, "admin"),
  { method: "POST", template: `${api}/automations/{id}/rules`, entity: null, kind: "admin" },
  { method: "PUT", template: `${api}/automations/{id}/rules/{id}`, entity: null, kind: "admin" },
  { method: "DELETE", template: `${api}/automations/{id}/rules/{id}`, entity: null, kind: "admin" },
  ...writes(`${api}/tickets`, "ticket"),
  ...writes(`${api}/contacts`, "contact"),
  ...writes(`${api}/companies`, "company"),
  { method: "PUT", template: `${api}/tickets/bulk_update`, entity: "ticket", kind: "write" },
  { method: "POST", template: `${api}/tickets/bulk_delete`, entity: "ticket", kind: "write" },
  { method: "POST", template: `${api}/tickets/{id}/reply`, entity: "conversation", kind: "write" },
  { method: "POST", template: `${api}/tickets/{id}/notes`, entity: "conversation", kind: "write" }
]

const limits = (limit: number, write: number, list: number, source: string): PlanLimits => ({
  limit,
  period: "minute",
  endpoints: {
    [`POST ${api}/tickets`]: write,
    [`PUT ${api}/tickets/{id}`]: write,
    [`GET ${api}/tickets`]: list,
    [`GET ${api}/contacts`]: list
  },
  source
})

const brief =
  "founding brief: Garden 200, Estate 400, Forest 700; endpoint limits of the plan with the same total [docs]"
const docs = "vendor documentation: Growth 200, Pro 400, Enterprise 700, trial 50, with limits per endpoint [docs]"

const plans: Readonly<Record<string, PlanLimits>> = {
  garden: limits(200, 80, 20, brief),
  estate: limits(400, 160, 100, brief),
  forest: limits(700, 280, 200, brief),
  growth: limits(200, 80, 20, docs),
  pro: limits(400, 160, 100, docs),
  enterprise: limits(700, 280, 200, docs),
  trial: { limit: 50, period: "minute", endpoints: {}, source: docs }
}

export const freshdesk: Provider = {
  product: "freshdesk",
  pathPrefixes: [api],
  hosts: /(?:^|\.)freshdesk\.com$/i,
  defaultScheme: "basic",
  entities,
  customFieldsAt: "custom_fields",
  stamp: toWholeSecondIso,
  endpoints,
  routes: freshdeskRoutes,
  sweeps: {
    ticket: { ...byTimeFilter(100, "filtered", ["spam", "deleted"]), tells: ticketTells },
    contact: byTimeFilter(100, "byPages"),
    company: byWholeList(100),
    agent: byWholeList(100),
    group: byWholeList(100),
    conversation: byChildren(100, { entity: "ticket", which: "changed", every: 1 }),
    // That these move their ticket's stamp is not documented; connectors read them so [field].
    time_entry: byChildren(100, { entity: "ticket", which: "changed", every: 1 }),
    satisfaction_rating: byChildren(100, { entity: "ticket", which: "changed", every: 1 })
  },
  appEvents: freshdeskAppEvents,
  appsGallery: "Admin → Support Operations → Apps",
  runbook: null,
  allowances: { app: appAllowance, rule: ruleAllowance },
  plans,
  // `include=stats` on a list [field]; that others cost nothing is assumed.
  embedCost: { item: 0, list: 2, only: ["stats"] },
  deliveryPolicies: {
    brief: briefPolicy,
    "thousand-an-hour": thousandAnHourPolicy,
    "freshdesk-rule": {
      name: "freshdesk-rule",
      ackWithinSeconds: 5,
      retryAfterSeconds: [300, 1800, 3600],
      source: "vendor documentation: rule webhooks retry 5, then 30, then 60 minutes later [docs]"
    }
  },
  pageCeiling: 300,
  maxPerPage: 100
}
