/** A seeded process that changes an account by itself, with the rhythm of a working day. */
import type { EpochMillis, Timekeeper } from "../domain/Time.js"
import type { RandomStream } from "./Randomness.js"
import type { WorldModel } from "./WorldModel.js"

/** Activity by hour of the day (UTC), relative to the day's mean: quiet nights, a dip at noon. */
const rhythm = [
  0.2, 0.15, 0.15, 0.15, 0.2, 0.35, 0.6, 1.0, 1.7, 2.1, 2.2, 1.9, 1.4, 1.7, 2.1, 2.0, 1.7, 1.3, 0.9, 0.7, 0.5, 0.4, 0.3,
  0.3
]
const busiest = Math.max(...rhythm)

export interface ChangeProcessOptions {
  readonly happenings: ReturnType<WorldModel["happenings"]>
  readonly random: RandomStream
  readonly time: Timekeeper
  readonly changesPerHour: number
  /** No changes from this moment on. */
  readonly until: EpochMillis | undefined
}

/** Starts the process; the result stops it. */
export const startChangeProcess = (options: ChangeProcessOptions): (() => void) => {
  const { changesPerHour, happenings, random, time, until } = options
  if (changesPerHour <= 0) return () => undefined
  const totalWeight = happenings.reduce((sum, [weight]) => sum + weight, 0)
  const happen = () => {
    let left = random.next() * totalWeight
    for (const [weight, make] of happenings) {
      left -= weight
      if (left < 0) return make()
    }
  }
  let cancel = (): void => undefined
  const scheduleNext = (from: EpochMillis): void => {
    // Thinning: draw at the busiest rate, keep with the hour's share of it.
    let at = from
    do at += random.exponential(3_600_000 / (changesPerHour * busiest))
    while (random.next() > rhythm[new Date(at).getUTCHours()]! / busiest)
    if (until !== undefined && at >= until) return
    cancel = time.at(
      at,
      () => {
        happen()
        scheduleNext(at)
      },
      true
    )
  }
  scheduleNext(time.now())
  return () => cancel()
}
