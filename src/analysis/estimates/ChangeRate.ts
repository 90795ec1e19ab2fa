/**
 * How often the polled entities really change. A sweep shows only the last change of its interval, so the versions
 * seen are too few. The time from that change's stamp to the sweep was free of changes; the time from the sweep
 * before to the stamp is censored. For changes at a steady rate the likelihood is an exponential's: the rate is the
 * versions seen over the time watched (Cho and Garcia-Molina 2003, "last date of change known").
 *
 * Entities differ in pace, so each has a rate of its own, and the sum is reported. Each version is weighted by the
 * time that its entity's *other* versions hid, which removes the estimator's bias for few versions: about half a
 * version in as many intervals. Where entities change in sessions, the rate around a version is used instead
 * (ChangeClustering.ts).
 *
 * Limits: changes in clusters shorter than the interval are underestimated, and the creation time of an entity that
 * was never seen before is unknown. Pure.
 */
import type { Interval } from "../../domain/Poller.js"
import type { DetectedPoller } from "../detection/DetectedPoller.js"
import { comesInSessions, dispersionOf, outrunsPolling } from "./ChangeClustering.js"
import { eventsInterval } from "./ConfidenceIntervals.js"
import type { SeenVersion } from "./SeenVersions.js"

export interface ChangeRate {
  /** Changes of the listed entities, from the first to the last sweep. */
  readonly changes: number
  readonly interval: Interval
  readonly perHour: number
  readonly perHourInterval: Interval
  readonly versionsSeen: number
  readonly watchedSeconds: number
  /** Changes that a later one overwrote before a sweep could see them. */
  readonly overwritten: number
  /** Overdispersion of the counts; 1 for independent changes. */
  readonly dispersion: number
}

interface Watched {
  readonly at: number
  readonly sweep: number
  readonly hiddenMs: number
  /** Time from the change to the sweep that saw it, as a share of the interval. */
  readonly ageShare: number
}

/** Why the recording does not tell the rate. */
export interface RateUnknown {
  readonly unknown: string
}

/** Intervals before and after a version that tell the rate of its session. */
const around = 5
/** Least watched share of the time; it bounds the weight of a version. */
const leastWatched = 0.02

type PolledSweeps = Pick<DetectedPoller, "sweeps">

export const changeRateOf = (
  poller: PolledSweeps,
  versions: ReadonlyArray<SeenVersion>,
  entity: number,
  skewMs: number
): ChangeRate | RateUnknown => {
  const { sweeps } = poller
  // After the last answered sweep (a revoked key) nothing was watched.
  const from = sweeps.find(({ failed }) => !failed)?.startedAt ?? 0
  const to = sweeps.findLast(({ failed }) => !failed)?.startedAt ?? 0
  const watchedMs = to - from
  if (watchedMs <= 0) return { unknown: "fewer than two of its sweeps were answered" }
  const byEntity = new Map<number, Array<Watched>>()
  for (const version of versions) {
    if (version.entity !== entity) continue
    // Without a stamp the censored time is unknown.
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

/** Weights at a steady rate: by the time that the other versions of the entity left watched. */
const weighted = (own: ReadonlyArray<Watched>, watchedMs: number) => {
  const hidden = own.reduce((total, { hiddenMs }) => total + hiddenMs, 0)
  return own.map(({ at, hiddenMs }) => ({
    at,
    weight: watchedMs / Math.max(watchedMs * leastWatched, watchedMs - (hidden - hiddenMs))
  }))
}

/** Weights in sessions: the time that a version hides has the rate of the versions around it. */
const weightedNearby = (own: ReadonlyArray<Watched>, poller: PolledSweeps, from: number, to: number) =>
  own.map((one) => {
    const reachMs = around * intervalBefore(poller, one.sweep)
    const near = own.filter((other) => other !== one && Math.abs(other.at - one.at) <= reachMs)
    const spanMs = Math.min(to, one.at + reachMs) - Math.max(from, one.at - reachMs) - one.hiddenMs
    const seenMs = spanMs - near.reduce((total, { hiddenMs }) => total + hiddenMs, 0)
    const perMs = near.length / Math.max(spanMs * leastWatched, seenMs)
    return { at: one.at, weight: 1 + one.hiddenMs * perMs }
  })

/** Time from the answered sweep before to this one. */
const intervalBefore = ({ sweeps }: PolledSweeps, place: number): number => {
  let before = place - 1
  while (before > 0 && sweeps[before]!.failed) before -= 1
  return Math.max(1, sweeps[place]!.startedAt - sweeps[before]!.startedAt)
}
