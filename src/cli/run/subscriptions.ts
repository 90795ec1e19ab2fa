/** Plans, applies, checks and removes subscriptions, source by source. */
import { FetchHttpClient } from "@effect/platform"
import { Effect, Option } from "effect"
import { analyseStore, planFor } from "../../audit/index.js"
import {
  authenticationOf,
  type Config,
  loadConfig,
  profileOf,
  type Source,
  sourcesOf,
  webhookSecretsOf
} from "../../config/index.js"
import { makeFreshdeskClient } from "../../providers/clients.js"
import { signatureHeader } from "../../receiver/index.js"
import { Store } from "../../store/service.js"
import {
  applyPlan,
  describeRequests,
  type PlannedSubscription,
  planSubscriptions,
  removeSubscriptions,
  type SubscriptionStatus,
  subscriptionStatus
} from "../../subscriptions/index.js"
import { GateFailed, UsageError } from "../Failure.js"
import { secondsOf } from "../Options.js"
import { columns, print, printJson } from "../Output.js"

interface Common {
  readonly db: string
  readonly config: Option.Option<string>
  readonly json: boolean
  readonly source: Option.Option<string>
}
interface Planning extends Common {
  readonly events: Option.Option<string>
  readonly reconcile: string
}

const chosen = (options: Common) =>
  Effect.gen(function* () {
    const config = yield* loadConfig(Option.getOrUndefined(options.config))
    const all = yield* sourcesOf(config)
    if (all.length === 0)
      return yield* new UsageError({
        message: "no source is configured: write one into hookshift.config.json, as docs/configuration.md shows"
      })
    const wanted = Option.getOrUndefined(options.source)
    const sources = all.filter((source) => wanted === undefined || source.name === wanted)
    if (sources.length === 0)
      return yield* new UsageError({
        message: `there is no source ${wanted}: the configuration has ${all.map((source) => source.name).join(", ")}`
      })
    return { config, sources }
  })

const publicUrlOf = (config: Config): Effect.Effect<string, UsageError> =>
  config.receiver.publicUrl === undefined
    ? Effect.fail(
        new UsageError({
          message: "receiver.publicUrl is not set: say in the configuration where the provider reaches the receiver"
        })
      )
    : Effect.succeed(config.receiver.publicUrl)

const planned = (options: Planning, config: Config, sources: ReadonlyArray<Source>) =>
  Effect.gen(function* () {
    const publicUrl = yield* publicUrlOf(config)
    if (Option.isSome(options.events)) {
      const events = options.events.value
        .split(",")
        .map((event) => event.trim())
        .filter((event) => event !== "")
      const plans = sources.map((source) => ({
        events,
        plan: planSubscriptions({
          source: source.name,
          account: source.account,
          provider: source.provider,
          route: source.route,
          publicUrl,
          events,
          alsoWatch: []
        })
      }))
      const unknown = events.find((event) => plans.every(({ plan }) => plan.every((one) => one.event !== event)))
      if (unknown !== undefined)
        return yield* new UsageError({
          message: `no route of these sources has the event "${unknown}": see docs/subscriptions.md`
        })
      return plans.flatMap(({ plan }) => plan)
    }
    const analysis = yield* analyseStore({
      from: null,
      to: null,
      reconcileSeconds: yield* secondsOf("reconcile", options.reconcile),
      routes: Object.fromEntries(sources.map((source) => [source.account, source.route])),
      plans: {}
    })
    const accounts = new Set(sources.map((source) => source.account))
    const plan = planFor(analysis, {
      sources: Object.fromEntries(sources.map((source) => [source.account, source.name])),
      publicUrl
    })
    return plan.filter((one) => accounts.has(one.account))
  })

const showPlan = (plan: ReadonlyArray<PlannedSubscription>): string =>
  plan.length === 0
    ? "no verdict calls for a subscription"
    : columns(
        ["source", "event", "route", "watches", "target"],
        plan.map((one) => [one.source, one.event, one.route, one.watches.join(", "), one.target])
      )

export const runPlan = (options: Planning) =>
  Effect.gen(function* () {
    const { config, sources } = yield* chosen(options)
    const plan = yield* planned(options, config, sources)
    yield* options.json ? printJson(plan) : print(showPlan(plan))
  }).pipe(Effect.provide(Store.layer(options.db)))

const clientOf = (source: Source) =>
  Effect.flatMap(authenticationOf(source), (authentication) =>
    makeFreshdeskClient({ baseUrl: source.baseUrl, authentication })
  )

export const runApply = (options: Planning & { readonly dryRun: boolean }) =>
  Effect.gen(function* () {
    const { config, sources } = yield* chosen(options)
    const plan = yield* planned(options, config, sources)
    const results: Array<unknown> = []
    const lines: Array<string> = []
    for (const source of sources) {
      const mine = plan.filter((one) => one.source === source.name)
      const tokenHeader = signatureHeader[profileOf(source)]
      if (options.dryRun) {
        results.push(...describeRequests(mine, tokenHeader, source.installUrl))
        continue
      }
      const secret = (yield* webhookSecretsOf(source))[0]!
      const outcomes = yield* applyPlan(mine, {
        client: yield* clientOf(source),
        tokenHeader,
        secret,
        installUrl: source.installUrl
      })
      for (const { action, state, subscription } of outcomes) {
        results.push({ source: source.name, route: subscription.route, event: subscription.event, action, state })
        lines.push(`${subscription.event.padEnd(22)} ${subscription.route.padEnd(5)} ${action.padEnd(10)} ${state}`)
      }
      if (outcomes.some((outcome) => outcome.action === "waiting")) {
        lines.push(
          `publish the app of ${source.name} in the account's admin pages (docs/subscriptions.md): status shows it active once its first delivery is verified`
        )
      }
    }
    yield* options.json || options.dryRun
      ? printJson(results)
      : print(lines.length === 0 ? "no verdict calls for a subscription" : lines.join("\n"))
  }).pipe(Effect.provide(Store.layer(options.db)), Effect.provide(FetchHttpClient.layer))

const showStatus = (lines: ReadonlyArray<SubscriptionStatus>): string =>
  lines.length === 0
    ? "nothing was applied yet: hookshift subscriptions apply"
    : columns(
        ["source", "event", "route", "state", ""],
        lines.map((line) => [line.source, line.event, line.route, line.state, line.note ?? ""])
      )

const drift = new Set(["changed", "inactive", "missing"])

export const runStatus = (options: Common) =>
  Effect.gen(function* () {
    const { sources } = yield* chosen(options)
    const lines: Array<SubscriptionStatus> = []
    for (const source of sources) {
      const client = source.route === "rule" ? yield* clientOf(source) : null
      lines.push(...(yield* subscriptionStatus(source.name, client, signatureHeader[profileOf(source)])))
    }
    yield* options.json ? printJson(lines) : print(showStatus(lines))
    const off = lines.filter((line) => drift.has(line.state))
    if (off.length > 0)
      return yield* new GateFailed({
        message: `${off.length} of ${lines.length} subscriptions are not as applied: ${off.map((line) => `${line.event} ${line.state}`).join(", ")}; run hookshift subscriptions apply`
      })
  }).pipe(Effect.provide(Store.layer(options.db)), Effect.provide(FetchHttpClient.layer))

export const runRemove = (options: Common) =>
  Effect.gen(function* () {
    const { sources } = yield* chosen(options)
    const lines: Array<SubscriptionStatus> = []
    for (const source of sources) {
      const client = source.route === "rule" ? yield* clientOf(source) : null
      lines.push(...(yield* removeSubscriptions(source.name, client)))
    }
    yield* options.json ? printJson(lines) : print(showStatus(lines))
  }).pipe(Effect.provide(Store.layer(options.db)), Effect.provide(FetchHttpClient.layer))
