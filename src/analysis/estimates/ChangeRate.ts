/**
 * How often the polled entities really change. A poll shows the last change of each interval only, so that versions seen
 * are too few. Where a stamp tells when that last change was, the time from it to the poll was free of changes, and the time
 * before it, back to the poll before, is unknown: censored. For changes at a steady rate the likelihood of what was
 * seen is an exponential's, and the rate is the versions seen over the time that was watched (Cho and Garcia-Molina 2003, "last
 * date of change known"). Entities differ in pace, so each has a rate of its own and the sum is reported; each
 * version is weighted by the time that its entity's *other* versions hid, which takes out the estimator's bias for few
 * versions (about half a version in as many intervals). Where entities change in sessions, the rate of the time around a
 * version is taken instead (ChangeClustering.ts). What stays: changes in clusters shorter than the interval are underestimated, and
 * of an entity that nobody had seen before the time of its creation is unknown. Pure.
 */
import type { Interval } from "../../domain/Poller.js"
import type { DetectedPoller } from "../detection/DetectedPoller.js"
import { comesInSessions, dispersionOf, outrunsPolling } from "./ChangeClustering.js"
import { eventsInterval } from "./ConfidenceIntervals.js"
import type { SeenVersion } from "./SeenVersions.js"

export interface ChangeRate {
  /** Of the entities that the poller itself lists, over the time from its first to its last sweep. */
  readonly changes: number
  readonly interval: Interval
  readonly perHour: number
  readonly perHourInterval: Interval
  readonly versionsSeen: number
  readonly watchedSeconds: number
  /** Changes that a later one overwrote before a sweep could see them. */
  readonly overwritten: number
  /** How much more the changes scatter than independent ones: 1 where they do not. */
  readonly dispersion: number
}

interface Watched {
  readonly at: number
  readonly sweep: number
  readonly hiddenMs: number
  /** From the change to the sweep that saw it, as a share of its interval. */
  readonly ageShare: number
}

/** A figure that this recording cannot tell, and why. */
export interface RateUnknown {
  readonly unknown: string
}

/** Intervals around a version that tell the rate of a session. */
const around = 5
/** A version stands for so many changes at most: less time than this share was watched says nothing. */
const leastWatched = 0.02

type PolledSweeps = Pick<DetectedPoller, "sweeps">

export const changeRateOf = (
  poller: PolledSweeps,
  versions: ReadonlyArray<SeenVersion>,
  entity: number,
  skewMs: number
): ChangeRate | RateUnknown => {
  const { sweeps } = poller
  // A key that was revoked on the way: nothing was watched from then on.
  const from = sweeps.find(({ failed }) => !failed)?.startedAt ?? 0
  const to = sweeps.findLast(({ failed }) => !failed)?.startedAt ?? 0
  const watchedMs = to - from
  if (watchedMs <= 0) return { unknown: "fewer than two of its sweeps were answered" }
  const byEntity = new Map<number, Array<Watched>>()
  for (const version of versions) {
    if (version.entity !== entity) continue
    // A version without a stamp hides when it changed: then nothing is known of what it hides.
    if (version.updatedAt === null) return { unknown: "what it lists has no stamp of its last change" }
    const intervalMs = intervalBefore(poller, version.sweep)
    const ageMs = Math.min(intervalMs, Math.max(0, version.askedAt + skewMs - version.updatedAt))
    const watched = {
      at: version.updatedAt - skewMs,
      sweep: version.sweep,
      hiddenMs: version.created ? 0 : intervalMs - ageMs,
      ageShare: ageMs / intervalMs
    }
    const known = byEntity.get(version.entityId)
    if (known === undefined) byEntity.set(version.entityId, [watched])
    else known.push(watched)
  }
  for (const own of byEntity.values()) own.sort((a, b) => a.at - b.at)
  const sessions = comesInSessions(byEntity.values(), sweeps.length)
  if (sessions && outrunsPolling(byEntity.values()))
    return { unknown: "entities change several times within one interval, faster than it polls" }
  const counted = [...byEntity.values()].flatMap((own) =>
    sessions ? weightedNearby(own, poller, from, to) : weighted(own, watchedMs)
  )
  const sum = counted.reduce((all, { weight }) => all + weight, 0)
  const squares = counted.reduce((all, { weight }) => all + weight * weight, 0)
  const dispersion = dispersionOf(counted, from, to, sweeps.length)
  const interval = eventsInterval(sum, squares * dispersion)
  const hours = watchedMs / 3_600_000
  return {
    changes: sum,
    interval,
    perHour: sum / hours,
    perHourInterval: { low: interval.low / hours, high: interval.high / hours },
    versionsSeen: counted.length,
    watchedSeconds: watchedMs / 1_000,
    overwritten: Math.max(0, sum - counted.length),
    dispersion
  }
}

/** At a steady rate: by the time that the entity's other versions left in sight. */
const weighted = (own: ReadonlyArray<Watched>, watchedMs: number) => {
  const hidden = own.reduce((total, { hiddenMs }) => total + hiddenMs, 0)
  return own.map(({ at, hiddenMs }) => ({
    at,
    weight: watchedMs / Math.max(watchedMs * leastWatched, watchedMs - (hidden - hiddenMs))
  }))
}

/** In sessions: what a version hides has the rate of the other versions around it. */
const weightedNearby = (own: ReadonlyArray<Watched>, poller: PolledSweeps, from: number, to: number) =>
  own.map((one) => {
    const reachMs = around * intervalBefore(poller, one.sweep)
    const near = own.filter((other) => other !== one && Math.abs(other.at - one.at) <= reachMs)
    const spanMs = Math.min(to, one.at + reachMs) - Math.max(from, one.at - reachMs) - one.hiddenMs
    const seenMs = spanMs - near.reduce((total, { hiddenMs }) => total + hiddenMs, 0)
    const perMs = near.length / Math.max(spanMs * leastWatched, seenMs)
    return { at: one.at, weight: 1 + one.hiddenMs * perMs }
  })

/** From the sweep before that was answered to this one. */
const intervalBefore = ({ sweeps }: PolledSweeps, place: number): number => {
  let before = place - 1
  while (before > 0 && sweeps[before]!.failed) before -= 1
  return Math.max(1, sweeps[place]!.startedAt - sweeps[before]!.startedAt)
}
