/**
 * How often the polled entities really change. A poll shows the last change of each interval only, so that versions seen
 * are too few. Where a stamp tells when that last change was, the time from it to the poll was free of changes, and the time
 * before it, back to the poll before, is unknown: censored. For changes at a steady rate the likelihood of what was
 * seen is an exponential's, and the rate is the versions seen over the time that was watched (Cho and Garcia-Molina 2003, "last
 * date of change known"). Entities differ in pace, so each has a rate of its own and the sum is reported; each
 * version is weighted by the time that its entity's *other* versions hid, which takes out the estimator's bias for few
 * versions (about half a version in as many intervals). What stays: changes that come in clusters, shorter than the interval, are
 * underestimated, and of an entity that nobody had seen before the time of its creation is unknown. Pure.
 */
import type { Interval } from "../../domain/Poller.js"
import type { DetectedPoller } from "../detection/Detection.js"
import { eventsInterval } from "./Confidence.js"
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
}

interface Watched {
  readonly hiddenMs: Array<number>
}

export const changeRateOf = (
  poller: DetectedPoller,
  versions: ReadonlyArray<SeenVersion>,
  entity: number,
  skewMs: number
): ChangeRate | null => {
  const { sweeps } = poller
  const watchedMs = sweeps.at(-1)!.startedAt - sweeps[0]!.startedAt
  if (watchedMs <= 0) return null
  const byEntity = new Map<number, Watched>()
  for (const version of versions) {
    if (version.entity !== entity || version.updatedAt === null) continue
    const intervalMs = intervalBefore(poller, version.sweep)
    const ageMs = Math.min(intervalMs, Math.max(0, version.askedAt + skewMs - version.updatedAt))
    const hiddenMs = version.created ? 0 : intervalMs - ageMs
    const known = byEntity.get(version.entityId)
    if (known === undefined) byEntity.set(version.entityId, { hiddenMs: [hiddenMs] })
    else known.hiddenMs.push(hiddenMs)
  }
  let sum = 0
  let squares = 0
  let seen = 0
  for (const { hiddenMs } of byEntity.values()) {
    const hidden = hiddenMs.reduce((total, one) => total + one, 0)
    for (const own of hiddenMs) {
      const weight = watchedMs / Math.max(watchedMs * 0.02, watchedMs - (hidden - own))
      sum += weight
      squares += weight * weight
      seen += 1
    }
  }
  const interval = eventsInterval(sum, squares)
  const hours = watchedMs / 3_600_000
  return {
    changes: sum,
    interval,
    perHour: sum / hours,
    perHourInterval: { low: interval.low / hours, high: interval.high / hours },
    versionsSeen: seen,
    watchedSeconds: watchedMs / 1_000,
    overwritten: Math.max(0, sum - seen)
  }
}

/** From the sweep before that was answered to this one. */
const intervalBefore = ({ sweeps }: DetectedPoller, place: number): number => {
  let before = place - 1
  while (before > 0 && sweeps[before]!.failed) before -= 1
  return Math.max(1, sweeps[place]!.startedAt - sweeps[before]!.startedAt)
}
