/** Freshservice as data: endpoints, entities, plan limits (FRESHWORKS.md, "Lists and pages", "Rate limits"). */
import { entityOf } from "../../domain/Event.js"
import { toWholeSecondIso } from "../../domain/Time.js"
import {
  appAllowance,
  briefPolicy,
  byChildren,
  byTimeFilter,
  byWholeList,
  entityType,
  get,
  templateBody,
  thousandAnHourPolicy,
  writes
} from "../CatalogueParts.js"
import type { CatalogueEndpoint, PlanLimits, Provider } from "../Provider.js"
import { freshserviceAppEvents, freshserviceEventlessModules, freshserviceRoutes } from "./Events.js"

const ticket = { entity: "ticket", idField: "ticket_id" }

const entities = {
  // A ticket's event has no custom fields, a change's does (FRESHWORKS.md).
  ticket: entityType("ticket", {
    notPushed: new Set(["custom_fields"]),
    defaults: { status: 2, priority: 1, source: 2, spam: false, tags: [], custom_fields: {} }
  }),
  change: entityType("change", { defaults: { status: 1, priority: 1, custom_fields: {} } }),
  problem: entityType("problem", { defaults: { status: 1, priority: 1, known_error: false, custom_fields: {} } }),
  release: entityType("release", { defaults: { status: 1, priority: 1, release_type: 1, custom_fields: {} } }),
  asset: entityType("asset", { idField: "display_id" }),
  requester: entityType("requester", { updatedAtField: "updated_time", createdAtField: "created_time" }),
  agent: entityType("agent"),
  conversation: entityType("conversation", { parent: ticket, touches: ticket })
}

const api = "/api/v2"

const listed = (plural: string, entity: string, timeFilter?: string): ReadonlyArray<CatalogueEndpoint> => [
  get(`${api}/${plural}`, entity, "list", {
    itemsAt: plural,
    ...(timeFilter === undefined ? {} : { timeFilter })
  }),
  get(`${api}/${plural}/{id}`, entity, "item", { itemsAt: entity }),
  ...writes(`${api}/${plural}`, entity)
]

const endpoints: ReadonlyArray<CatalogueEndpoint> = [
  ...listed("tickets", "ticket", "updated_since"),
  ...listed("changes", "change", "updated_since"),
  ...listed("problems", "problem", "updated_since"),
  ...listed("releases", "release", "updated_since"),
  ...listed("assets", "asset"),
  ...listed("requesters", "requester"),
  ...listed("agents", "agent"),
  get(`${api}/tickets/filter`, "ticket", "search", { itemsAt: "tickets" }),
  get(`${api}/tickets/{id}/conversations`, "conversation", "children", { itemsAt: "conversations" })
]

/** By the minute, whole account; views and writes of tickets; lists of tickets; lists of assets, agents, requesters. */
const limits = (
  limit: number,
  ticketList: number,
  ticketItem: number,
  otherLists: number,
  source: string
): PlanLimits => ({
  limit,
  period: "minute",
  endpoints: {
    [`GET ${api}/tickets`]: ticketList,
    [`GET ${api}/tickets/{id}`]: ticketItem,
    [`POST ${api}/tickets`]: ticketItem,
    [`PUT ${api}/tickets/{id}`]: ticketItem,
    [`GET ${api}/assets`]: otherLists,
    [`GET ${api}/agents`]: otherLists,
    [`GET ${api}/requesters`]: otherLists
  },
  source
})

const docs = "vendor documentation, through an integrator's page: per minute, with limits per endpoint [docs]"
const older = (limit: number): PlanLimits => ({
  limit,
  period: "minute",
  endpoints: {},
  source: "vendor documentation under the older plan names [docs]"
})

const plans: Readonly<Record<string, PlanLimits>> = {
  starter: limits(100, 40, 50, 40, docs),
  growth: limits(200, 70, 80, 70, docs),
  pro: limits(400, 120, 140, 120, docs),
  enterprise: limits(500, 140, 160, 140, docs),
  blossom: older(100),
  garden: older(200),
  estate: older(400),
  forest: older(500)
}

export const freshservice: Provider = {
  product: "freshservice",
  pathPrefixes: [api],
  hosts: /(?:^|\.)freshservice\.com$/i,
  defaultScheme: "basic",
  entities,
  customFieldsAt: "custom_fields",
  stamp: toWholeSecondIso,
  endpoints,
  routes: freshserviceRoutes,
  sweeps: {
    ticket: byTimeFilter(100, "filtered", ["spam", "deleted"]),
    change: byTimeFilter(100, "filtered"),
    problem: byTimeFilter(100, "filtered"),
    release: byTimeFilter(100, "filtered"),
    asset: byWholeList(100),
    requester: byWholeList(100),
    agent: byWholeList(100),
    conversation: byChildren(100, { entity: "ticket", which: "changed", every: 1 })
  },
  appEvents: freshserviceAppEvents,
  appsGallery: "Admin → Automation & Productivity → Extensibility → Apps",
  eventlessModules: freshserviceEventlessModules,
  runbook: {
    place: "Admin → Automation & Productivity → Workflow Automator",
    steps: [
      "choose New Automator for the module of the event (Ticket, Change, Problem or Release), and as its event {action}",
      "add a Condition that leaves out what the integration's own service account does (performed by is not that agent)",
      "add an Action: Trigger Webhook; request type POST; callback URL {url}",
      "add the custom header {header} with the webhook secret as its value",
      "encoding JSON, content Advanced, and paste the body below",
      "save, activate, and edit one {entity}: subscriptions status shows it active once the delivery is verified"
    ],
    body: (event, account) => {
      const entity = entityOf(event)
      return templateBody(entity, `${entity}.id_numeric`, `${entity}.updated_at`)(event, account)
    }
  },
  // No allowance of its own webhooks is documented.
  allowances: { app: appAllowance },
  plans,
  embedCost: { item: 1, list: 3 },
  deliveryPolicies: { brief: briefPolicy, "thousand-an-hour": thousandAnHourPolicy },
  pageCeiling: 300,
  maxPerPage: 100
}
