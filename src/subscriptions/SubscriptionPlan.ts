/** The planned subscriptions of a source, and the automation rule of each. Pure. */
import { canonicalJson } from "../domain/CanonicalJson.js"
import { actionOf, type EventName, entityOf } from "../domain/Event.js"
import type { AutomationRuleDraft } from "../providers/clients.js"
import { eventsOf, type Provider, type Route, ruleBody } from "../providers/index.js"

export interface PlannedSubscription {
  readonly source: string
  readonly product: string
  readonly account: string
  readonly route: Route
  readonly event: EventName
  /** `POST {publicUrl}/hooks/{source}` */
  readonly target: string
  /** The platform's event name, or the fields that a rule watches. */
  readonly watches: ReadonlyArray<string>
  /** The user whose changes a rule or workflow ignores. */
  readonly leavesOut: string | null
}

export interface PlanInput {
  readonly source: string
  readonly account: string
  readonly provider: Provider
  /** In the order in which the plan names them; an event that several routes have is subscribed to by each. */
  readonly routes: ReadonlyArray<Route>
  readonly publicUrl: string
  readonly events: ReadonlyArray<EventName>
  /** Fields with recorded changes: a rule can watch the custom ones by name. */
  readonly alsoWatch: ReadonlyArray<string>
  /** The integration's own user at the provider: a rule ignores its changes, which would return as events. */
  readonly serviceAccount: string | null
}

export const planSubscriptions = (input: PlanInput): ReadonlyArray<PlannedSubscription> =>
  input.routes.flatMap((route) => plannedBy(route, input))

const plannedBy = (route: Route, input: PlanInput): ReadonlyArray<PlannedSubscription> =>
  input.events
    // Events that the route does not have stay with another route, or with reconciliation.
    .filter((event) =>
      Object.keys(input.provider.routes[route] ?? {}).some((entity) =>
        eventsOf(input.provider, route, entity).includes(event)
      )
    )
    .map((event) => ({
      source: input.source,
      product: input.provider.product,
      account: input.account,
      route,
      event,
      target: `${input.publicUrl.replace(/\/$/, "")}/hooks/${encodeURIComponent(input.source)}`,
      watches: watchesOf(route, input, event),
      leavesOut: route === "app" ? null : input.serviceAccount
    }))

const watchesOf = (route: Route, { alsoWatch, provider }: PlanInput, event: EventName): ReadonlyArray<string> => {
  if (route === "app") return [provider.appEvents[event]?.productEvent ?? event]
  if (route === "ui") return [actionOf(event)]
  if (event === "ticket_create") return []
  const custom = alsoWatch
    .filter((field) => field.startsWith("custom_fields."))
    .map((field) => field.slice("custom_fields.".length))
  // The fields of the route's coverage.
  const fields = provider.routes.rule?.[entityOf(event)]?.updateFields ?? []
  return [...(fields === "all" ? [] : fields), ...custom].sort()
}

export const ruleName = (subscription: PlannedSubscription): string =>
  `hookshift: ${subscription.event} to ${subscription.source}`

/** The automation rule of a subscription. `token` authenticates its deliveries. */
export const ruleDraft = (
  subscription: PlannedSubscription,
  tokenHeader: string,
  token: string
): AutomationRuleDraft => ({
  name: ruleName(subscription),
  active: true,
  ...(subscription.event === "ticket_create"
    ? {}
    : { events: subscription.watches.map((field) => ({ field_name: field, from: "--", to: "--" })) }),
  // The field that names the performer of a change is not documented [assumed].
  conditions:
    subscription.leavesOut === null
      ? []
      : [
          {
            name: "not by the integration itself",
            match_type: "all",
            properties: [{ field_name: "performer", operator: "is_not", value: subscription.leavesOut }]
          }
        ],
  actions: [
    {
      field_name: "trigger_webhook",
      request_type: "POST",
      url: subscription.target,
      content_type: "json",
      content_layout: "advanced",
      content: ruleBody(subscription.event, subscription.account),
      custom_headers: { [tokenHeader]: token }
    }
  ]
})

/** Canonical form of the parts that decide what a rule does. The token is left out: it is never kept or compared. */
export const ruleEssence = (rule: AutomationRuleDraft): string =>
  canonicalJson({
    events: (rule.events ?? []).map((event) => event.field_name).sort(),
    conditions: rule.conditions ?? [],
    actions: rule.actions.map(({ custom_headers: headers, ...action }) => ({
      ...action,
      headers: Object.keys((headers ?? {}) as object).sort()
    }))
  })
