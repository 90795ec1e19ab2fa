/** Freshdesk as data: endpoints, entities, plan limits (FRESHWORKS.md, "Lists and pages", "Rate limits"). */
import type { CatalogueEndpoint, DeliveryPolicy, EntityType, PlanLimits, Provider } from "../Provider.js"
import { freshdeskRoutes } from "./Events.js"

const entity = (name: string, touches?: EntityType["touches"]): EntityType => ({
  name,
  idField: "id",
  updatedAtField: "updated_at",
  createdAtField: "created_at",
  ...(touches === undefined ? {} : { touches })
})

const entities = {
  ticket: entity("ticket"),
  contact: entity("contact"),
  company: entity("company"),
  agent: entity("agent"),
  group: entity("group"),
  conversation: entity("conversation", { entity: "ticket", idField: "ticket_id" })
}

const api = "/api/v2"

const get = (
  path: string,
  entityName: string | null,
  kind: CatalogueEndpoint["kind"],
  more: Partial<CatalogueEndpoint> = {}
): CatalogueEndpoint => ({ method: "GET", template: api + path, entity: entityName, kind, ...more })

const writes = (path: string, entityName: string): ReadonlyArray<CatalogueEndpoint> => [
  { method: "POST", template: api + path, entity: entityName, kind: "write" },
  { method: "PUT", template: `${api + path}/{id}`, entity: entityName, kind: "write" },
  { method: "DELETE", template: `${api + path}/{id}`, entity: entityName, kind: "write" }
]

const endpoints: ReadonlyArray<CatalogueEndpoint> = [
  get("/tickets", "ticket", "list", { timeFilter: "updated_since" }),
  get("/tickets/{id}", "ticket", "item"),
  get("/tickets/{id}/conversations", "conversation", "children"),
  get("/contacts", "contact", "list", { timeFilter: "_updated_since" }),
  get("/contacts/{id}", "contact", "item"),
  get("/companies", "company", "list"),
  get("/companies/{id}", "company", "item"),
  get("/agents", "agent", "list"),
  get("/agents/{id}", "agent", "item"),
  get("/agents/me", "agent", "item"),
  get("/groups", "group", "list"),
  get("/search/tickets", "ticket", "search", { itemsAt: "results" }),
  get("/search/contacts", "contact", "search", { itemsAt: "results" }),
  get("/search/companies", "company", "search", { itemsAt: "results" }),
  get("/automations/{id}/rules", null, "admin"),
  get("/automations/{id}/rules/{id}", null, "admin"),
  { method: "POST", template: `${api}/automations/{id}/rules`, entity: null, kind: "admin" },
  { method: "PUT", template: `${api}/automations/{id}/rules/{id}`, entity: null, kind: "admin" },
  { method: "DELETE", template: `${api}/automations/{id}/rules/{id}`, entity: null, kind: "admin" },
  ...writes("/tickets", "ticket"),
  ...writes("/contacts", "contact"),
  ...writes("/companies", "company"),
  { method: "POST", template: `${api}/tickets/{id}/reply`, entity: "conversation", kind: "write" },
  { method: "POST", template: `${api}/tickets/{id}/notes`, entity: "conversation", kind: "write" }
]

const limits = (perMinute: number, write: number, list: number, source: string): PlanLimits => ({
  perMinute,
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
  trial: { perMinute: 50, endpoints: {}, source: docs }
}

const deliveryPolicies: Readonly<Record<string, DeliveryPolicy>> = {
  brief: {
    name: "brief",
    ackWithinSeconds: 5,
    retryAfterSeconds: [60, 120, 240, 480],
    source:
      "founding brief: 200 within 5 s, else 4 retries with exponential backoff, then dropped; the base of 60 s is assumed"
  },
  "freshdesk-rule": {
    name: "freshdesk-rule",
    ackWithinSeconds: 5,
    retryAfterSeconds: [300, 1800, 3600],
    source: "vendor documentation: rule webhooks retry 5, then 30, then 60 minutes later [docs]"
  }
}

export const freshdesk: Provider = {
  product: "freshdesk",
  pathPrefix: api,
  entities,
  endpoints,
  routes: freshdeskRoutes,
  plans,
  deliveryPolicies,
  pageCeiling: 300,
  maxPerPage: 100
}
