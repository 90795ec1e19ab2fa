/** Applied subscriptions compared with the provider's, where those can be read. */
import type { HttpClient } from "@effect/platform"
import { Effect } from "effect"
import type { SubscriptionState } from "../domain/Report.js"
import type { AutomationRule, FreshdeskClient, ProviderError, RuleType } from "../providers/clients.js"
import { Store, type StoreUnavailable, type SubscriptionRow } from "../store/service.js"
import { subscriptionOf } from "./AppliedBefore.js"
import { InstallFailed, installedApps, type ReadApps } from "./app/AppInstall.js"
import { refreshCommand } from "./RefreshCommand.js"
import { ruleEssence } from "./RuleEssence.js"
import { ruleDraft, ruleName } from "./SubscriptionPlan.js"

export interface SubscriptionStatus {
  readonly source: string
  readonly route: string
  readonly event: string
  readonly state: SubscriptionState
  /** The difference, the step that is missing, or that nothing could be compared; `null` for none of them. */
  readonly note: string | null
  /** The place that has it did not answer: the state is the one that was known before. */
  readonly unreachable?: true
}

/** A client is needed for rules only; `installUrl` is the app route's. */
export const subscriptionStatus = (
  source: string,
  client: FreshdeskClient | null,
  tokenHeader: string,
  installUrl: string | null = null
): Effect.Effect<
  ReadonlyArray<SubscriptionStatus>,
  ProviderError | StoreUnavailable | InstallFailed,
  Store | HttpClient.HttpClient
> =>
  Effect.gen(function* () {
    const store = yield* Store
    const rows = (yield* store.subscriptions).filter((one) => one.source === source)
    const rules = new Map<string, ReadonlyArray<AutomationRule>>()
    for (const one of rows) {
      if (one.route === "rule" && client !== null && !rules.has(one.event))
        rules.set(one.event, yield* client.rules.list(one.event as RuleType))
    }
    const byApp = rows.length === 0 || rows.some(({ route }) => route === "app")
    const apps = installUrl !== null && byApp ? yield* installedApps(installUrl) : null
    // Without a subscription no line would tell of it.
    if (rows.length === 0 && apps?.tag === "unreachable") return yield* new InstallFailed({ message: apps.say })
    return yield* Effect.forEach(rows, (one) =>
      Effect.gen(function* () {
        const read = one.route === "app" ? apps : null
        const [state, note] =
          one.route === "rule" ? ruleState(one, rules.get(one.event), tokenHeader) : appState(one, read)
        if (state !== one.state) yield* store.saveSubscription({ ...one, state })
        const line = { source: one.source, route: one.route, event: one.event, state, note }
        return read?.tag === "unreachable" ? { ...line, unreachable: true as const } : line
      })
    )
  })

type State = readonly [SubscriptionState, string | null]

const unverified = "no verified delivery has arrived yet"
const change = "change something it covers"

/** Without `apps`, a published app, or a webhook set up by hand. */
export const appState = (one: SubscriptionRow, apps: ReadApps | null): State => {
  if (apps === null) return unreadState(one, one.route === "app" ? "no API shows a published app" : "no API shows it")
  if (apps.tag === "unreachable") return [one.state, `${apps.say}; the state is the one known before`]
  if (apps.tag === "unlisted") return unreadState(one, "webhook.installUrl does not list its apps", true)
  const app = apps.apps.find(({ url }) => url === subscriptionOf(one).target)
  const mend = `run ${refreshCommand(one.source)}`
  if (app === undefined) return ["missing", `the app is not installed: ${mend}`]
  if (!app.events.includes(one.event)) return ["missing", `the installed app does not have this event: ${mend}`]
  return one.verifiedAt === null ? ["waiting", `${unverified}: ${change}`] : ["active", null]
}

/** A verified delivery shows that it was there, not that it still is. */
const unreadState = ({ route, verifiedAt }: SubscriptionRow, reason: string, installed = false): State => {
  if (verifiedAt !== null) return ["active", `as last applied, not verified: ${reason}`]
  if (installed) return ["waiting", `${unverified}, and ${reason}: ${change}`]
  return [
    "waiting",
    `${unverified}: ${route === "app" ? "publish the app" : "follow the steps of subscriptions plan"}, then ${change}`
  ]
}

/** Without `rules`, the state that was known before. */
export const ruleState = (
  one: SubscriptionRow,
  rules: ReadonlyArray<AutomationRule> | undefined,
  tokenHeader: string
): State => {
  if (rules === undefined) return [one.state, null]
  const wanted = ruleDraft(subscriptionOf(one), tokenHeader, "")
  const rule =
    rules.find((other) => String(other.id) === one.remoteId) ??
    rules.find((other) => other.name === ruleName(subscriptionOf(one)))
  const mend = `run ${refreshCommand(one.source)}`
  if (rule === undefined) return ["missing", `the rule is gone: ${mend}`]
  if (!rule.active) return ["inactive", `the rule was switched off: ${mend}, or switch polling back on`]
  if (rule.outdated === true)
    return [
      "outdated",
      `the rule names a field that the account no longer has, and no longer fires (it watches ${subscriptionOf(one).watches.join(", ")}): record again, then ${mend}; until then only reconciliation brings its changes`
    ]
  if (ruleEssence(rule) !== ruleEssence(wanted)) return ["changed", `the rule was changed: ${mend}`]
  return ["active", null]
}
