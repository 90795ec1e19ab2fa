/** A poller and entity type of the live comparison: its counts, and whether it may be cut over. Pure. */
import { firstPlace } from "../domain/BinarySearch.js"
import { iso } from "../domain/Figures.js"
import { groupBy } from "../domain/Grouping.js"
import { spread } from "../domain/Quantiles.js"
import type { ShadowLine } from "../domain/ShadowSection.js"
import type { EpochMillis } from "../domain/Time.js"
import type { Provider } from "../providers/index.js"
import type { PolledStream, PolledVersion } from "../store/index.js"
import type { Arrivals } from "./Arrivals.js"
import { type Outcome, outcomesOf, type Watch, wholeSecondMs } from "./ChangeOutcomes.js"
import { lossVerdict } from "./LossVerdict.js"
import { lossSentence, notWatchedSentence } from "./Sentences.js"
import type { ShadowSettings } from "./Settings.js"
import { type NotWatched, type PushSide, type WatchWindow, watchedTo, watchWindow } from "./WatchWindow.js"

export interface ShadowedPoller extends ShadowLine {
  readonly account: string
  readonly source: string | null
  readonly query: string
  /** Of the changes that no push brought: those that reconciliation did. */
  readonly recovered: number
  /** The changed fields are unknown, and so whether an event covers them. */
  readonly unclear: number
  readonly pushFirst: number
  /** Some of the lost changes. */
  readonly examples: ReadonlyArray<{ readonly entityId: string; readonly updatedAt: string }>
  /** Upper bound of the share of changes that pushes lose, at the confidence asked. */
  readonly lossAtMost: number
  /** How much longer to watch for the confidence asked, at the rate so far; `null` where time alone does not help. */
  readonly watchSeconds: number | null
}

/** All that was recorded of one poller for one entity type. */
export interface PolledSide {
  readonly stream: PolledStream
  readonly entity: string
  readonly versions: ReadonlyArray<PolledVersion>
}

/** `pushes`: `null` where the configuration has no source for the poller's account. */
export const comparePoller = (
  polled: PolledSide,
  pushes: PushSide | null,
  settings: ShadowSettings
): ShadowedPoller => {
  const { entity, stream } = polled
  const window: WatchWindow | NotWatched =
    pushes === null ? { kind: "no source", account: stream.account } : watchWindow(stream, entity, pushes, settings)
  return "kind" in window || pushes === null
    ? withoutCounts(polled, pushes, window as NotWatched, settings)
    : withCounts(polled, pushes, window, settings)
}

const aboutOf = ({ entity, stream }: PolledSide, to: EpochMillis) => ({
  integration: stream.integration,
  account: stream.account,
  endpoint: stream.endpoint,
  query: stream.query,
  entity,
  to: iso(to)
})

const withoutCounts = (
  polled: PolledSide,
  pushes: PushSide | null,
  reason: NotWatched,
  settings: ShadowSettings
): ShadowedPoller => {
  const until = watchedTo(polled.stream, settings)
  return {
    ...aboutOf(polled, reason.kind === "too early" ? until : Math.max(0, until - settings.settleMs)),
    source: pushes?.account.source ?? null,
    from: null,
    changes: 0,
    pushed: 0,
    notCovered: 0,
    lost: 0,
    recovered: 0,
    unclear: 0,
    onlyPushed: 0,
    aheadSeconds: null,
    pushFirst: 0,
    lossAtMost: 1,
    verdict: "notYet",
    watchSeconds: reason.kind === "too early" ? reason.watchSeconds : null,
    examples: [],
    why: notWatchedSentence(reason, settings.settleMs)
  }
}

const withCounts = (
  polled: PolledSide,
  { account, arrivals, subscribed }: PushSide,
  { from, to }: WatchWindow,
  settings: ShadowSettings
): ShadowedPoller => {
  const { entity, stream, versions } = polled
  // How long ago a sight was is told by the program's clock.
  const watched = versions.filter(({ seenAt, updatedAt }) => updatedAt >= from && seenAt <= to)
  const outcomes = outcomesByEntity(polled, arrivals, {
    plan: subscribed,
    from,
    settleMs: settings.settleMs,
    sweptBefore: (seenAt) => sweptBefore(stream, seenAt),
    dependantPushed: dependantPushed(account.provider, entity, arrivals)
  })
  const { ahead, counts, examples, gone } = tallyOf(watched, outcomes, settings)
  const aheadBy = spread(ahead)
  const loss = lossVerdict({ ...counts, gone, seconds: Math.max(1, (to - from) / 1000) }, settings)
  return {
    ...aboutOf(polled, Math.max(0, to)),
    ...counts,
    source: account.source,
    from: iso(from),
    changes: watched.length,
    onlyPushed: onlyPushed(polled, arrivals, { from, to }),
    aheadSeconds: aheadBy === null ? null : { p50: aheadBy.p50, p95: aheadBy.p95 },
    pushFirst: ahead.filter((seconds) => seconds > 0).length,
    examples,
    lossAtMost: loss.lossAtMost,
    verdict: loss.verdict,
    watchSeconds: loss.watchSeconds,
    why: lossSentence(loss, settings)
  }
}

const outcomesByEntity = (
  { entity, versions }: PolledSide,
  arrivals: Arrivals,
  watch: Watch
): ReadonlyMap<PolledVersion, Outcome> => {
  const outcomes = new Map<PolledVersion, Outcome>()
  for (const [entityId, sights] of groupBy(versions, (one) => one.entityId)) {
    sights.sort((a, b) => a.updatedAt - b.updatedAt)
    for (const [version, outcome] of outcomesOf(sights, arrivals.of(entity, entityId), watch))
      outcomes.set(version, outcome)
  }
  return outcomes
}

const mostExamples = 5

const tallyOf = (
  watched: ReadonlyArray<PolledVersion>,
  outcomes: ReadonlyMap<PolledVersion, Outcome>,
  { now, reconcileMs, settleMs }: ShadowSettings
) => {
  const counts = { pushed: 0, notCovered: 0, lost: 0, unclear: 0, recovered: 0 }
  // Lost changes that reconciliation should have brought by now.
  let gone = 0
  const ahead: Array<number> = []
  const examples: Array<ShadowedPoller["examples"][number]> = []
  for (const version of watched) {
    const outcome = outcomes.get(version)!
    counts[outcome.kind] += 1
    if (outcome.kind === "pushed") {
      if (outcome.aheadMs !== null) ahead.push(outcome.aheadMs / 1000)
      continue
    }
    if (outcome.reached === "reconciliation") counts.recovered += 1
    if (outcome.kind !== "lost") continue
    if (outcome.reached === null && version.updatedAt <= now - settleMs - reconcileMs) gone += 1
    if (examples.length < mostExamples) examples.push({ entityId: version.entityId, updatedAt: iso(version.updatedAt) })
  }
  return { counts, gone, ahead, examples }
}

/** Pushed versions that no sweep saw: overwritten between two sweeps, or deletions. */
const onlyPushed = ({ entity, versions }: PolledSide, arrivals: Arrivals, { from, to }: WatchWindow): number => {
  const polled = new Set(versions.map(({ entityId, updatedAt }) => `${entityId} ${updatedAt}`))
  return arrivals.all.filter(
    (one) =>
      one.entity === entity &&
      one.origin === "webhook" &&
      one.updatedAt >= from &&
      one.updatedAt <= to &&
      !polled.has(`${one.entityId} ${one.updatedAt}`)
  ).length
}

/** Whether a dependant that moves this type's stamp was pushed within a second of a moment. */
const dependantPushed = (provider: Provider, entity: string, arrivals: Arrivals): Watch["dependantPushed"] => {
  const types = Object.values(provider.entities).flatMap(({ name, touches }) =>
    touches?.entity === entity ? [name] : []
  )
  const secondOf = (at: EpochMillis) => Math.floor(at / wholeSecondMs)
  const seconds = new Set(
    arrivals.all.flatMap((one) =>
      one.origin === "webhook" && types.includes(one.entity) ? [secondOf(one.updatedAt)] : []
    )
  )
  return (updatedAt) => {
    const second = secondOf(updatedAt)
    return [second - 1, second, second + 1].some((at) => seconds.has(at))
  }
}

/** Start, by the provider's clock, of the last sweep before the one that saw a version. */
const sweptBefore = ({ clockAheadMs, sweptAt }: PolledStream, seenAt: EpochMillis): EpochMillis | null => {
  const later = firstPlace(sweptAt.length, (place) => sweptAt[place]! > seenAt)
  const before = sweptAt[later - 2]
  return before === undefined ? null : before + clockAheadMs
}
