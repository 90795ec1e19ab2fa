/**
 * Applies planned subscriptions, reports drift, and removes them. Applying is idempotent. Rules are created by the
 * provider's API; an app is published by a person, or installed through `installUrl`.
 */
import { HttpClient, HttpClientRequest } from "@effect/platform"
import { Clock, Effect, Schema } from "effect"
import type { SubscriptionState } from "../domain/Report.js"
import type { AutomationRule, FreshdeskClient, ProviderError, RuleType } from "../providers/clients.js"
import { Store, type StoreUnavailable, type SubscriptionRow } from "../store/service.js"
import { ruleEssence } from "./RuleEssence.js"
import { type PlannedSubscription, ruleDraft, ruleName } from "./SubscriptionPlan.js"

/** `installUrl` refused the request, or could not be reached. */
export class InstallFailed extends Schema.TaggedError<InstallFailed>()("InstallFailed", { message: Schema.String }) {}

export interface SubscriptionTarget {
  /** For rules, which only Freshdesk's API can create; `null` for every other route. */
  readonly client: FreshdeskClient | null
  /** The header and the secret that authenticate deliveries. */
  readonly tokenHeader: string
  readonly secret: string
  readonly installUrl: string | null
  /** Updates rules that do not differ: the API does not return tokens, so a new token shows no difference. */
  readonly refresh?: boolean
}

export type SubscriptionAction = "created" | "updated" | "unchanged" | "installed" | "waiting"

export interface SubscriptionOutcome {
  readonly subscription: PlannedSubscription
  readonly action: SubscriptionAction
  readonly state: SubscriptionState
}

export interface SubscriptionStatus {
  readonly source: string
  readonly route: string
  readonly event: string
  readonly state: SubscriptionState
  /** The difference, or the step that is missing; `null` for neither. */
  readonly note: string | null
}

type Failure = ProviderError | StoreUnavailable | InstallFailed

const row = (
  subscription: PlannedSubscription,
  state: SubscriptionState,
  remoteId: string | null,
  at: number
): SubscriptionRow => ({
  source: subscription.source,
  route: subscription.route,
  event: subscription.event,
  product: subscription.product,
  account: subscription.account,
  remoteId,
  state,
  fields: JSON.stringify({
    target: subscription.target,
    watches: subscription.watches,
    leavesOut: subscription.leavesOut
  }),
  appliedAt: at,
  verifiedAt: null
})

/** The requests of `applyPlan` without secrets, for `--dry-run`. */
export const describeRequests = (
  plan: ReadonlyArray<PlannedSubscription>,
  tokenHeader: string,
  installUrl: string | null
): ReadonlyArray<unknown> => [
  ...plan
    .filter((subscription) => subscription.route === "rule")
    .map((subscription) => ({
      method: "POST",
      path: `/api/v2/automations/${subscription.event === "ticket_create" ? 1 : 4}/rules`,
      body: ruleDraft(subscription, tokenHeader, "(the webhook secret)")
    })),
  ...appsOf(plan).map((app) => ({
    method: "POST",
    url: installUrl ?? "(a person publishes the app)",
    body: { ...app, secret: "(the webhook secret)" }
  }))
]

const appsOf = (
  plan: ReadonlyArray<PlannedSubscription>
): ReadonlyArray<{ product: string; url: string; events: ReadonlyArray<string> }> => {
  const byTarget = new Map<string, { product: string; url: string; events: Array<string> }>()
  for (const subscription of plan) {
    if (subscription.route !== "app") continue
    const app = byTarget.get(subscription.target) ?? {
      product: subscription.product,
      url: subscription.target,
      events: []
    }
    app.events.push(subscription.event)
    byTarget.set(subscription.target, app)
  }
  return [...byTarget.values()]
}

export const applyPlan = (
  plan: ReadonlyArray<PlannedSubscription>,
  target: SubscriptionTarget
): Effect.Effect<ReadonlyArray<SubscriptionOutcome>, Failure, Store | HttpClient.HttpClient> =>
  Effect.gen(function* () {
    const store = yield* Store
    const now = yield* Clock.currentTimeMillis
    const known = yield* store.subscriptions
    const outcomes: Array<SubscriptionOutcome> = []

    for (const app of appsOf(plan)) {
      if (target.installUrl !== null) yield* install(target.installUrl, { ...app, secret: target.secret })
    }
    for (const subscription of plan) {
      if (subscription.route !== "rule" || target.client === null) {
        const before = known.find(
          (other) =>
            other.source === subscription.source &&
            other.route === subscription.route &&
            other.event === subscription.event
        )
        const action: SubscriptionAction =
          target.installUrl !== null && subscription.route === "app"
            ? "installed"
            : before === undefined
              ? "waiting"
              : "unchanged"
        const state: SubscriptionState = before?.state === "active" ? "active" : "waiting"
        yield* store.saveSubscription(row(subscription, state, null, now))
        outcomes.push({ subscription, action, state })
        continue
      }
      const type = subscription.event as RuleType
      const draft = ruleDraft(subscription, target.tokenHeader, target.secret)
      const existing = (yield* target.client.rules.list(type)).find((rule) => rule.name === draft.name)
      const [rule, action] =
        existing === undefined
          ? ([yield* target.client.rules.create(type, draft), "created"] as const)
          : target.refresh !== true && existing.active && ruleEssence(existing) === ruleEssence(draft)
            ? ([existing, "unchanged"] as const)
            : ([yield* target.client.rules.update(type, existing.id, draft), "updated"] as const)
      yield* store.saveSubscription(row(subscription, "active", String(rule.id), now))
      outcomes.push({ subscription, action, state: "active" })
    }
    return outcomes
  })

const install = (url: string, app: unknown): Effect.Effect<void, InstallFailed, HttpClient.HttpClient> =>
  HttpClientRequest.post(url).pipe(
    HttpClientRequest.bodyUnsafeJson(app),
    HttpClient.execute,
    Effect.mapError(() => new InstallFailed({ message: `${url} could not be reached: check webhook.installUrl` })),
    Effect.flatMap((response) =>
      response.status >= 200 && response.status < 300
        ? Effect.void
        : Effect.fail(
            new InstallFailed({
              message: `${url} answered ${response.status} to the app install: check webhook.installUrl`
            })
          )
    )
  )

const planned = (subscription: SubscriptionRow): PlannedSubscription => {
  const { leavesOut, target, watches } = JSON.parse(subscription.fields) as {
    target: string
    watches: Array<string>
    leavesOut?: string | null
  }
  const route = subscription.route as PlannedSubscription["route"]
  return { ...subscription, route, target, watches, leavesOut: leavesOut ?? null }
}

/** Compares the applied subscriptions with the provider's present ones. A client is needed for rules only. */
export const subscriptionStatus = (
  source: string,
  client: FreshdeskClient | null,
  tokenHeader: string
): Effect.Effect<ReadonlyArray<SubscriptionStatus>, ProviderError | StoreUnavailable, Store> =>
  Effect.gen(function* () {
    const store = yield* Store
    const rows = (yield* store.subscriptions).filter((one) => one.source === source)
    const rules = new Map<string, ReadonlyArray<AutomationRule>>()
    for (const one of rows) {
      if (one.route === "rule" && client !== null && !rules.has(one.event))
        rules.set(one.event, yield* client.rules.list(one.event as RuleType))
    }
    return yield* Effect.forEach(rows, (one) =>
      Effect.gen(function* () {
        const [state, note] = stateOf(one, rules.get(one.event), tokenHeader)
        if (state !== one.state) yield* store.saveSubscription({ ...one, state })
        return { source: one.source, route: one.route, event: one.event, state, note }
      })
    )
  })

const stateOf = (
  one: SubscriptionRow,
  rules: ReadonlyArray<AutomationRule> | undefined,
  tokenHeader: string
): readonly [SubscriptionState, string | null] => {
  if (one.route !== "rule") {
    const todo = one.route === "app" ? "publish the app" : "follow the steps of subscriptions plan"
    return one.verifiedAt === null
      ? ["waiting", `no verified delivery has arrived yet: ${todo}, then change something it covers`]
      : ["active", null]
  }
  if (rules === undefined) return [one.state, null]
  const wanted = ruleDraft(planned(one), tokenHeader, "")
  const rule =
    rules.find((other) => String(other.id) === one.remoteId) ??
    rules.find((other) => other.name === ruleName(planned(one)))
  if (rule === undefined) return ["missing", "the rule is gone: run subscriptions apply"]
  if (!rule.active) return ["inactive", "the rule was switched off: run subscriptions apply, or switch polling back on"]
  if (rule.outdated === true)
    return [
      "outdated",
      `the rule names a field that the account no longer has, and no longer fires (it watches ${planned(one).watches.join(", ")}): record again, then run subscriptions apply; until then only reconciliation brings its changes`
    ]
  if (ruleEssence(rule) !== ruleEssence(wanted))
    return ["changed", "the rule was changed: run subscriptions apply to put it right"]
  return ["active", null]
}

/** Removes the applied subscriptions. A rule that is gone already is not an error. */
export const removeSubscriptions = (
  source: string,
  client: FreshdeskClient | null
): Effect.Effect<ReadonlyArray<SubscriptionStatus>, ProviderError | StoreUnavailable, Store> =>
  Effect.gen(function* () {
    const store = yield* Store
    const rows = (yield* store.subscriptions).filter((one) => one.source === source)
    yield* store.setReconciledEntities(source, [])
    return yield* Effect.forEach(rows, (one) =>
      Effect.gen(function* () {
        if (one.route === "rule" && client !== null && one.remoteId !== null) {
          yield* client.rules.remove(one.event as RuleType, Number(one.remoteId)).pipe(
            Effect.catchIf(
              (error) => error.reason === "notFound",
              () => Effect.void
            ) // already removed
          )
        }
        yield* store.removeSubscription(one.source, one.route, one.event)
        const note =
          one.route === "app"
            ? "unpublish the app in the account's admin pages: no API does it"
            : one.route === "ui"
              ? "remove the webhook in the product's admin pages: no API does it"
              : null
        return { source: one.source, route: one.route, event: one.event, state: "removed" as const, note }
      })
    )
  })
