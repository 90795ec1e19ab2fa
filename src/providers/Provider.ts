/**
 * A product as hookshift sees it, as data: hosts, endpoints, entities, events and which route pushes which change,
 * limits and delivery policy. Rules that read this data are pure functions below it.
 */

import type { Action, EventName } from "../domain/Event.js"
import type { EpochMillis } from "../domain/Time.js"
import type { Description } from "./described/Description.js"

/** The period of limits and allowances. */
export type Period = "minute" | "hour"

export const periodMs: Readonly<Record<Period, number>> = { minute: 60_000, hour: 3_600_000 }

/** A way to get events out of a product (FRESHWORKS.md, "Three real ways"). */
export type Route = "app" | "rule" | "ui"

export const routes: ReadonlyArray<Route> = ["app", "rule", "ui"]

export interface EntityType {
  readonly name: string
  readonly idField: string
  readonly updatedAtField: string
  readonly createdAtField: string
  readonly ids: "number" | "uuid"
  /** The entity beneath which this one is read, and the field that names it. */
  readonly parent?: { readonly entity: string; readonly idField: string }
  /** Fields that the API sets where a creation leaves them out. */
  readonly defaults?: Readonly<Record<string, unknown>>
  /** Fields that an app's payload leaves out. */
  readonly notPushed: ReadonlySet<string>
  /** The entity whose `updated_at` moves with this one: a reply moves its ticket. */
  readonly touches?: { readonly entity: string; readonly idField: string }
  /**
   * Fields by whose values alone the product decides which keys see an entity; absent where that is not documented, or
   * is decided by more.
   */
  readonly dividedBy?: ReadonlyArray<string>
}

export interface CatalogueEndpoint {
  readonly method: string
  readonly template: string
  readonly entity: string | null
  /** `children` lists one entity's dependants: `/tickets/{id}/conversations`. */
  readonly kind: "list" | "item" | "search" | "children" | "write" | "admin"
  /** Where the entities are in the body; absent when the body is the array or the entity itself. */
  readonly itemsAt?: string
  /** The query parameter that narrows by change time. */
  readonly timeFilter?: string
}

export interface RouteCoverage {
  readonly create: EventName | null
  readonly delete: EventName | null
  readonly update: EventName | null
  /** Fields whose change fires the update event; `all` where any field's does. */
  readonly updateFields: ReadonlySet<string> | "all"
  /** Whether custom fields fire it besides: a rule names those that were seen to change. */
  readonly customFields?: boolean
  /**
   * By type of dependant: names of further events that its creation fires, and that the update event tells of. A rule
   * on replies tells of the ticket alone.
   */
  readonly onDependants?: Readonly<Record<string, ReadonlyArray<string>>>
}

/** A field of a parent that has the moment of its newest dependant of a kind. */
export interface Tell {
  readonly field: string
  /** Of a dependant of that kind: what its fields are, and what they are not. */
  readonly where: Readonly<Record<string, unknown>>
  readonly unless: Readonly<Record<string, unknown>>
}

/** Whether a field of the parent tells of this dependant. */
export const tellsOf = ({ unless, where }: Tell, dependant: Readonly<Record<string, unknown>>): boolean =>
  Object.entries(where).every(([field, value]) => dependant[field] === value) &&
  !Object.entries(unless).some(([field, value]) => dependant[field] === value)

/** How a reconciliation sweep finds what changed of an entity type, by the means that its API has. */
export interface SweepRule {
  /**
   * `timeFilter` asks for what changed since; `newestFirst` reads pages, newest change first, until it meets what is
   * known; `wholeList` reads everything; `children` reads the dependants of a parent, one call for each.
   */
  readonly by: "timeFilter" | "newestFirst" | "wholeList" | "children"
  readonly perPage: number
  /** Where its client reads by windows and not by page numbers (Paging.ts): always, or with a time filter. */
  readonly windows?: "always" | "filtered"
  /** How many lists make up the whole: open and completed tasks are two. Default 1. */
  readonly lists?: number
  /** For `children`: the list gives ids only, and each costs one more call. */
  readonly stubs?: boolean
  /** Lists that the plain one hides, each read once more in every sweep. */
  readonly hidden: ReadonlyArray<"deleted" | "spam">
  /** Sweeps between whole readings, which show deletions by absence; `null` where deletions show otherwise. */
  readonly wholeEvery: number | null
  /** For a list: the embed whose fields tell of dependants (`Tell`). */
  readonly tells?: { readonly embed: string; readonly signs: ReadonlyArray<Tell> }
  /** For `children`: of which parents, and in every which sweep. */
  readonly parent?: { readonly entity: string; readonly which: "changed" | "all"; readonly every: number }
}

/** Share of the rate limit below which a client slows down by itself (FRESHWORKS.md, "Rate limits"). */
export const slowDownBelow = 0.1
/** The same share in words, for sentences. */
export const slowDownBelowText = "a tenth"

/** An account's limits; every number with its source. */
export interface PlanLimits {
  readonly limit: number
  readonly period: Period
  /** Limits by other periods, in force at the same time. */
  readonly besides?: ReadonlyArray<{ readonly limit: number; readonly period: Period }>
  /** Endpoint → calls per period, beneath the account's own limit. */
  readonly endpoints: Readonly<Record<string, number>>
  readonly source: string
}

export interface DeliveryPolicy {
  readonly name: string
  readonly ackWithinSeconds: number
  /** Waits before each further try. */
  readonly retryAfterSeconds: ReadonlyArray<number>
  /** Allowances in place of the product's. */
  readonly allowances?: Readonly<Partial<Record<Route, PushAllowance>>>
  readonly source: string
}

/** How much a route may push: pushes above it wait, and are dropped when they wait too long. */
export interface PushAllowance {
  readonly requests: number
  readonly period: Period
  readonly source: string
}

/** A route whose pushes count against the account's rate limit, as calls do; pushes above it wait as well. */
export interface SharedAllowance {
  readonly sharedWith: "calls"
  readonly source: string
}

export const isShared = (allowance: PushAllowance | SharedAllowance | undefined): allowance is SharedAllowance =>
  allowance !== undefined && "sharedWith" in allowance

/** The platform's name of an event, and the module of a platform-3.0 app that subscribes to it. */
export interface AppEvent {
  readonly module: string
  readonly productEvent: string
  /** Where the entity is in the platform's payload: `data.ticket`. */
  readonly payloadAt: string
}

/** A module without product events, which newer accounts have in place of one with them. */
export interface EventlessModule {
  readonly module: string
  readonly inPlaceOf: string
  /** `2026-03-31`: accounts that were made from then on have it. */
  readonly accountsSince: string
  readonly source: string
}

/** Steps for the product's admin pages, where no API sets the route up. */
export interface Runbook {
  readonly place: string
  readonly steps: ReadonlyArray<string>
  /** The body to paste for an event of an account; `null` where the product writes its own. */
  readonly body: ((event: EventName, account: string) => string) | null
}

export interface Provider {
  readonly product: string
  /** The first is the documented one; the others are older paths of the same API. */
  readonly pathPrefixes: readonly [string, ...ReadonlyArray<string>]
  readonly hosts: RegExp
  readonly defaultScheme: "basic" | "token" | "bearer"
  readonly entities: Readonly<Record<string, EntityType>>
  /** Where an entity has its custom fields; `null` where the product has none. */
  readonly customFieldsAt: string | null
  /** A moment as the API writes it (FRESHWORKS.md, "Lists and pages"). */
  readonly stamp: (at: EpochMillis) => string
  readonly endpoints: ReadonlyArray<CatalogueEndpoint>
  readonly routes: Readonly<Partial<Record<Route, Readonly<Record<string, RouteCoverage>>>>>
  readonly sweeps: Readonly<Record<string, SweepRule>>
  readonly appEvents: Readonly<Record<EventName, AppEvent>>
  readonly eventlessModules?: ReadonlyArray<EventlessModule>
  /** Where an administrator finds the gallery of apps [docs: "Custom apps" of the app SDK]. */
  readonly appsGallery?: string
  readonly runbook: Runbook | null
  readonly allowances: Readonly<Partial<Record<Route, PushAllowance | SharedAllowance>>>
  readonly plans: Readonly<Record<string, PlanLimits>>
  /** Further credits that `include=` costs on one item, and on a list. */
  readonly embedCost: {
    readonly item: number
    readonly list: number
    /** The embeds that cost them; any does where none is named. */
    readonly only?: ReadonlyArray<string>
  }
  readonly deliveryPolicies: Readonly<Record<string, DeliveryPolicy>>
  /** The most pages that a list gives, and the items a page can have. */
  readonly pageCeiling: number
  readonly maxPerPage: number
  /** Where a data file taught it: that description. */
  readonly described?: Description
}

/** Which event, if any, a route fires when an entity is created, deleted, or has these fields changed. */
export const eventFor = (
  provider: Provider,
  route: Route,
  entity: string,
  action: Action,
  changed: ReadonlyArray<string>
): EventName | null => {
  const coverage = provider.routes[route]?.[entity]
  if (coverage === undefined) return null
  if (action === "create") return coverage.create
  const fields = coverage.updateFields
  // Where a deletion is reported as an update, `deleted` is one of its fields.
  if (action === "delete")
    return coverage.delete ?? (fields !== "all" && fields.has("deleted") ? coverage.update : null)
  const fires = (field: string) =>
    fields === "all" || fields.has(field) || (coverage.customFields === true && field.startsWith("custom_fields."))
  // A stamp that moved by itself is no change to it, whatever it watches.
  return changed.some(fires) ? coverage.update : null
}

/**
 * The event by which a route tells that a dependant has come and moved an entity's stamp: the dependant's own, or the
 * entity's update event. `null` where it tells nothing.
 */
export const eventOnDependant = (
  provider: Provider,
  route: Route,
  entity: string,
  dependant: string
): EventName | null => {
  const coverage = provider.routes[route]
  const own = coverage?.[dependant]?.create ?? null
  if (own !== null) return own
  return coverage?.[entity]?.onDependants?.[dependant] === undefined ? null : coverage[entity]!.update
}

/** Every event that a route can fire for an entity. */
export const eventsOf = (provider: Provider, route: Route, entity: string): ReadonlyArray<EventName> => {
  const coverage = provider.routes[route]?.[entity]
  if (coverage === undefined) return []
  return [coverage.create, coverage.update, coverage.delete].filter((event) => event !== null)
}

/** The entity types that are read as this one's dependants: the conversations of a ticket. */
export const childrenOf = (provider: Provider, entity: string): ReadonlyArray<string> =>
  Object.keys(provider.sweeps).filter((name) => provider.sweeps[name]!.parent?.entity === entity)

/** The entity types that have to be listed so that these can be swept: themselves, or their parents' parents. */
export const rootsOf = (provider: Pick<Provider, "sweeps">, entities: Iterable<string>): ReadonlyArray<string> => {
  const roots = new Set<string>()
  for (const entity of entities) {
    let at = entity
    for (let parent = provider.sweeps[at]?.parent; parent !== undefined; parent = provider.sweeps[at]?.parent)
      at = parent.entity
    if (provider.sweeps[at] !== undefined) roots.add(at)
  }
  return [...roots].sort()
}

/** The dependants that have to be read for these entities, and those on the way to them. */
export const dependantsFor = (provider: Provider, entities: Iterable<string>): ReadonlyArray<string> => {
  const types = new Set<string>()
  for (const entity of entities) {
    for (let at = entity; provider.sweeps[at]?.parent !== undefined; at = provider.sweeps[at]!.parent!.entity)
      types.add(at)
  }
  return [...types].sort()
}

/** In every which sweep a list is read whole because some of these are looked for beneath all of it; `null`: never. */
export const walksEvery = (provider: Pick<Provider, "sweeps">, entities: Iterable<string>): number | null => {
  const walks = [...entities].flatMap((entity) => {
    const parent = provider.sweeps[entity]?.parent
    return parent?.which === "all" ? [parent.every] : []
  })
  return walks.length === 0 ? null : Math.min(...walks)
}

/**
 * Whether reconciliation ever shows a deletion of a type: by a list of deleted ones, or by its absence from a whole
 * list.
 */
export const deletionsShow = (provider: Provider, entity: string): boolean => {
  const rule = provider.sweeps[entity]
  // An item that a list names, and the provider does not know any more, is gone.
  return rule !== undefined && (rule.hidden.includes("deleted") || rule.wholeEvery !== null || rule.stubs === true)
}

/** A call's cost in credits of the account's limit: an embed is charged on top. `include`: the parameter's value. */
export const creditsOf = (
  { embedCost }: Provider,
  endpoint: CatalogueEndpoint | null,
  include: string | null
): number => {
  if (include === null || endpoint === null) return 1
  if (embedCost.only !== undefined && !include.split(",").some((name) => embedCost.only!.includes(name.trim())))
    return 1
  return 1 + (endpoint.kind === "item" ? embedCost.item : embedCost.list)
}

/** Whether a route's events are thin, so that the entity has to be fetched: no template can write a whole entity. */
export const sendsThinEvents = (provider: Provider, route: Route): boolean =>
  route === "rule" || (route === "ui" && provider.runbook !== null && provider.runbook.body !== null)
