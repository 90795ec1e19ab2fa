/** Calls of a plan under faults, worked out by hand. */
import { describe, expect, it } from "vitest"
import { returnsIn, sweepMade, sweepsMade } from "../../../src/analysis/costs/AssumedFaults.js"
import { childrenCalls, reconciliationCalls, toldCalls } from "../../../src/analysis/costs/Forecast.js"
import { sweepBeat } from "../../../src/analysis/costs/SweepBeat.js"
import type { ObservedChange, ObservedEntities } from "../../../src/analysis/estimates/ObservedChanges.js"
import { providerOf } from "../../../src/providers/index.js"

const hour = 3_600_000
const window = { from: 0, to: 24 * hour }
/** Two hours without a receiver. */
const faults = { drop: 0, outages: [{ from: 10 * hour, to: 12 * hour }] }

const observed = (count: number): ObservedEntities => ({ entities: count, whole: true, changes: [] })
const updated = (entityId: number, hours: number): ObservedChange => ({
  entity: "ticket",
  entityId,
  updatedAt: hours * hour,
  action: "update",
  changed: ["status"]
})

describe("the sweeps of a day with an outage", () => {
  it("are those before it, one at the return, and those after it", () => {
    // Hourly: 0 to 9 and 12 to 23.
    expect(sweepsMade(window, hour, faults)).toBe(10 + 12)
    // Every four hours: 0, 4, 8, and from the return on 12, 16, 20. Every five: 0, 5, and 12, 17, 22.
    expect([4, 5].map((hours) => sweepsMade(window, hours * hour, faults))).toEqual([6, 5])
    expect([9, 10, 11, 12].map((n) => sweepMade(n, window, sweepBeat(window, hour), faults))).toEqual([9, 12, 12, 12])
  })
  it("are all that the beat has where the receiver is away for a moment, or beyond the window", () => {
    const other = [
      { from: 10 * hour, to: 10 * hour + 30_000 },
      { from: 23 * hour, to: 25 * hour }
    ]
    expect(returnsIn({ drop: 0, outages: other }, window)).toEqual([])
    expect(sweepsMade(window, hour, { drop: 0, outages: other })).toBe(23)
  })
})

describe("the calls of a day with an outage", () => {
  const freshsales = providerOf("freshsales")!
  const freshchat = providerOf("freshchat")!

  it("have the whole list once more, where its deletions show when it is read whole", () => {
    const calls = (wanted: boolean, by = faults) =>
      reconciliationCalls(freshsales, "contact", observed(90), window, 4 * 3_600, null, wanted, by)
    const none = { drop: 0, outages: [] }
    // 90 contacts by 25: 4 pages, and the front once more; the view is found anew, in place of a usual sweep's one call.
    // As many sweeps as without: of hours 0, 4, 8, and from the return on 12, 16, 20.
    expect(calls(true) - calls(true, none)).toBe(5)
    expect(calls(true) - calls(false)).toBe(5)
  })
  it("have one more walk beneath all parents", () => {
    const walk = (by: typeof faults | undefined) =>
      childrenCalls(
        freshchat,
        "message",
        (entity) => observed(entity === "message" ? 100 : 47),
        window,
        4 * 3_600,
        6,
        by
      )
    // 47 conversations, whose messages fill a page each; once at the start, once at the return.
    expect([walk(undefined), walk(faults)]).toEqual([47, 94])
  })
  it("read beneath all that changed meanwhile, and elsewhere beneath what no push explains", () => {
    const changes = [updated(1, 1), updated(2, 10.5), updated(3, 11), updated(4, 13)]
    const told = (by: typeof faults | undefined) =>
      toldCalls({ ...observed(2_800), changes }, window, 4 * 3_600, 28 * 86_400, () => true, 0, by)
    // The four are read once in four weeks: all four are due within the share of a day.
    expect(told(undefined).calls).toBe(4)
    expect(told(faults).calls).toBe(4 + 2)
    // Half of the pushes lost: of hour 16's sweep, with one push, half a call; of hour 4's likewise.
    expect(
      toldCalls({ ...observed(2_800), changes }, window, 4 * 3_600, 28 * 86_400, () => true, 0.5, faults).calls
    ).toBe(4 + 2 + 1)
  })
})
