/** Changes of an account with office hours. */
import { minute, start } from "./polledStream.js"

const hour = 60 * minute

/** Office hours: 9 to 17 on weekdays, a few at other hours of weekdays, none at weekends; by a seeded generator. */
export const officeTraffic = (seed: number, days: number, perHour: number): ReadonlyArray<number> => {
  let state = seed
  const chance = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return (state + 0.5) / 2 ** 32
  }
  const events: Array<number> = []
  for (let day = 0; day < days; day++) {
    const at = start + day * 24 * hour
    const weekend = [0, 6].includes(new Date(at).getUTCDay())
    for (let h = 0; h < 24; h++) {
      const rate = weekend ? 0 : h >= 9 && h < 17 ? perHour : perHour / 40
      // Exponential gaps: a Poisson stream.
      for (let gap = -Math.log(chance()) / rate; rate > 0 && gap < 1; gap += -Math.log(chance()) / rate)
        events.push(at + (h + gap) * hour)
    }
  }
  return events
}
