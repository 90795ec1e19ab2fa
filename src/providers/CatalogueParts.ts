/** Small words for writing a product's catalogue. */
import type { EventName } from "../domain/Event.js"
import { eventName } from "../domain/Event.js"
import type {
  AppEvent,
  CatalogueEndpoint,
  DeliveryPolicy,
  EntityType,
  PushAllowance,
  RouteCoverage,
  SharedAllowance,
  SweepRule
} from "./Provider.js"

export const entityType = (name: string, more: Partial<EntityType> = {}): EntityType => ({
  name,
  idField: "id",
  updatedAtField: "updated_at",
  createdAtField: "created_at",
  ids: "number",
  notPushed: nothing,
  ...more
})

const nothing: ReadonlySet<string> = new Set()

export const get = (
  template: string,
  entity: string | null,
  kind: CatalogueEndpoint["kind"],
  more: Partial<CatalogueEndpoint> = {}
): CatalogueEndpoint => ({ method: "GET", template, entity, kind, ...more })

/** POST on the collection, PUT and DELETE on the item. */
export const writes = (template: string, entity: string, id = "{id}"): ReadonlyArray<CatalogueEndpoint> => [
  { method: "POST", template, entity, kind: "write" },
  { method: "PUT", template: `${template}/${id}`, entity, kind: "write" },
  { method: "DELETE", template: `${template}/${id}`, entity, kind: "write" }
]

/** An entity's events by a route: the actions that it has, and the fields whose change fires the update. */
export const covers = (
  entity: string,
  actions: ReadonlyArray<"create" | "update" | "delete">,
  fields: Iterable<string> | "all" = []
): RouteCoverage => {
  const named = (action: "create" | "update" | "delete"): EventName | null =>
    actions.includes(action) ? eventName(entity, action) : null
  return {
    create: named("create"),
    update: named("update"),
    delete: named("delete"),
    updateFields: fields === "all" ? "all" : new Set(fields)
  }
}

/** The platform's events of one module: `onTicketCreate` and so on, by what `covers` names. */
export const appEvents = (
  module: string,
  entity: string,
  productName: string,
  actions: ReadonlyArray<"create" | "update" | "delete">,
  payloadAt = entity
): Readonly<Record<EventName, AppEvent>> =>
  Object.fromEntries(
    actions.map((action) => [
      eventName(entity, action),
      { module, productEvent: `on${productName}${action[0]!.toUpperCase()}${action.slice(1)}`, payloadAt }
    ])
  )

export const byTimeFilter = (
  perPage: number,
  windows: NonNullable<SweepRule["windows"]> | "byPages",
  hidden: SweepRule["hidden"] = []
): SweepRule => ({
  by: "timeFilter",
  perPage,
  ...(windows === "byPages" ? {} : { windows }),
  hidden,
  wholeEvery: null
})
export const byWholeList = (perPage: number, lists = 1): SweepRule => ({
  by: "wholeList",
  perPage,
  lists,
  hidden: [],
  wholeEvery: 1
})
export const byChildren = (perPage: number, parent: NonNullable<SweepRule["parent"]>, stubs = false): SweepRule => ({
  by: "children",
  perPage,
  stubs,
  hidden: [],
  wholeEvery: null,
  parent
})

/** The platform's allowance for one installed app (FRESHWORKS.md, "Webhooks", route 1). */
export const appAllowance: PushAllowance = {
  requests: 50,
  period: "minute",
  source: "vendor documentation: 50 outgoing requests a minute per installation, more on request [docs]"
}
/** Webhooks of Freshdesk's automation rules (FRESHWORKS.md, "Delivery limits"). */
export const ruleAllowance: SharedAllowance = {
  sharedWith: "calls",
  source:
    "vendor documentation: a rule's webhooks count against the account's API limit; what exceeds it is deferred to the next hour, and dropped after 24 h [docs]"
}

export const briefPolicy: DeliveryPolicy = {
  name: "brief",
  ackWithinSeconds: 5,
  retryAfterSeconds: [60, 120, 240, 480],
  source:
    "founding brief: 200 within 5 s, else 4 retries with exponential backoff, then dropped; the base of 60 s is assumed"
}

const thousandAnHour: PushAllowance = {
  requests: 1_000,
  period: "hour",
  source: "integrators' reports: 1,000 webhooks an hour; what exceeds it is deferred, and dropped after 24 h [field]"
}

/** The brief's retries with an allowance of the webhooks' own, for which there is no official source. */
export const thousandAnHourPolicy: DeliveryPolicy = {
  ...briefPolicy,
  name: "thousand-an-hour",
  allowances: { rule: thousandAnHour, ui: thousandAnHour },
  source: thousandAnHour.source
}

/** The body that a workflow posts: the app route's without a snapshot, which no template can write. */
export const templateBody =
  (entity: string, id: string, updatedAt: string) =>
  (event: EventName, account: string): string =>
    JSON.stringify(templateContent(entity, id, updatedAt)(event, account))

const templateContent =
  (entity: string, id: string, updatedAt: string) =>
  (event: EventName, account: string): Readonly<Record<string, string>> => ({
    event,
    entity,
    id: `{{${id}}}`,
    updated_at: `{{${updatedAt}}}`,
    account
  })

/**
 * The content of a Freshdesk rule's webhook, with placeholders as values: the app route's body without a snapshot. A
 * reply's own id has no documented placeholder, so its delivery tells of the ticket.
 */
export const ruleContent = templateContent("ticket", "ticket.id", "ticket.updated_at")

/** How a Freshdesk rule's deliveries look, placeholders not filled in. */
export const ruleBody = (event: EventName, account: string): string => JSON.stringify(ruleContent(event, account))
