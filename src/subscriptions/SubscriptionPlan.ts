/** The planned subscriptions of a source, and the automation rule of each. Pure. */
import { actionOf, type EventName, entityOf } from "../domain/Event.js"
import { type AutomationRuleDraft, performers } from "../providers/clients.js"
import { eventsOf, type PlannedEvents, type Route, ruleContent } from "../providers/index.js"

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
  /** Events by route, of the product; an event that several routes have is subscribed to by each. */
  readonly planned: PlannedEvents
  readonly publicUrl: string
  /** Fields with recorded changes: a rule can watch the custom ones by name. */
  readonly alsoWatch: ReadonlyArray<string>
  /** The integration's own user at the provider: a rule ignores its changes, which would return as events. */
  readonly serviceAccount: string | null
}

export const planSubscriptions = (input: PlanInput): ReadonlyArray<PlannedSubscription> =>
  input.planned.routes.flatMap((route) => plannedBy(route, input))

const plannedBy = (route: Route, input: PlanInput): ReadonlyArray<PlannedSubscription> =>
  [...(input.planned.eventsBy.get(route) ?? [])]
    // Events that the route does not have stay with another route, or with reconciliation.
    .filter((event) =>
      Object.keys(input.planned.provider.routes[route] ?? {}).some((entity) =>
        eventsOf(input.planned.provider, route, entity).includes(event)
      )
    )
    .map((event) => ({
      source: input.source,
      product: input.planned.provider.product,
      account: input.account,
      route,
      event,
      target: hookOf(input.publicUrl, input.source),
      watches: watchesOf(route, input, event),
      leavesOut: route === "app" ? null : input.serviceAccount
    }))

/** Where a source's deliveries go. */
export const hookOf = (publicUrl: string, source: string): string =>
  `${publicUrl.replace(/\/$/, "")}/hooks/${encodeURIComponent(source)}`

const watchesOf = (route: Route, { alsoWatch, planned }: PlanInput, event: EventName): ReadonlyArray<string> => {
  const { provider, watches } = planned
  if (route === "app") return [provider.appEvents[event]?.productEvent ?? event]
  const chosen = watches.get(event) ?? []
  if (route === "ui") return [actionOf(event), ...chosen]
  if (event === "ticket_create") return []
  if (chosen.length > 0) return [...chosen].sort()
  const custom = alsoWatch
    .filter((field) => field.startsWith("custom_fields."))
    .map((field) => field.slice("custom_fields.".length))
  // The fields of the route's coverage, and its events on replies and notes.
  const { onDependants = {}, updateFields: fields = [] } = provider.routes.rule?.[entityOf(event)] ?? {}
  return [...(fields === "all" ? [] : fields), ...Object.values(onDependants).flat(), ...custom].sort()
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
    : { performer: { type: performers.either }, events: subscription.watches.flatMap(ruleEvents) }),
  conditions: subscription.leavesOut === null ? [] : [notBy(subscription.leavesOut)],
  actions: [
    {
      field_name: "trigger_webhook",
      request_type: "POST",
      url: subscription.target,
      content_type: "JSON",
      content_layout: "2",
      content: ruleContent(subscription.event, subscription.account),
      custom_headers: { [tokenHeader]: token }
    }
  ]
})

/** The events of an update rule that watches this: a reply, a note of either kind, or a field's change. */
const ruleEvents = (watched: string): NonNullable<AutomationRuleDraft["events"]> => {
  if (watched === "reply_sent") return [{ field_name: watched }]
  if (watched === "note_type") return ["public", "private"].map((value) => ({ field_name: watched, value }))
  return [{ field_name: watched, from: anyValue, to: anyValue }]
}

const anyValue = "--"

/**
 * A condition on the performer: the top-level `performer` tells agents from requesters, and no user apart. That
 * conditions know a performer is assumed.
 */
const notBy = (user: string): NonNullable<AutomationRuleDraft["conditions"]>[number] => ({
  name: "condition_set_1",
  match_type: "all",
  properties: [{ resource_type: "ticket", field_name: "performer", operator: "is_not", value: user }]
})
