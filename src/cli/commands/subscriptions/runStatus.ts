/** Shows whether the applied subscriptions are still in place. */
import { FetchHttpClient } from "@effect/platform"
import { Effect } from "effect"
import { profileOf, type Source } from "../../../config/service.js"
import { iso } from "../../../domain/Figures.js"
import { signatureHeader } from "../../../receiver/index.js"
import type { RefusedDeliveries } from "../../../store/index.js"
import { Store } from "../../../store/service.js"
import { InstallFailed, type SubscriptionStatus, subscriptionStatus } from "../../../subscriptions/index.js"
import { GateFailed } from "../../Failure.js"
import { note, print, printJson } from "../../Output.js"
import { driftMend, driftSentence, isDrifted } from "./Drift.js"
import { installUrlOf } from "./EarlierSubscriptions.js"
import { applyNamed, nothingSubscribed, notSubscribed } from "./NothingSubscribed.js"
import { chosen } from "./PlannedSubscriptions.js"
import { clientOf } from "./RuleClient.js"
import { attempted, failedSources, type SourceFailure } from "./SourceFailures.js"
import { statusTable } from "./StatusTable.js"
import type { SourceOptions } from "./SubscriptionsCommand.js"

const mendSentence = (off: ReadonlyArray<SubscriptionStatus>, sources: ReadonlyArray<unknown>): string => {
  const { command, recordsFirst } = driftMend(off, sources.length)
  return `${recordsFirst ? "record again, then run" : "run"} ${command}`
}

const refusedSentence = (refused: ReadonlyArray<RefusedDeliveries>): string => {
  const each = refused.map(({ lastAt, source }) => `${source} (the last at ${iso(lastAt)})`).join(", ")
  return `deliveries are refused for their signature, and none has been accepted since: ${each}; give the sender the source's secret again (hookshift subscriptions apply --refresh, or a new version of the app), and look at the clocks`
}

/** Sources whose installed apps could not be read. */
const unreadOf = (lines: ReadonlyArray<SubscriptionStatus>): ReadonlyArray<SourceFailure> =>
  [...new Map(lines.filter(({ unreachable }) => unreachable === true).map((one) => [one.source, one])).values()].map(
    ({ note, source }) => ({ source, error: new InstallFailed({ message: note! }) })
  )

export const runStatus = (options: SourceOptions) =>
  Effect.gen(function* () {
    const { sources } = yield* chosen(options)
    const remedy = `${applyNamed} makes it with the first subscription`
    yield* compared(options, sources).pipe(Effect.provide(Store.layer(options.db, { mustExist: true, remedy })))
  }).pipe(Effect.provide(FetchHttpClient.layer))

const compared = (options: SourceOptions, sources: ReadonlyArray<Source>) =>
  Effect.gen(function* () {
    const lines: Array<SubscriptionStatus> = []
    const failures: Array<SourceFailure> = []
    for (const source of sources) {
      const look = Effect.gen(function* () {
        const client = yield* clientOf(source)
        const tokenHeader = signatureHeader[profileOf(source, "rule")]
        return yield* subscriptionStatus(source.name, client, tokenHeader, installUrlOf(source))
      })
      lines.push(...((yield* attempted(failures, source.name, look)) ?? []))
    }
    const shown = lines.length > 0 || failures.length === 0
    const without = yield* notSubscribed(sources)
    if (options.json) yield* shown ? printJson(lines) : Effect.void
    else if (shown && lines.length > 0) yield* print([statusTable(lines), ...without].join("\n"))
    else if (shown && without.length === 0) yield* print(yield* nothingSubscribed)
    if (options.json || lines.length === 0) yield* Effect.forEach(without, (line) => note(`hookshift: ${line}`))
    const off = lines.filter((line) => isDrifted(line) && line.unreachable !== true)
    const unread = failedSources(
      [...failures, ...unreadOf(lines)],
      sources.map(({ name }) => name),
      "looked at"
    )
    const refused = (yield* (yield* Store).refused).filter((one) => sources.some(({ name }) => name === one.source))
    if (off.length === 0 && refused.length === 0) return yield* unread
    const also = yield* Effect.match(unread, { onFailure: ({ message }) => [message], onSuccess: () => [] })
    const sentences = [
      ...(off.length === 0 ? [] : [driftSentence(off, lines), mendSentence(off, sources)]),
      ...also,
      ...(refused.length === 0 ? [] : [refusedSentence(refused)])
    ]
    return yield* new GateFailed({ message: sentences.join("; ") })
  })
