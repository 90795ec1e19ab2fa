/** Plans, applies, checks and removes subscriptions, source by source. */
import { dirname, join } from "node:path"
import { FetchHttpClient } from "@effect/platform"
import { Effect, Option } from "effect"
import { analyseStore, planFor } from "../../../audit/index.js"
import {
  type Config,
  chosenSources,
  clientOptionsOf,
  generalReconcileSettings,
  loadConfig,
  profileOf,
  type Source,
  webhookSecretsOf
} from "../../../config/service.js"
import { entityOf } from "../../../domain/Event.js"
import { makeFreshdeskClient } from "../../../providers/clients.js"
import { sweepable } from "../../../providers/index.js"
import { signatureHeader } from "../../../receiver/index.js"
import { writePrivately } from "../../../store/index.js"
import { Store } from "../../../store/service.js"
import {
  applyPlan,
  describeRequests,
  generateApp,
  type PlannedSubscription,
  planSubscriptions,
  removeSubscriptions,
  rotationStep,
  runbooksFor,
  type SubscriptionStatus,
  subscriptionStatus
} from "../../../subscriptions/index.js"
import { GateFailed, UsageError } from "../../Failure.js"
import { makeFolder } from "../../MakeFolder.js"
import { withInbox } from "../../OpenInbox.js"
import { secondsOf } from "../../OptionValues.js"
import { columns, print, printJson } from "../../Output.js"
import type { ApplyOptions, AppOptions, PlanOptions, RotateOptions, SourceOptions } from "./SubscriptionsCommand.js"

const chosen = (options: SourceOptions) =>
  Effect.gen(function* () {
    const config = yield* loadConfig(Option.getOrUndefined(options.config))
    const sources = yield* chosenSources(config, Option.getOrUndefined(options.source))
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

const planned = (options: PlanOptions, config: Config, sources: ReadonlyArray<Source>) =>
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
          alsoWatch: [],
          serviceAccount: source.serviceAccount
        })
      }))
      const unknown = events.find((event) => plans.every(({ plan }) => plan.every((one) => one.event !== event)))
      if (unknown !== undefined)
        return yield* new UsageError({
          message: `no route of these sources has the event "${unknown}": see docs/subscriptions.md`
        })
      return {
        plan: plans.flatMap(({ plan }) => plan),
        reconciledFor: ({ provider }: Source) => sweepable(provider, events.map(entityOf))
      }
    }
    const analysis = yield* analyseStore({
      from: null,
      to: null,
      reconcileSeconds: yield* secondsOf("reconcile", options.reconcile),
      routes: Object.fromEntries(sources.map((source) => [source.account, source.route])),
      plans: {},
      reconcile: generalReconcileSettings(sources)
    })
    const accounts = new Set(sources.map((source) => source.account))
    const plan = planFor(analysis, {
      sources: Object.fromEntries(sources.map((source) => [source.account, source.name])),
      serviceAccounts: Object.fromEntries(
        sources.flatMap((source) => (source.serviceAccount === null ? [] : [[source.account, source.serviceAccount]]))
      ),
      publicUrl
    })
    return {
      plan: plan.filter((one) => accounts.has(one.account)),
      reconciledFor: ({ account }: Source): ReadonlyArray<string> =>
        analysis.needs.find((need) => need.account === account)?.entities ?? []
    }
  })

const showPlan = (plan: ReadonlyArray<PlannedSubscription>): string =>
  plan.length === 0
    ? "no verdict calls for a subscription"
    : columns(
        ["source", "event", "route", "watches", "leaves out", "target"],
        plan.map((one) => [
          one.source,
          one.event,
          one.route,
          one.watches.join(", "),
          one.leavesOut === null ? "" : `changes by ${one.leavesOut}`,
          one.target
        ])
      )

export const runPlan = (options: PlanOptions) =>
  Effect.gen(function* () {
    const { config, sources } = yield* chosen(options)
    const { plan } = yield* planned(options, config, sources)
    if (options.json) return yield* printJson(plan)
    yield* print(showPlan(plan))
    const books = sources.flatMap((source) =>
      runbooksFor(
        source.provider,
        plan.filter((one) => one.source === source.name),
        signatureHeader[profileOf(source)]
      )
    )
    for (const { steps, title } of books)
      yield* print(["", title, ...steps.map((step, index) => `  ${index + 1}. ${step}`)].join("\n"))
  }).pipe(Effect.provide(Store.layer(options.db)))

/** Only rules are created through Freshdesk's API; people or the platform set up the other routes. */
const clientOf = (source: Source) =>
  source.route === "rule" ? Effect.flatMap(clientOptionsOf(source), makeFreshdeskClient) : Effect.succeed(null)

export const runApply = (options: ApplyOptions) =>
  Effect.gen(function* () {
    const { config, sources } = yield* chosen(options)
    const { plan, reconciledFor } = yield* planned(options, config, sources)
    const store = yield* Store
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
        installUrl: source.installUrl,
        refresh: options.refresh
      })
      // The receiver reconciles the entity types of these subscriptions, including dependants that have no event.
      if (mine.length > 0) yield* store.setReconciledEntities(source.name, reconciledFor(source))
      for (const { action, state, subscription } of outcomes) {
        results.push({ source: source.name, route: subscription.route, event: subscription.event, action, state })
        lines.push(`${subscription.event.padEnd(22)} ${subscription.route.padEnd(5)} ${action.padEnd(10)} ${state}`)
      }
      if (outcomes.some((outcome) => outcome.action === "waiting")) {
        lines.push(
          source.route === "app"
            ? `make the app of ${source.name} with hookshift subscriptions app --out DIR and publish it: status shows it active once its first delivery is verified`
            : `follow the steps that hookshift subscriptions plan --source ${source.name} prints: status shows it active once its first delivery is verified`
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

export const runStatus = (options: SourceOptions) =>
  Effect.gen(function* () {
    const { sources } = yield* chosen(options)
    const lines: Array<SubscriptionStatus> = []
    for (const source of sources) {
      const client = yield* clientOf(source)
      lines.push(...(yield* subscriptionStatus(source.name, client, signatureHeader[profileOf(source)])))
    }
    yield* options.json ? printJson(lines) : print(showStatus(lines))
    const off = lines.filter((line) => drift.has(line.state))
    if (off.length > 0)
      return yield* new GateFailed({
        message: `${off.length} of ${lines.length} subscriptions are not as applied: ${off.map((line) => `${line.event} ${line.state}`).join(", ")}; run hookshift subscriptions apply`
      })
  }).pipe(Effect.provide(Store.layer(options.db)), Effect.provide(FetchHttpClient.layer))

export const runRemove = (options: SourceOptions) =>
  Effect.gen(function* () {
    const { sources } = yield* chosen(options)
    const lines: Array<SubscriptionStatus> = []
    for (const source of sources) {
      const client = yield* clientOf(source)
      lines.push(...(yield* removeSubscriptions(source.name, client)))
    }
    yield* options.json ? printJson(lines) : print(showStatus(lines))
  }).pipe(Effect.provide(Store.layer(options.db)), Effect.provide(FetchHttpClient.layer))

export const runApp = (options: AppOptions) =>
  Effect.gen(function* () {
    const { config, sources } = yield* chosen(options)
    const { plan } = yield* planned(options, config, sources)
    const files = generateApp(plan)
    if ("problem" in files) return yield* new UsageError({ message: files.problem })
    yield* Effect.try({
      try: () => {
        for (const { path, text } of files) {
          const file = join(options.out, path)
          makeFolder(dirname(file))
          writePrivately(file, text)
        }
      },
      catch: (error) =>
        new UsageError({
          message: `${options.out} cannot be written to (${(error as NodeJS.ErrnoException).code}): choose another folder with --out`
        })
    })
    const paths = files.map(({ path }) => join(options.out, path))
    yield* options.json
      ? printJson({ files: paths, events: plan.filter((one) => one.route === "app").map((one) => one.event) })
      : print(`${paths.join("\n")}\n\npublish it as ${join(options.out, "README.md")} says`)
  }).pipe(Effect.provide(Store.layer(options.db)))

/** The variable or file of a secret, for sentences. */
const secretName = (setting: { readonly secretEnv?: string | undefined; readonly secretFile?: string | undefined }) =>
  setting.secretEnv ?? setting.secretFile ?? null

export const runRotate = (options: RotateOptions) =>
  Effect.gen(function* () {
    const { config, sources } = yield* chosen({ ...options, source: Option.some(options.name) })
    const source = sources[0]!
    const { webhook } = source.config
    const secrets = yield* webhookSecretsOf(source)
    const previousName =
      secretName({ secretEnv: webhook?.previousSecretEnv, secretFile: webhook?.previousSecretFile }) ?? null
    const [current = null, previous = null] = yield* withInbox(options.db, config, (inbox) =>
      inbox.secretUses(source.name, secrets)
    )
    const previousSet = secrets.length > 1
    const handOver =
      source.route === "rule"
        ? `hookshift subscriptions apply --source ${source.name} --refresh puts it into the rules`
        : source.route === "app"
          ? "paste it into the app's installation parameters, under Admin → Apps → Manage Apps"
          : source.provider.runbook?.body === null
            ? "make a new key pair in the product's webhook settings and take its public key"
            : "put it into the header of each workflow"
    // Rules take the new token by API, at once.
    const step = rotationStep({
      source: source.name,
      currentName: secretName(webhook ?? {}) ?? "the secret",
      previousName,
      previousSet,
      same: previousSet && secrets[0] === secrets[1],
      current,
      previous: previousSet ? previous : null,
      handOver,
      now: Date.now()
    })
    yield* options.json ? printJson(step) : print(step.say)
    if (!step.done)
      return yield* new GateFailed({ message: `the rotation of ${source.name} is not over: ${step.step}` })
  }).pipe(Effect.provide(Store.layer(options.db)))
