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

/** 0 to 23 on weekdays, 24 to 47 at weekends, in UTC. */
const kindOf = (at: EpochMillis): number => {
  const date = new Date(at)
  const weekend = date.getUTCDay() === 0 || date.getUTCDay() === 6
  return date.getUTCHours() + (weekend ? 24 : 0)
}

/** `events`: their moments. The silence lasts from the last of them to `now`. */
export const silenceOf = (events: ReadonlyArray<EpochMillis>, since: EpochMillis, now: EpochMillis): Silence => {
  const last = events.reduce((latest, at) => Math.max(latest, at), since)
  const silentMs = Math.max(0, now - last)
  const none: Silence = { silentMs, expected: 0, unevenness: 1, alarm: false }
  if (events.length < leastEvents) return none

  const from = Math.floor(since / hourMs)
  // Hours after the last event belong to the silence.
  const to = Math.floor(last / hourMs)
  const counts = new Map<number, number>()
  for (const at of events) {
    const hour = Math.floor(at / hourMs)
    counts.set(hour, (counts.get(hour) ?? 0) + 1)
  }
  const kinds = Array.from({ length: 48 }, () => ({ hours: 0, events: 0, squares: 0 }))
  for (let hour = from; hour <= to; hour++) {
    const kind = kinds[kindOf(hour * hourMs)]!
    const count = counts.get(hour) ?? 0
    kind.hours += 1
    kind.events += count
    kind.squares += count * count
  }
  const rateAt = (at: EpochMillis): number => {
    const { events: seen, hours } = kinds[kindOf(at)]!
    return hours < leastHours ? 0 : seen / hours / hourMs
  }
  // Variance over mean of the hourly counts, within each kind of hour.
  let variance = 0
  let mean = 0
  for (const { events: seen, hours, squares } of kinds) {
    if (hours < leastHours) continue
    variance += squares - (seen * seen) / hours
    mean += (seen * (hours - 1)) / hours
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
