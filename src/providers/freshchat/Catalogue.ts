/** Freshchat as data: users and their dependants; ids are UUIDs (FRESHWORKS.md, "Lists and pages"). */
import { iso } from "../../domain/Figures.js"
import {
  appAllowance,
  briefPolicy,
  byChildren,
  byTimeFilter,
  byWholeList,
  entityType,
  get,
  thousandAnHourPolicy,
  writes
} from "../CatalogueParts.js"
import type { CatalogueEndpoint, PlanLimits, Provider } from "../Provider.js"
import { freshchatAppEvents, freshchatRoutes } from "./Events.js"

const times = {
  updatedAtField: "updated_time",
  createdAtField: "created_time",
  ids: "uuid",
  notPushed: new Set(["deleted"])
} as const

const api = "/v2"

const endpoints: ReadonlyArray<CatalogueEndpoint> = [
  get(`${api}/users`, "user", "list", { itemsAt: "users", timeFilter: "updated_from" }),
  get(`${api}/users/{uuid}`, "user", "item"),
  get(`${api}/users/{uuid}/conversations`, null, "children", { itemsAt: "conversations" }),
  get(`${api}/conversations/{uuid}`, "conversation", "item"),
  get(`${api}/conversations/{uuid}/messages`, "message", "children", { itemsAt: "messages" }),
  get(`${api}/agents`, "agent", "list", { itemsAt: "agents" }),
  get(`${api}/agents/{uuid}`, "agent", "item"),
  get(`${api}/channels`, "channel", "list", { itemsAt: "channels" }),
  ...writes(`${api}/users`, "user", "{uuid}"),
  ...writes(`${api}/conversations`, "conversation", "{uuid}"),
  { method: "POST", template: `${api}/conversations/{uuid}/messages`, entity: "message", kind: "write" }
]

const assumed = (limit: number): PlanLimits => ({
  limit,
  period: "minute",
  endpoints: {},
  source: "none is published: the founding brief's per minute [assumed]"
})

export const freshchat: Provider = {
  product: "freshchat",
  pathPrefixes: [api],
  hosts: /(?:^|\.)freshchat\.com$/i,
  defaultScheme: "bearer",
  entities: {
    user: entityType("user", times),
    // Agents and messages have the time of their making only.
    agent: entityType("agent", times),
    channel: entityType("channel", times),
    conversation: entityType("conversation", {
      ...times,
      idField: "conversation_id",
      parent: { entity: "user", idField: "user_id" }
    }),
    message: entityType("message", {
      ...times,
      updatedAtField: "created_time",
      parent: { entity: "conversation", idField: "conversation_id" }
    })
  },
  customFieldsAt: null,
  stamp: iso,
  endpoints,
  routes: freshchatRoutes,
  sweeps: {
    user: byTimeFilter(20, "always"),
    agent: byWholeList(20),
    // There is no list of conversations: finding a lost one means walking all users, so that is done every sixth time.
    conversation: byChildren(1, { entity: "user", which: "all", every: 6 }, true),
    message: byChildren(20, { entity: "conversation", which: "all", every: 6 })
  },
  appEvents: freshchatAppEvents,
  appsGallery: "Admin Settings → Marketplace for Chat",
  runbook: {
    place: "Admin Settings → Marketplace and Integrations → Conversation Webhooks",
    steps: [
      "switch webhooks on and enter the URL {url}",
      "copy the public key that the page shows into the file or variable that the source's webhook.secretEnv or secretFile names, with its BEGIN and END lines",
      'set the source\'s webhook.profile to "freshchat": deliveries come with X-Freshchat-Signature',
      "save, and write one message: subscriptions status shows it active once the delivery is verified"
    ],
    body: null
  },
  // No allowance of its own webhooks is documented.
  allowances: { app: appAllowance },
  plans: {
    garden: assumed(200),
    estate: assumed(400),
    forest: assumed(700),
    growth: assumed(200),
    pro: assumed(400),
    enterprise: assumed(700)
  },
  embedCost: { item: 0, list: 0 },
  deliveryPolicies: { brief: briefPolicy, "thousand-an-hour": thousandAnHourPolicy },
  pageCeiling: 300,
  maxPerPage: 20
}
