/** Freshsales as data: views instead of lists, limits by the hour (FRESHWORKS.md, "Lists and pages", "Rate limits"). */
import { entityOf } from "../../domain/Event.js"
import { iso } from "../../domain/Figures.js"
import type { EpochMillis } from "../../domain/Time.js"
import {
  appAllowance,
  briefPolicy,
  byWholeList,
  entityType,
  get,
  templateBody,
  thousandAnHourPolicy,
  writes
} from "../CatalogueParts.js"
import type { CatalogueEndpoint, PlanLimits, Provider, SweepRule } from "../Provider.js"
import { freshsalesAppEvents, freshsalesRoutes } from "./Events.js"

const notPushed = new Set(["deleted"])

const entities = {
  contact: entityType("contact", { notPushed, defaults: { custom_field: {} } }),
  deal: entityType("deal", { notPushed, defaults: { custom_field: {}, deal_stage_id: 1 } }),
  sales_account: entityType("sales_account", { notPushed, defaults: { custom_field: {} } }),
  lead: entityType("lead", { notPushed, defaults: { custom_field: {} } }),
  task: entityType("task", { notPushed, defaults: { status: "open", is_deleted: false } }),
  appointment: entityType("appointment", { notPushed, defaults: { is_deleted: false } })
}

/** Whole seconds with the offset of the account's time zone; UTC+05:30 stands for any that is not UTC. */
const stamp = (at: EpochMillis): string => `${iso(at + 19_800_000).slice(0, 19)}+05:30`

/** Today's suite, then the paths of accounts and clients from before it (`acme.freshsales.io/api`) [field]. */
const prefixes = ["/crm/sales/api", "/api"] as const

const endpointsUnder = (api: string): ReadonlyArray<CatalogueEndpoint> => [
  ...(["contact", "deal", "sales_account", "lead"] as const).flatMap((entity) => [
    get(`${api}/${entity}s/view/{id}`, entity, "list", { itemsAt: `${entity}s` }),
    get(`${api}/${entity}s/filters`, null, "admin"),
    get(`${api}/${entity}s/{id}`, entity, "item", { itemsAt: entity }),
    ...writes(`${api}/${entity}s`, entity)
  ]),
  ...(["task", "appointment"] as const).flatMap((entity) => [
    get(`${api}/${entity}s`, entity, "list", { itemsAt: `${entity}s` }),
    get(`${api}/${entity}s/{id}`, entity, "item", { itemsAt: entity }),
    ...writes(`${api}/${entity}s`, entity)
  ]),
  get(`${api}/search`, null, "search"),
  get(`${api}/jobs/{uuid}`, null, "admin"),
  { method: "POST", template: `${api}/contacts/bulk_upsert`, entity: "contact", kind: "write" }
]

const perHour = (limit: number): PlanLimits => ({
  limit,
  period: "hour",
  besides: [{ limit: 400, period: "minute" }],
  endpoints: {},
  source: "vendor documentation: per hour and account, and 400 a minute [docs]"
})

/** 25 a page [docs, field]; deletions show only where the whole view is read, once a day at the usual interval. */
const byView: SweepRule = { by: "newestFirst", perPage: 25, hidden: [], wholeEvery: 24 }

export const freshsales: Provider = {
  product: "freshsales",
  pathPrefixes: prefixes,
  hosts: /(?:^|\.)(?:myfreshworks\.com|freshsales\.io)$/i,
  defaultScheme: "token",
  entities,
  customFieldsAt: "custom_field",
  stamp,
  endpoints: prefixes.flatMap(endpointsUnder),
  routes: freshsalesRoutes,
  sweeps: {
    contact: byView,
    deal: byView,
    sales_account: byView,
    lead: byView,
    task: byWholeList(25, 2),
    appointment: byWholeList(25, 2)
  },
  appEvents: freshsalesAppEvents,
  appsGallery: "Admin Settings → Marketplace for CRM",
  runbook: {
    place: "Admin Settings → Automations → Workflows",
    steps: [
      "choose Create Workflow for the module of the event, and as its trigger {action}",
      "add a condition that leaves out what the integration's own service account does (updated by is not that user)",
      "add an Action: Trigger Webhook; method POST; URL {url}",
      "add the custom header {header} with the webhook secret as its value",
      "encoding JSON, content Advanced, and paste the body below",
      "save, enable, and edit one {entity}: subscriptions status shows it active once the delivery is verified"
    ],
    body: (event, account) => {
      const entity = entityOf(event)
      return templateBody(entity, `${entity}.id`, `${entity}.updated_at`)(event, account)
    }
  },
  // No allowance of its own webhooks is documented.
  allowances: { app: appAllowance },
  plans: { free: perHour(1_000), growth: perHour(1_000), pro: perHour(2_000), enterprise: perHour(5_000) },
  embedCost: { item: 0, list: 0 },
  deliveryPolicies: { brief: briefPolicy, "thousand-an-hour": thousandAnHourPolicy },
  pageCeiling: 300,
  maxPerPage: 25
}
