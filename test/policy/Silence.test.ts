/** A silence is one that the learned rate does not explain. */
import { describe, expect, it } from "vitest"
import { silenceFrom, silenceOf } from "../../src/policy/index.js"
import { officeTraffic } from "../support/officeTraffic.js"
import { minute, start } from "../support/polledStream.js"

const hour = 60 * minute
const range = (count: number) => Array.from({ length: count }, (_, n) => n)

describe("silence", () => {
  it("is no alarm at night and at weekends, looked at every hour of two weeks, for fifty seeds", () => {
    const alarms: Array<string> = []
    for (let seed = 1; seed <= 50; seed++) {
      const events = officeTraffic(seed, 35, 4 + (seed % 5) * 4)
      for (let now = start + 21 * 24 * hour; now < start + 35 * 24 * hour; now += hour) {
        const known = events.filter((at) => at <= now)
        if (silenceOf(known, known[0]!, now).alarm) alarms.push(`seed ${seed}, ${new Date(now).toISOString()}`)
      }
    }
    expect(alarms).toEqual([])
  })
  it("is one within the working day in which a subscription was switched off", () => {
    for (let seed = 1; seed <= 50; seed++) {
      const off = start + 22 * 24 * hour + 9 * hour // a Tuesday, at nine
      const events = officeTraffic(seed, 22, 12).filter((at) => at < off)
      expect(silenceOf(events, events[0]!, off + 4 * hour).alarm, `seed ${seed}`).toBe(true)
    }
  })
  it("says nothing of what has hardly ever happened", () => {
    const events = range(10).map((n) => start + n * minute)
    expect(silenceOf(events, start, start + 30 * 24 * hour).alarm).toBe(false)
  })
  it("is counted from the moment up to which nothing is missing, and hours without events are learned from", () => {
    const events = officeTraffic(7, 22, 12)
    const hours = new Map<number, number>()
    for (const at of events) hours.set(Math.floor(at / hour), (hours.get(Math.floor(at / hour)) ?? 0) + 1)
    const last = events.at(-1)!
    const noon = start + 22 * 24 * hour + 12 * hour
    expect(silenceFrom(hours, events[0]!, last, noon + 4 * hour)).toEqual(
      silenceOf(events, events[0]!, noon + 4 * hour)
    )
    expect(silenceFrom(hours, events[0]!, last, noon + 4 * hour).alarm).toBe(true)
    expect(silenceFrom(hours, events[0]!, noon + 3 * hour, noon + 4 * hour)).toMatchObject({
      alarm: false,
      silentMs: hour
    })
  })
})
