/** Busy hours against closed forms, against trying all, and on days that they were not planned by. */
import { describe, expect, it } from "vitest"
import { sweepsIn } from "../../../src/analysis/costs/Forecast.js"
import {
  doubted,
  doubtedShare,
  type HourlyShares,
  hourlyShares,
  lagsOf
} from "../../../src/analysis/estimates/HourlyLags.js"
import { assumedLatency } from "../../../src/analysis/estimates/PushLatency.js"
import { busyHoursFor, longestBusy } from "../../../src/analysis/planning/BusyHours.js"
import type { Candidate, Intervals } from "../../../src/analysis/planning/Candidate.js"
import { intervalsFor } from "../../../src/analysis/planning/IntervalSearch.js"
import { freshdesk, plannedFor } from "../../../src/providers/index.js"
import { randomStreams } from "../../../src/replay/index.js"

const hourMs = 3_600_000
const day = { from: Date.UTC(2026, 4, 4), to: Date.UTC(2026, 4, 5) }
const sharesBy = (shares: ReadonlyArray<number>): HourlyShares => ({ shares, changes: Number.POSITIVE_INFINITY })
const even = sharesBy(Array.from({ length: 24 }, () => 1 / 24))
/** Nine in ten of the changes, evenly over ten hours. */
const office = Array.from({ length: 24 }, (_, hour) => (hour >= 7 && hour < 17 ? 0.09 : 0.1 / 14))

describe("the hours of changes", () => {
  it("have one change more each", () => {
    const changes = [1, 1.5, 1.9, 20].map((hours) => ({ updatedAt: day.from + hours * hourMs }))
    const { changes: count, shares } = hourlyShares(changes, day)!
    expect(count).toBe(4)
    expect([shares[1], shares[20], shares[0]]).toEqual([4 / 28, 2 / 28, 1 / 28])
  })
  it("count by the time that the window has of each", () => {
    // A day and a half from midnight: twelve hours twice. Two changes at 3 in two days are as one and a half of 1.5 days.
    const window = { from: day.from, to: day.from + 36 * hourMs }
    const changes = [3, 27, 15].map((hours) => ({ updatedAt: day.from + hours * hourMs }))
    const { shares } = hourlyShares(changes, window)!
    expect(shares[3]! / shares[0]!).toBeCloseTo(1 + 1.5, 12)
    expect(shares[15]! / shares[0]!).toBeCloseTo(1 + 1.5, 12)
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12)
  })
  it("are not known of less than a day, and changes outside the window do not count", () => {
    expect(hourlyShares([], { from: day.from, to: day.to - 1 })).toBeNull()
    expect(hourlyShares([{ updatedAt: day.from - 1 }, { updatedAt: day.to }], day)!.changes).toBe(0)
  })
  it("are doubted by a standard error", () => {
    // 0.8 of 76 and 24: √(0.8 · 0.2 / 100) = 0.04.
    expect(doubtedShare(0.8, 76)).toBeCloseTo(0.76, 12)
    expect(doubtedShare(0.8, Number.POSITIVE_INFINITY)).toBe(0.8)
    const { shares } = doubted({ shares: office, changes: 76 }, "7-17")
    // 0.9 becomes 0.87, the others' 0.1 becomes 0.13.
    expect(shares[7]).toBeCloseTo(0.087, 12)
    expect(shares[0]).toBeCloseTo(0.13 / 14, 12)
  })
})

describe("the lags of changes that wait", () => {
  const hourly = { every: 14_400, busy: 900, hours: "6-18" }
  it("are even over one interval", () => {
    const { quantile, within } = lagsOf(600, even)
    expect([within(150), within(900), quantile(0.25)]).toEqual([0.25, 1, 150])
  })
  it("are by the sum of the rates where changes come evenly: each moment is as often within a span of one as any other", () => {
    // Up to 900 s no change waits for two sweeps: 51 sweeps a day, of each d seconds before it.
    const { quantile, within } = lagsOf(hourly, null)
    for (const seconds of [60, 300, 900]) expect(within(seconds)).toBeCloseTo((51 * seconds) / 86_400, 9)
    expect(quantile((51 * 300) / 86_400)).toBeCloseTo(300, 1)
    expect(within(14_400)).toBeCloseTo(1, 12)
  })
  it("are those of the hour, but for the last busy one, which ends with a quiet interval", () => {
    const only = (hour: number) =>
      lagsOf(hourly, sharesBy(Array.from({ length: 24 }, (_, one) => (one === hour ? 1 : 0))))
    expect(only(9).within(300)).toBeCloseTo(300 / 900, 12)
    expect(only(20).within(300)).toBeCloseTo(300 / 14_400, 12)
    // 55 minutes as in the others; then x of 300 s are busy, x from 300 down to 0, half of them on average. Twelve moments
    // an hour: the last one has 150 of each.
    expect(only(17).within(300)).toBeCloseTo((11 * (300 / 900) + 150 / 900 + 150 / 14_400) / 12, 12)
    // As in the others until the busy hours begin: the last five minutes are better off.
    expect(only(5).within(300)).toBeCloseTo((11 * (300 / 14_400) + 150 / 14_400 + 150 / 900) / 12, 12)
  })
})

describe("the longest busy interval", () => {
  const goal = { seconds: 600, waits: 0.2, mayBeLate: 0.05, byHour: even }
  it("is that of all hours where all changes come in them", () => {
    // 600 / (1 − 0.05 / 0.2) = 800 s.
    expect(longestBusy(goal, 1, 14_400)).toBeCloseTo(800, 9)
  })
  it("makes up for what is late in the others", () => {
    // Of 0.9: late may be (0.25 − 0.1 · (1 − 600/14,400)) / 0.9 = 0.1713, so 600 / 0.8287 = 724.0 s.
    expect(longestBusy(goal, 0.9, 14_400)).toBeCloseTo(724.02, 2)
    // Of 0.7 none is short enough: the others alone have 0.3 · 0.9583 = 0.2875 of 0.25.
    expect(longestBusy(goal, 0.7, 14_400)).toBeNull()
    // Nothing is asked for where all may be late.
    expect(longestBusy({ ...goal, mayBeLate: 0.2 }, 0.5, 14_400)).toBe(Number.POSITIVE_INFINITY)
  })
  it("is at its best over the busiest hours, as the linear programme of all hours fills them", () => {
    const asked = { ...goal, byHour: sharesBy(office) }
    const steps = Array.from({ length: 14_339 }, (_, second) => 60 + second)
    const [best] = busyHoursFor([asked], 14_400, steps)
    // The ten hours of the office and no other: ten hours at 724 s, 14 at four hours.
    expect(best).toEqual({ every: 14_400, busy: 724, hours: "7-17" })
    // By rates of each hour of its own, between 1/14,400 and 1/600: the sum of share · rate must reach what goal and closed
    // form ask for, hour by hour at the highest rate, the busiest first. Within hours that are equally busy it is all one.
    const asks = (0.75 * 1) / 600
    const quiet = 0.1 / 14_400
    const perDay = 3_600 * (10 * ((asks - quiet) / 0.9) + 14 / 14_400)
    expect(86_400 / (24 / (10 / 724 + 14 / 14_400))).toBeCloseTo(perDay, 1)
  })
  it("is none where changes come evenly: then no hours save anything", () => {
    for (const { busy, every, hours } of busyHoursFor(
      [goal],
      14_400,
      Array.from({ length: 14_339 }, (_, s) => 60 + s)
    )) {
      const [from, to] = hours.split("-").map(Number)
      const length = (to! - from! + 24) % 24 || 24
      expect(24 / (length / busy + (24 - length) / every)).toBeLessThanOrEqual(800.5)
    }
  })
})

const planned = plannedFor(freshdesk, ["app"], ["contact"])
const bound = 14_400
const planOf = (waits: number, seconds: number, byHour: HourlyShares | null): Intervals | null => {
  const candidate = {
    one: { poller: { id: "p", endpoint: { entity: "contact" }, details: [], provider: freshdesk } },
    goals: [{ seconds, at: "p95" }],
    waiting: new Map([["contact", waits]]),
    ifItStays: 1_000
  } as unknown as Candidate
  const cost = (_: unknown, own: Intervals) =>
    sweepsIn(day, own["contact"] === "off" ? bound : (own["contact"] ?? bound))
  const search = {
    planned,
    boundSeconds: bound,
    extra: [],
    cost,
    latency: assumedLatency,
    hoursOf: () => byHour,
    days: 1
  }
  return intervalsFor([candidate], search)
}

describe("a plan by the hour", () => {
  it("is made where the hours save calls that matter", () => {
    // One interval: 600 / (1 − 0.05/0.2) = 800 s, 780 of the steps: 111 sweeps. By the hour 7-17 at up to 724 s, less
    // since the last quarter of an hour before 17 waits longer: 690 s.
    expect(planOf(0.2, 600, sharesBy(office))).toEqual({ contact: { every: bound, busy: 690, hours: "7-17" } })
    expect(planOf(0.2, 600, null)).toEqual({ contact: 780 })
    expect(planOf(0.2, 600, even)).toEqual({ contact: 780 })
    // A few calls a day do not matter: p95 within 2.5 h, one interval of 3 h.
    expect(planOf(0.2, 9_000, sharesBy(office))).toEqual({ contact: 10_800 })
  })
  it("keeps the goal on days like the one that it was made by, and is made of no day without busy hours", () => {
    const bell = Array.from({ length: 24 }, (_, hour) => 0.15 + Math.exp(-((hour - 13) ** 2) / 18))
    const sum = bell.reduce((all, one) => all + one, 0)
    const profiles = { even: even.shares, office, bell: bell.map((one) => one / sum) }
    const made = { even: { hourly: 0, staler: 0 }, office: { hourly: 0, staler: 0 }, bell: { hourly: 0, staler: 0 } }
    for (const name of ["even", "office", "bell"] as const)
      for (const count of [20, 84, 300])
        for (let seed = 1; seed <= 40; seed++) {
          const profile = profiles[name]
          const draw = randomStreams(seed, count, name)("all")
          const changes = Array.from({ length: count }, () => {
            let [left, hour] = [draw(), 0]
            while (hour < 23 && left >= profile[hour]!) left -= profile[hour++]!
            return { updatedAt: day.from + (hour + draw()) * hourMs }
          })
          const [waits, seconds] = [0.06 + draw() * 0.3, 300 + draw() * 3_000]
          const every = planOf(waits, seconds, hourlyShares(changes, day))?.["contact"]
          if (typeof every !== "object") continue
          made[name].hourly += 1
          // By the true hours, to a tenth of the goal: days lie as far apart by themselves (docs/accuracy.md).
          if (waits * (1 - lagsOf(every, sharesBy(profile)).within(seconds * 1.1)) > 0.05) made[name].staler += 1
        }
    expect(made.even.hourly).toBe(0)
    expect(made.office.hourly).toBeGreaterThan(60)
    expect(made.bell.hourly).toBeGreaterThan(30)
    expect(made.office.staler + made.bell.staler).toBeLessThanOrEqual(1)
  })
})
