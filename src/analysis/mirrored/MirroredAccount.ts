/** The way through a mirror for one account: each poller's part of it, and the calls of the whole. Pure. */
import { getOrMake, mostFirst } from "../../domain/Grouping.js"
import type { MirrorRule } from "../../domain/MirrorRule.js"
import type { MirrorWay, PollerMirror } from "../../domain/MirrorWay.js"
import { roundEach, roundTo, type Spread, spreadOfRising } from "../../domain/Quantiles.js"
import type { Recording } from "../../domain/Recording.js"
import { convertInterval, longestGap, type SweepInterval } from "../../domain/SweepInterval.js"
import { type PlannedEvents, type Provider, providerOf } from "../../providers/index.js"
import { type ForecastWindow, lagPoints, type Waiting } from "../costs/Forecast.js"
import type { MigrationCosts } from "../costs/MigrationCosts.js"
import { sweepBeat } from "../costs/SweepBeat.js"
import type { ObservedChange } from "../estimates/ObservedChanges.js"
import type { PollerEstimates } from "../estimates/PollerEstimates.js"
import type { PushLatency } from "../estimates/PushLatency.js"
import { toldChanges } from "./KnownTypes.js"
import { type MirroredSweeps, walkRequests } from "./MirrorWalk.js"

export interface MirroredAccountInput {
  /** The account's streams. */
  readonly recording: Pick<Recording, "streams" | "names">
  readonly rule: MirrorRule
  readonly estimates: ReadonlyArray<PollerEstimates>
  /** The events of its plan; `null` where it has none. */
  readonly planned: PlannedEvents | null
  /** By type, how often its receiver sweeps it, in seconds; empty where no receiver is planned. */
  readonly intervals: ReadonlyMap<string, SweepInterval>
  readonly changesOf: (entity: string) => ReadonlyArray<ObservedChange>
  readonly window: ForecastWindow
  readonly latency: PushLatency
  /** The changes of a poller that wait for a sweep. */
  readonly waitsOf: (one: PollerEstimates) => ReadonlyArray<Waiting>
  /** Of the receiver, which a mirror needs beside it. */
  readonly costs: Pick<MigrationCosts, "reconciliation" | "hydration" | "upkeep">
}

export interface MirroredAccount {
  readonly way: MirrorWay
  /** Whether the mirror answers anything: otherwise it is not set up, and all stays as it is. */
  readonly served: boolean
  /** By id. Their freshness takes a while, which trials of the way can do without. */
  readonly pollers: () => ReadonlyMap<string, PollerMirror>
  /** Types that are not reconciled: the ids of the pollers whose requests could be answered if they were. */
  readonly lacking: ReadonlyMap<string, ReadonlySet<string>>
}

const burden = "one base URL, no code"
const daySeconds = 86_400

/** `null` where the product is not known. */
export const mirroredAccount = (input: MirroredAccountInput): MirroredAccount | null => {
  const { costs, estimates, planned, recording, rule, window } = input
  const provider = providerOf(recording.streams[0]?.stream.product ?? null)
  if (provider === null) return null
  const tallies = estimates.map(() => new Tally())
  const others = new Tally()
  const owners = ownersOf(estimates, tallies)
  let errors = 0
  const sweeps = mirroredSweeps(provider, input)
  const told =
    planned === null
      ? []
      : sweeps
          .flatMap(({ entity }) =>
            toldChanges(
              planned,
              input.changesOf(entity).filter(({ updatedAt }) => updatedAt >= window.from),
              input.latency.quantile(0.5)
            )
          )
          .sort((a, b) => a.at - b.at)
  const reads = walkRequests({ recording, provider, rule, told, sweeps }, ({ calls, stream }, row, reason, lacks) => {
    if (calls.status[row] === 0 || calls.status[row]! >= 500) errors += 1
    const tally = owners.get(stream.id)?.[row] ?? others
    tally.take(reason)
    for (const entity of lacks) tally.lacking.add(entity)
  })
  const all = [...tallies, others]
  const sumOf = (count: (tally: Tally) => number): number => all.reduce((sum, tally) => sum + count(tally), 0)
  const requests = sumOf((tally) => tally.requests)
  const through = sumOf((tally) => tally.calls)
  const served = through < requests
  return {
    served,
    way: served
      ? withRetries(
          {
            through,
            checks: sumOf((tally) => tally.reasons.get("credential") ?? 0),
            reads,
            reconciliation: costs.reconciliation,
            hydration: costs.hydration,
            upkeep: costs.upkeep
          },
          errors / requests
        )
      : withRetries({ through, checks: 0, reads: 0, reconciliation: 0, hydration: 0, upkeep: 0 }, 0),
    pollers: () => new Map(estimates.map((one, at) => [one.poller.id, pollerMirror(one, tallies[at]!, input)])),
    lacking: lackingOf(estimates, tallies)
  }
}

const lackingOf = (
  estimates: ReadonlyArray<PollerEstimates>,
  tallies: ReadonlyArray<Tally>
): ReadonlyMap<string, ReadonlySet<string>> => {
  const found = new Map<string, Set<string>>()
  estimates.forEach(({ poller }, at) => {
    for (const entity of tallies[at]!.lacking) getOrMake(found, entity, () => new Set<string>()).add(poller.id)
  })
  return found
}

class Tally {
  requests = 0
  calls = 0
  readonly reasons = new Map<string, number>()
  readonly lacking = new Set<string>()

  take(reason: string | null): void {
    this.requests += 1
    if (reason === null) return
    this.calls += 1
    this.reasons.set(reason, (this.reasons.get(reason) ?? 0) + 1)
  }
}

/** By stream and row: the tally of the poller whose call it is. */
const ownersOf = (
  estimates: ReadonlyArray<PollerEstimates>,
  tallies: ReadonlyArray<Tally>
): ReadonlyMap<number, ReadonlyArray<Tally | undefined>> => {
  const owners = new Map<number, Array<Tally | undefined>>()
  estimates.forEach(({ poller: { details, own } }, at) => {
    for (const { recording, sweepOf } of [own, ...details]) {
      const rows = getOrMake(owners, recording.stream.id, () => [])
      for (let row = 0; row < sweepOf.length; row++) if (sweepOf[row]! >= 0) rows[row] = tallies[at]!
    }
  })
  return owners
}

/** The types that a receiver sweeps whole: lists, and dependants beneath all parents. Times in milliseconds. */
const mirroredSweeps = (
  provider: Provider,
  { intervals, window }: MirroredAccountInput
): ReadonlyArray<MirroredSweeps> =>
  [...intervals].flatMap(([entity, interval]) => {
    const parent = provider.sweeps[entity]?.parent
    if (parent !== undefined && parent.which !== "all") return []
    const everyMs = convertInterval(interval, (seconds) => seconds * 1_000)
    const beat = sweepBeat(window, everyMs)
    const at = Array.from({ length: beat.count }, (_, n) => beat.at(n))
    return [{ entity, at, longestMs: longestGap(everyMs) }]
  })

/** Failed calls of the receiver and the mirror are made again, at the error rate of the recorded ones. */
const withRetries = (parts: Omit<MirrorWay, "calls" | "retries" | "added">, errorShare: number): MirrorWay => {
  const { hydration, reads, reconciliation, through, upkeep } = parts
  const retries = Math.round((reconciliation + hydration + reads) * errorShare)
  return { calls: through + reads + reconciliation + hydration + upkeep + retries, ...parts, retries }
}

const pollerMirror = (one: PollerEstimates, tally: Tally, input: MirroredAccountInput): PollerMirror => {
  const { calls, reasons, requests } = tally
  const { window } = input
  const served = calls < requests
  return {
    served,
    calls,
    callsADay: roundTo((calls * daySeconds * 1_000) / (window.to - window.from), 1),
    reduction: requests === 0 ? 0 : roundTo(1 - calls / requests, 4),
    through: Object.fromEntries(mostFirst(reasons)),
    freshnessSeconds: served ? roundEach(mirroredFreshness(one, input.waitsOf(one), input.latency), 1) : null,
    burden
  }
}

/** Of each of the two parts of a lag. */
const points = 200

/**
 * Lags of a poller that asks the mirror: a change has to arrive there, and then waits for a poll as it does today. Both
 * parts are taken to be independent.
 */
export const mirroredFreshness = (
  { lags }: Pick<PollerEstimates, "lags">,
  waiting: ReadonlyArray<Waiting>,
  latency: PushLatency
): Spread | null => {
  const today = lags.seconds
  if (today.length === 0) return null
  const arriving = lagPoints(waiting, latency, points)
  const sums = new Float64Array(points * arriving.lags.length)
  for (let n = 0; n < points; n++) {
    const waits = today[Math.min(today.length - 1, Math.floor(((n + 0.5) / points) * today.length))]!
    for (let m = 0; m < arriving.lags.length; m++) sums[n * arriving.lags.length + m] = waits + arriving.lags[m]!
  }
  const made = spreadOfRising(sums.sort())
  return made === null ? null : { ...made, max: today[today.length - 1]! + arriving.max }
}
