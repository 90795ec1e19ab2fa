/** Creates and updates the planned subscriptions, source by source. */
import { FetchHttpClient } from "@effect/platform"
import { Effect } from "effect"
import { clientOptionsOf, neededWebhooks, profileOf, type Source, webhookSecretsOf } from "../../../config/service.js"
import type { Route } from "../../../providers/index.js"
import { signatureHeader } from "../../../receiver/index.js"
import { Store } from "../../../store/service.js"
import { applyPlan, describeRequests, type PlannedSubscription } from "../../../subscriptions/index.js"
import { keeping } from "../../Interruption.js"
import { note, print, printJson } from "../../Output.js"
import { storeOnceApplied } from "../../ReadStore.js"
import { earlier, eventsBySource } from "./EarlierSubscriptions.js"
import { chosen, leftOut, plannedAt, publicUrlOf } from "./PlannedSubscriptions.js"
import { clientOf } from "./RuleClient.js"
import { attempted, failedSources, type SourceFailure } from "./SourceFailures.js"
import type { ApplyOptions } from "./SubscriptionsCommand.js"

/** The requests of a source's routes, without secrets. */
const requestsOf = (source: Source, plan: ReadonlyArray<PlannedSubscription>): ReadonlyArray<unknown> =>
  source.routes.flatMap((route) =>
    describeRequests(
      plan.filter((one) => one.route === route),
      signatureHeader[profileOf(source, route)],
      source.webhooks.find((one) => one.route === route)?.installUrl ?? null
    )
  )

/** Each route's subscriptions, with that route's secret. A route that fails leaves the others their turn. */
const applied = (
  source: Source,
  plan: ReadonlyArray<PlannedSubscription>,
  refresh: boolean,
  failures: Array<SourceFailure>
) =>
  Effect.gen(function* () {
    const client = yield* clientOf(source)
    const webhooks = yield* Effect.forEach(yield* neededWebhooks(source), (webhook) =>
      Effect.map(webhookSecretsOf(webhook), ([secret]) => ({ ...webhook, secret: secret! }))
    )
    const outcomes = yield* Effect.forEach(webhooks, ({ installUrl, profile, route, secret }) =>
      attempted(
        failures,
        source.name,
        applyPlan(
          plan.filter((one) => one.route === route),
          { client, tokenHeader: signatureHeader[profile], secret, installUrl, refresh }
        )
      )
    )
    return outcomes.flatMap((some) => some ?? [])
  })

export const runApply = (options: ApplyOptions) =>
  Effect.gen(function* () {
    const { config, sources } = yield* chosen(options)
    const publicUrl = yield* publicUrlOf(config)
    const { plan: wanted, reconciledFor } = yield* plannedAt(publicUrl, options, sources).pipe(
      // Sending applied subscriptions again needs no recording: the events may have been named.
      Effect.catchTag("AuditFailed", (error) =>
        options.refresh && error.reason === "nothingRecorded" ? Effect.succeed(nothing) : Effect.fail(error)
      )
    )
    const before = (route: Route, some = sources) => earlier(options.db, publicUrl, some, wanted, route)
    // A new secret goes to every sender that was given the old one.
    const again = options.refresh ? [...(yield* before("app")), ...(yield* before("rule"))] : []
    const plan = [...wanted, ...again]
    // Of a source whose app this apply installs: the app is installed with them as well.
    const withApp = sources.filter(({ name }) => plan.some((one) => one.source === name && one.route === "app"))
    const kept = options.refresh ? [] : yield* before("app", withApp)
    if (options.dryRun) {
      yield* Effect.forEach(leftOut(options, sources, plan), (line) => note(`hookshift: ${line}`))
      return yield* printJson(sources.flatMap((source) => requestsOf(source, of(source, [...plan, ...kept]))))
    }
    // Secrets that cannot be read are told before a database is made.
    yield* Effect.forEach(sources, readable)
    yield* applyAll(options, sources, { plan, kept, reconciledFor }).pipe(
      keeping("what was applied so far is kept: apply again for the rest"),
      Effect.provide(storeOnceApplied(options.db))
    )
  }).pipe(Effect.provide(FetchHttpClient.layer))

const nothing = { plan: [], reconciledFor: (): ReadonlyArray<string> => [] }

const of = (source: Source, plan: ReadonlyArray<PlannedSubscription>): ReadonlyArray<PlannedSubscription> =>
  plan.filter((one) => one.source === source.name)

const readable = (source: Source) =>
  Effect.gen(function* () {
    yield* Effect.forEach(yield* neededWebhooks(source), webhookSecretsOf)
    if (source.routes.includes("rule")) yield* clientOptionsOf(source)
  })

interface Applied {
  readonly plan: ReadonlyArray<PlannedSubscription>
  /** The earlier events that an app keeps. */
  readonly kept: ReadonlyArray<PlannedSubscription>
  readonly reconciledFor: (source: Source) => ReadonlyArray<string>
}

const applyAll = (options: ApplyOptions, sources: ReadonlyArray<Source>, { kept, plan, reconciledFor }: Applied) =>
  Effect.gen(function* () {
    const store = yield* Store
    const results: Array<unknown> = []
    const lines: Array<string> = []
    const failures: Array<SourceFailure> = []
    const widest = Math.max(...sources.map(({ name }) => name.length))
    for (const source of sources) {
      const mine = of(source, plan)
      const named = sources.length > 1 ? `${source.name.padEnd(widest)} ` : ""
      const outcomes = yield* applied(source, mine, options.refresh, failures)
      // The receiver reconciles the entity types of these subscriptions, including dependants that have no event.
      if (outcomes.length > 0) {
        const before = (yield* store.reconciledEntities).filter((one) => one.source === source.name)
        const types = [...before.map(({ entity }) => entity), ...reconciledFor(source)]
        yield* store.setReconciledEntities(source.name, types)
      }
      for (const { action, note: reason, state, subscription } of outcomes) {
        results.push({ source: source.name, route: subscription.route, event: subscription.event, action, state })
        const told = reason === null ? state : `${state}: ${reason}`
        lines.push(
          `${named}${subscription.event.padEnd(22)} ${subscription.route.padEnd(5)} ${action.padEnd(10)} ${told}`
        )
      }
      if (failures.some((one) => one.source === source.name)) continue
      for (const [, events] of eventsBySource(of(source, kept)))
        lines.push(
          `the app of ${source.name} keeps the events that were applied before (${events}): hookshift subscriptions remove --source ${source.name} --events LIST takes them away`
        )
      const waiting = outcomes.filter(({ action }) => action === "waiting")
      for (const route of new Set(waiting.map(({ subscription }) => subscription.route)))
        lines.push(
          route === "app"
            ? `make the app of ${source.name} with hookshift subscriptions app --out DIR and publish it: status shows it active once its first delivery is verified`
            : `follow the steps that hookshift subscriptions plan --source ${source.name} prints: status shows it active once its first delivery is verified`
        )
    }
    const without = leftOut(options, sources, plan)
    const shown = failures.length === 0 || lines.length > 0
    if (options.json) {
      yield* Effect.forEach(without, (line) => note(`hookshift: ${line}`))
      if (shown) yield* printJson(results)
    } else if (shown) yield* print([...lines, ...without].join("\n"))
    yield* failedSources(
      failures,
      sources.flatMap(({ name }) => (plan.some(({ source }) => source === name) ? [name] : [])),
      "applied"
    )
  })
