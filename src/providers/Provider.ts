/**
 * What a product is to hookshift, as data: hosts, endpoints, entities, events and which route pushes which change,
 * limits and delivery policy. Rules that read this data are pure functions below it.
 */

import { inferTemplate, templatePattern } from "../domain/Endpoint.js"
import type { Action, EventName } from "../domain/Event.js"

/** A way to get events out of a product (FRESHWORKS.md, "Three real ways"). */
export type Route = "app" | "rule"

export interface EntityType {
  readonly name: string
  readonly idField: string
  readonly updatedAtField: string
  readonly createdAtField: string
  /** The entity whose `updated_at` moves with this one: a reply moves its ticket. */
  readonly touches?: { readonly entity: string; readonly idField: string }
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
  /** Fields whose change fires the update event; `all` where the route can watch any field. */
  readonly updateFields: ReadonlySet<string> | "all"
}

export interface PlanLimits {
  readonly perMinute: number
  /** Endpoint → calls per minute, beneath the account's own limit. */
  readonly endpoints: Readonly<Record<string, number>>
  readonly source: string
}

export interface DeliveryPolicy {
  readonly name: string
  readonly ackWithinSeconds: number
  /** Waits before each further try. */
  readonly retryAfterSeconds: ReadonlyArray<number>
  readonly source: string
}

export interface Provider {
  readonly product: string
  readonly pathPrefix: string
  readonly entities: Readonly<Record<string, EntityType>>
  readonly endpoints: ReadonlyArray<CatalogueEndpoint>
  readonly routes: Readonly<Record<Route, Readonly<Record<string, RouteCoverage>>>>
  readonly plans: Readonly<Record<string, PlanLimits>>
  readonly deliveryPolicies: Readonly<Record<string, DeliveryPolicy>>
  /** The most pages that a list gives, and the items a page can have. */
  readonly pageCeiling: number
  readonly maxPerPage: number
}

export interface MatchedEndpoint {
  readonly template: string
  readonly endpoint: CatalogueEndpoint | null
  readonly subject: string | null
}

/** A matcher over a provider's catalogue; compiled once, used for every recorded call. */
export const endpointMatcher = (provider: Provider | null): ((method: string, path: string) => MatchedEndpoint) => {
  const compiled = (provider?.endpoints ?? []).map((endpoint) => ({
    endpoint,
    // A fixed segment is the better match: `/tickets/outbound_email` before `/tickets/{id}`.
    parameters: (endpoint.template.match(/\{/g) ?? []).length,
    pattern: templatePattern(endpoint.template)
  }))
  compiled.sort((a, b) => a.parameters - b.parameters)
  return (method, path) => {
    let sameTemplate: MatchedEndpoint | null = null
    for (const { endpoint, pattern } of compiled) {
      const match = pattern.exec(path)
      if (match === null) continue
      // `{id}` is a number; a word there is another endpoint.
      if (match.slice(1).some((segment) => !/^\d+$/.test(segment))) continue
      const subject = match[1] ?? null
      if (endpoint.method === method) return { template: endpoint.template, endpoint, subject }
      sameTemplate ??= { template: endpoint.template, endpoint: null, subject }
    }
    if (sameTemplate !== null) return sameTemplate
    const template = inferTemplate(path)
    return { template, endpoint: null, subject: /\/(\d+)(?:\/|$)/.exec(path)?.[1] ?? null }
  }
}

/** Which event, if any, a route fires when an entity is created, deleted, or has these fields changed. */
export const eventFor = (
  provider: Provider,
  route: Route,
  entity: string,
  action: Action,
  changed: ReadonlyArray<string>
): EventName | null => {
  const coverage = provider.routes[route][entity]
  if (coverage === undefined) return null
  if (action === "create") return coverage.create
  if (action === "delete") return coverage.delete
  const fields = coverage.updateFields
  if (fields === "all") return coverage.update
  return changed.some((field) => fields.has(field)) ? coverage.update : null
}

/** Every event that a route can fire for an entity. */
export const eventsOf = (provider: Provider, route: Route, entity: string): ReadonlyArray<EventName> => {
  const coverage = provider.routes[route][entity]
  if (coverage === undefined) return []
  return [coverage.create, coverage.update, coverage.delete].filter((event) => event !== null)
}
