/**
 * Whether a silence is longer than an entity type's change rate explains. Rates are learned by hour of the day,
 * weekdays and weekends apart, so that nights and weekends raise no alarm; bursts lengthen the silence that is
 * tolerated. Pure.
 */
import type { EpochMillis } from "../domain/Time.js"

const hourMs = 3_600_000
/** Significance level: a busy account has some hundred thousand gaps a year, and none may be a false alarm. */
const improbable = 1e-7
/** Fewest events from which a rate is learned. */
const leastEvents = 30
/** Fewest observed hours of a kind (such as 10 o'clock at weekends) from which its rate is learned. */
const leastHours = 2

export interface Silence {
  readonly silentMs: number
  /** Events expected in the silence. */
  readonly expected: number
  /** Variance over mean of the hourly counts; 1 for a Poisson process, never less. */
  readonly unevenness: number
  readonly alarm: boolean
}

/** Events by hour, counted since 1970. */
export type HourlyEvents = ReadonlyMap<number, number>

/** 0 to 23 on weekdays, 24 to 47 at weekends, in UTC. */
const kindOf = (at: EpochMillis): number => {
  const date = new Date(at)
  const weekend = date.getUTCDay() === 0 || date.getUTCDay() === 6
  return date.getUTCHours() + (weekend ? 24 : 0)
}

/** `events`: their moments. The silence lasts from the last of them to `now`. */
export const silenceOf = (events: ReadonlyArray<EpochMillis>, since: EpochMillis, now: EpochMillis): Silence => {
  const last = events.reduce((latest, at) => Math.max(latest, at), since)
  const hours = new Map<number, number>()
  for (const at of events) {
    const hour = Math.floor(at / hourMs)
    hours.set(hour, (hours.get(hour) ?? 0) + 1)
  }
  return silenceFrom(hours, since, last, now)
}

/** The silence from `last` to `now`: no event has come in it. Events are counted since `since`. */
export const silenceFrom = (hours: HourlyEvents, since: EpochMillis, last: EpochMillis, now: EpochMillis): Silence => {
  const silentMs = Math.max(0, now - last)
  const none: Silence = { silentMs, expected: 0, unevenness: 1, alarm: false }
  if ([...hours.values()].reduce((sum, count) => sum + count, 0) < leastEvents) return none

  const kinds = Array.from({ length: 48 }, () => ({ hours: 0, events: 0, squares: 0 }))
  // Hours after the last event belong to the silence.
  for (let hour = Math.floor(since / hourMs); hour <= Math.floor(last / hourMs); hour++) {
    const kind = kinds[kindOf(hour * hourMs)]!
    const count = hours.get(hour) ?? 0
    kind.hours += 1
    kind.events += count
    kind.squares += count * count
  }
  const rateAt = (at: EpochMillis): number => {
    const { events: seen, hours: observed } = kinds[kindOf(at)]!
    return observed < leastHours ? 0 : seen / observed / hourMs
  }
  // Variance over mean of the hourly counts, within each kind of hour.
  let variance = 0
  let mean = 0
  for (const { events: seen, hours: observed, squares } of kinds) {
    if (observed < leastHours) continue
    variance += squares - (seen * seen) / observed
    mean += (seen * (observed - 1)) / observed
  }
  const unevenness = Math.max(1, mean === 0 ? 1 : variance / mean)
  let expected = 0
  for (let at = last; at < now; ) {
    const next = Math.min(now, (Math.floor(at / hourMs) + 1) * hourMs)
    expected += rateAt(at) * (next - at)
    at = next
  }
  return { silentMs, expected, unevenness, alarm: expected / unevenness > -Math.log(improbable) }
}
