/**
 * Applies planned subscriptions. Applying is idempotent, and adds to the ones applied before. Rules are created by the
 * provider's API; an app is published by a person, or installed through `installUrl`.
 */
import type { HttpClient } from "@effect/platform"
import { Clock, Effect } from "effect"
import type { SubscriptionState } from "../domain/Report.js"
import { automationPath, type FreshdeskClient, type ProviderError, type RuleType } from "../providers/clients.js"
import { Store, type StoreUnavailable, type SubscriptionRow } from "../store/service.js"
import { appliedBefore, isSame, subscriptionOf } from "./AppliedBefore.js"
import {
  appsOf,
  describedInstall,
  hiddenSecret,
  type InstallFailed,
  installApp,
  installedApps
} from "./app/AppInstall.js"
import { ruleEssence } from "./RuleEssence.js"
import { type PlannedSubscription, ruleDraft } from "./SubscriptionPlan.js"
import { appState, ruleState } from "./SubscriptionStatus.js"

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
  /** The reason why a rule that was applied does not deliver all the same; `null` for none. */
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

export const rulesPath = (event: string): string => `/api/v2${automationPath(event as RuleType)}`

/** The requests of `applyPlan` without secrets, for `--dry-run`. */
export const describeRequests = (
  plan: ReadonlyArray<PlannedSubscription>,
  tokenHeader: string,
  installUrl: string | null
): ReadonlyArray<unknown> => [
  ...plan
    .filter((subscription) => subscription.route === "rule")
    .map((subscription) => ({
      source: subscription.source,
      method: "POST",
      path: rulesPath(subscription.event),
      body: ruleDraft(subscription, tokenHeader, hiddenSecret)
    })),
  ...appsOf(plan).map((app) => describedInstall(plan.find(({ target }) => target === app.url)!.source, installUrl, app))
]

export const applyPlan = (
  plan: ReadonlyArray<PlannedSubscription>,
  target: SubscriptionTarget
): Effect.Effect<ReadonlyArray<SubscriptionOutcome>, Failure, Store | HttpClient.HttpClient> =>
  Effect.gen(function* () {
    const store = yield* Store
    const now = yield* Clock.currentTimeMillis
    const known = yield* store.subscriptions
    const outcomes: Array<SubscriptionOutcome> = []
    const saveFound = (before: SubscriptionRow, state: SubscriptionState) =>
      state === before.state ? Effect.void : store.saveSubscription({ ...before, state })

    const byApp = plan.filter(({ route }) => route === "app")
    // An app holds all events of its source: installed with the new ones alone it would lose those of before.
    const kept = appliedBefore(byApp, known, "app", byApp)
    const wanted = [...byApp, ...kept]
    const verified = known.filter((one) => one.verifiedAt !== null && wanted.some((other) => isSame(other, one)))
    if (target.installUrl !== null && verified.length > 0) {
      const apps = yield* installedApps(target.installUrl)
      for (const one of verified) yield* saveFound(one, appState(one, apps)[0])
    }
    for (const app of appsOf(wanted)) {
      if (target.installUrl !== null) yield* installApp(target.installUrl, app, target.secret)
    }
    for (const one of kept) {
      const before = known.find((other) => isSame(one, other))!
      const reinstalled: SubscriptionState = before.verifiedAt === null ? "waiting" : "active"
      const state = target.installUrl === null ? before.state : reinstalled
      yield* store.saveSubscription(row(one, state, null, now))
    }
    for (const subscription of plan) {
      if (subscription.route !== "rule" || target.client === null) {
        const before = known.find((other) => isSame(subscription, other))
        const action: SubscriptionAction =
          target.installUrl !== null && subscription.route === "app"
            ? "installed"
            : before === undefined
              ? "waiting"
              : "unchanged"
        const state: SubscriptionState = before != null && before.verifiedAt !== null ? "active" : "waiting"
        yield* store.saveSubscription(row(subscription, state, null, now))
        outcomes.push({ subscription, action, state, note: null })
        continue
      }
      const type = subscription.event as RuleType
      const draft = ruleDraft(subscription, target.tokenHeader, target.secret)
      const rules = yield* target.client.rules.list(type)
      const before = known.find((other) => isSame(subscription, other))
      // One that was gone, switched off or changed has lost what happened meanwhile, though no status was asked for.
      if (before !== undefined) {
        const atHook = { ...subscriptionOf(before), target: subscription.target }
        const wanted = row(atHook, before.state, before.remoteId, now)
        yield* saveFound(before, ruleState(wanted, rules, target.tokenHeader)[0])
      }
      const existing = rules.find((rule) => rule.name === draft.name)
      const [rule, action] =
        existing === undefined
          ? ([yield* target.client.rules.create(type, draft), "created"] as const)
          : target.refresh !== true && existing.active && ruleEssence(existing) === ruleEssence(draft)
            ? ([existing, "unchanged"] as const)
            : ([yield* target.client.rules.update(type, existing.id, draft), "updated"] as const)
      const applied = row(subscription, "active", String(rule.id), now)
      // A rule that names a field which is gone stays outdated when it is sent again.
      const [state, note] = ruleState(applied, [rule], target.tokenHeader)
      yield* store.saveSubscription({ ...applied, state })
      outcomes.push({ subscription, action, state, note })
    }
    return outcomes
  })
