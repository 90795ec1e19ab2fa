/** Removes the applied subscriptions, or some of their events. */
import { FetchHttpClient } from "@effect/platform"
import { Effect, Option } from "effect"
import { type Source, webhookSecretsOf } from "../../../config/service.js"
import { Store } from "../../../store/service.js"
import { describeRemoval, removeSubscriptions, type SubscriptionStatus } from "../../../subscriptions/index.js"
import { UsageError } from "../../Failure.js"
import { print, printJson } from "../../Output.js"
import { installUrlOf } from "./EarlierSubscriptions.js"
import { chosen, eventsNamed } from "./PlannedSubscriptions.js"
import { clientOf } from "./RuleClient.js"
import { attempted, failedSources, type SourceFailure } from "./SourceFailures.js"
import { statusTable } from "./StatusTable.js"
import type { RemoveOptions } from "./SubscriptionsCommand.js"

/** The place that the app is installed at without the events, where it is not a person who publishes it. */
const installOf = ({ webhooks }: Source) =>
  Effect.gen(function* () {
    const webhook = webhooks.find(({ installUrl, route }) => route === "app" && installUrl !== null)
    if (webhook === undefined) return null
    const [secret] = yield* webhookSecretsOf(webhook)
    return { url: webhook.installUrl!, secret: secret! }
  })

export const runRemove = (options: RemoveOptions) =>
  Effect.gen(function* () {
    const { sources } = yield* chosen(options)
    const remedy = "hookshift subscriptions apply makes it"
    yield* removed(options, sources).pipe(Effect.provide(Store.layer(options.db, { mustExist: true, remedy })))
  }).pipe(Effect.provide(FetchHttpClient.layer))

const removed = (options: RemoveOptions, sources: ReadonlyArray<Source>) =>
  Effect.gen(function* () {
    const events = Option.match(options.events, { onNone: () => null, onSome: eventsNamed })
    const applied = yield* (yield* Store).subscriptions
    const has = (source: Source, event: string) =>
      applied.some((row) => row.source === source.name && row.event === event)
    const unknown = events?.find((event) => !sources.some((source) => has(source, event)))
    if (unknown !== undefined)
      return yield* new UsageError({
        message: `no subscription of these sources has the event "${unknown}": hookshift subscriptions status shows those that were applied`
      })
    const subscribed = sources.filter(({ name }) => applied.some((row) => row.source === name))
    if (options.dryRun)
      return yield* printJson(
        subscribed.flatMap((source) =>
          describeRemoval(
            { source: source.name, provider: source.provider, events, installUrl: installUrlOf(source) },
            applied
          )
        )
      )
    const lines: Array<SubscriptionStatus> = []
    const failures: Array<SourceFailure> = []
    for (const source of subscribed) {
      const client = yield* clientOf(source)
      const byApp = applied.some((row) => row.source === source.name && row.route === "app")
      const install = byApp ? yield* installOf(source) : null
      const removal = removeSubscriptions({ source: source.name, provider: source.provider, events, client, install })
      lines.push(...((yield* attempted(failures, source.name, removal)) ?? []))
    }
    if (lines.length > 0) yield* options.json ? printJson(lines) : print(statusTable(lines))
    else if (failures.length === 0)
      yield* options.json ? printJson([]) : print("nothing is subscribed any more: there is nothing to remove")
    yield* failedSources(
      failures,
      subscribed.map(({ name }) => name),
      "removed"
    )
  })
