/** Applied subscriptions compared with the provider's, where those can be read. */
import type { HttpClient } from "@effect/platform"
import { Effect } from "effect"
import type { SubscriptionState } from "../domain/Report.js"
import type { AutomationRule, FreshdeskClient, ProviderError, RuleType } from "../providers/clients.js"
import { Store, type StoreUnavailable, type SubscriptionRow } from "../store/service.js"
import { subscriptionOf } from "./AppliedBefore.js"
import { type InstalledApps, installedApps } from "./app/AppInstall.js"
import { ruleEssence } from "./RuleEssence.js"
import { ruleDraft, ruleName } from "./SubscriptionPlan.js"

export interface SubscriptionStatus {
  readonly source: string
  readonly route: string
  readonly event: string
  readonly state: SubscriptionState
  /** The difference, the step that is missing, or that nothing could be compared; `null` for none of them. */
  readonly note: string | null
}

/** A client is needed for rules only; `installUrl` is the app route's. */
export const subscriptionStatus = (
  source: string,
  client: FreshdeskClient | null,
  tokenHeader: string,
  installUrl: string | null = null
): Effect.Effect<ReadonlyArray<SubscriptionStatus>, ProviderError | StoreUnavailable, Store | HttpClient.HttpClient> =>
  Effect.gen(function* () {
    const store = yield* Store
    const rows = (yield* store.subscriptions).filter((one) => one.source === source)
    const rules = new Map<string, ReadonlyArray<AutomationRule>>()
    for (const one of rows) {
      if (one.route === "rule" && client !== null && !rules.has(one.event))
        rules.set(one.event, yield* client.rules.list(one.event as RuleType))
    }
    const apps = rows.some(({ route }) => route === "app") ? yield* installedApps(installUrl) : null
    return yield* Effect.forEach(rows, (one) =>
      Effect.gen(function* () {
        const [state, note] =
          one.route === "rule"
            ? ruleState(one, rules.get(one.event), tokenHeader)
            : one.route === "app" && apps !== null
              ? appState(one, apps)
              : unreadState(one, installUrl)
        if (state !== one.state) yield* store.saveSubscription({ ...one, state })
        return { source: one.source, route: one.route, event: one.event, state, note }
      })
    )
  })

type State = readonly [SubscriptionState, string | null]

const unverified = "no verified delivery has arrived yet"

const appState = (one: SubscriptionRow, apps: InstalledApps): State => {
  const app = apps.find(({ url }) => url === subscriptionOf(one).target)
  if (app === undefined) return ["missing", "the app is not installed: run subscriptions apply"]
  if (!app.events.includes(one.event))
    return ["missing", "the installed app does not have this event: run subscriptions apply"]
  return one.verifiedAt === null ? ["waiting", `${unverified}: change something it covers`] : ["active", null]
}

/** A published app, or a webhook set up by hand: a verified delivery shows that it was there, not that it still is. */
const unreadState = ({ route, verifiedAt }: SubscriptionRow, installUrl: string | null): State => {
  const todo = route === "app" ? "publish the app" : "follow the steps of subscriptions plan"
  if (verifiedAt === null) return ["waiting", `${unverified}: ${todo}, then change something it covers`]
  const reason =
    route !== "app"
      ? "no API shows it"
      : installUrl === null
        ? "no API shows a published app"
        : "webhook.installUrl does not list its apps"
  return ["active", `as last applied, not verified: ${reason}`]
}

const ruleState = (
  one: SubscriptionRow,
  rules: ReadonlyArray<AutomationRule> | undefined,
  tokenHeader: string
): State => {
  if (rules === undefined) return [one.state, null]
  const wanted = ruleDraft(subscriptionOf(one), tokenHeader, "")
  const rule =
    rules.find((other) => String(other.id) === one.remoteId) ??
    rules.find((other) => other.name === ruleName(subscriptionOf(one)))
  if (rule === undefined) return ["missing", "the rule is gone: run subscriptions apply"]
  if (!rule.active) return ["inactive", "the rule was switched off: run subscriptions apply, or switch polling back on"]
  if (rule.outdated === true)
    return [
      "outdated",
      `the rule names a field that the account no longer has, and no longer fires (it watches ${subscriptionOf(one).watches.join(", ")}): record again, then run subscriptions apply; until then only reconciliation brings its changes`
    ]
  if (ruleEssence(rule) !== ruleEssence(wanted))
    return ["changed", "the rule was changed: run subscriptions apply to put it right"]
  return ["active", null]
}
