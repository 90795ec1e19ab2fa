/** Creates and updates the planned subscriptions, source by source. */
import { FetchHttpClient } from "@effect/platform"
import { Effect } from "effect"
import { clientOptionsOf, neededWebhooks, profileOf, type Source, webhookSecretsOf } from "../../../config/service.js"
import { signatureHeader } from "../../../receiver/index.js"
import { Store } from "../../../store/service.js"
import { applyPlan, describeRequests, type PlannedSubscription } from "../../../subscriptions/index.js"
import { keeping } from "../../Interruption.js"
import { print, printJson } from "../../Output.js"
import { chosen, planned } from "./PlannedSubscriptions.js"
import { clientOf } from "./RuleClient.js"
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

/** Each route's subscriptions, with that route's secret. */
const applied = (source: Source, plan: ReadonlyArray<PlannedSubscription>, refresh: boolean) =>
  Effect.gen(function* () {
    const client = yield* clientOf(source)
    const webhooks = yield* Effect.forEach(yield* neededWebhooks(source), (webhook) =>
      Effect.map(webhookSecretsOf(webhook), ([secret]) => ({ ...webhook, secret: secret! }))
    )
    const outcomes = yield* Effect.forEach(webhooks, ({ installUrl, profile, route, secret }) =>
      applyPlan(
        plan.filter((one) => one.route === route),
        { client, tokenHeader: signatureHeader[profile], secret, installUrl, refresh }
      )
    )
    return outcomes.flat()
  })

export const runApply = (options: ApplyOptions) =>
  Effect.gen(function* () {
    const { config, sources } = yield* chosen(options)
    const { plan, reconciledFor } = yield* planned(options, config, sources)
    if (options.dryRun) return yield* printJson(sources.flatMap((source) => requestsOf(source, of(source, plan))))
    // Secrets that cannot be read are told before a database is made.
    yield* Effect.forEach(sources, readable)
    yield* applyAll(options, sources, plan, reconciledFor).pipe(
      keeping("what was applied so far is kept: apply again for the rest"),
      Effect.provide(Store.layer(options.db))
    )
  }).pipe(Effect.provide(FetchHttpClient.layer))

const of = (source: Source, plan: ReadonlyArray<PlannedSubscription>): ReadonlyArray<PlannedSubscription> =>
  plan.filter((one) => one.source === source.name)

const readable = (source: Source) =>
  Effect.gen(function* () {
    yield* Effect.forEach(yield* neededWebhooks(source), webhookSecretsOf)
    if (source.routes.includes("rule")) yield* clientOptionsOf(source)
  })

const applyAll = (
  options: ApplyOptions,
  sources: ReadonlyArray<Source>,
  plan: ReadonlyArray<PlannedSubscription>,
  reconciledFor: (source: Source) => ReadonlyArray<string>
) =>
  Effect.gen(function* () {
    const store = yield* Store
    const results: Array<unknown> = []
    const lines: Array<string> = []
    for (const source of sources) {
      const mine = of(source, plan)
      const outcomes = yield* applied(source, mine, options.refresh)
      // The receiver reconciles the entity types of these subscriptions, including dependants that have no event.
      if (mine.length > 0) yield* store.setReconciledEntities(source.name, reconciledFor(source))
      for (const { action, state, subscription } of outcomes) {
        results.push({ source: source.name, route: subscription.route, event: subscription.event, action, state })
        lines.push(`${subscription.event.padEnd(22)} ${subscription.route.padEnd(5)} ${action.padEnd(10)} ${state}`)
      }
      const waiting = outcomes.filter(({ action }) => action === "waiting")
      for (const route of new Set(waiting.map(({ subscription }) => subscription.route)))
        lines.push(
          route === "app"
            ? `make the app of ${source.name} with hookshift subscriptions app --out DIR and publish it: status shows it active once its first delivery is verified`
            : `follow the steps that hookshift subscriptions plan --source ${source.name} prints: status shows it active once its first delivery is verified`
        )
    }
    yield* options.json
      ? printJson(results)
      : print(lines.length === 0 ? "no verdict calls for a subscription" : lines.join("\n"))
  })
