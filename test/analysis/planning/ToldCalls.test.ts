/** Calls for dependants that pushes tell, worked out by hand. */
import { describe, expect, it } from "vitest"
import { toldCalls } from "../../../src/analysis/costs/Forecast.js"
import type { ObservedChange, ObservedEntities } from "../../../src/analysis/estimates/ObservedChanges.js"

const hour = 3_600_000
const window = { from: 0, to: 24 * hour }
const every = 4 * 3_600
const fourWeeks = 28 * 86_400

/** `s` is explained by a push, `t` (tags) is not. */
const change = (entityId: number, hours: number, what: "s" | "t" | "new" = "s"): ObservedChange => ({
  entity: "ticket",
  entityId,
  updatedAt: hours * hour,
  action: what === "new" ? "create" : "update",
  changed: what === "t" ? ["tags"] : ["status"]
})
const explains = ({ changed }: ObservedChange) => changed?.[0] !== "tags"
const observed = (entities: number, changes: ReadonlyArray<ObservedChange>): ObservedEntities => ({
  entities,
  whole: true,
  changes: [...changes].sort((a, b) => a.updatedAt - b.updatedAt)
})

describe("the calls for dependants that pushes tell", () => {
  it("are those of the first sweep, of unexplained stamps, and a share of the turn that is to come", () => {
    const changes = [
      // Two changed in the four hours before the window: the first sweep reads both. A third had, long before.
      change(1, -1),
      change(2, -3),
      change(3, -9),
      // Hour 1 and 2, listed in hour 4: no push told of the first one, so all that changed is read. One call.
      change(1, 1, "t"),
      change(1, 2),
      // Hour 5 and 6, listed in hour 8: the last stamp is not explained. One call.
      change(2, 5),
      change(2, 6, "t"),
      // Hour 22 is listed in hour 24, which is the next day's.
      change(3, 22, "t")
    ]
    // Of 840 tickets at most 840 / 28 = 30 a day are due, of the three that changed three: 2 + 2 + 3.
    expect(toldCalls(observed(840, changes), window, every, fourWeeks, explains).calls).toBe(7)
    // Of 28 tickets one a day: 2 + 2 + 1.
    expect(toldCalls(observed(28, changes), window, every, fourWeeks, explains).calls).toBe(5)
  })
  it("count what is made each day, for it has to be read once", () => {
    const made = Array.from({ length: 10 }, (_, n) => change(n, 2 * n + 1, "new"))
    // 66 tickets, 10 of them new: 56 / 28 = 2 of the older ones a day, at most the 10 that changed; 10 of the new ones.
    expect(toldCalls(observed(66, made), window, every, fourWeeks, explains).calls).toBe(10)
    const updated = Array.from({ length: 10 }, (_, n) => change(20 + n, 2 * n + 1))
    expect(toldCalls(observed(66, [...made, ...updated]), window, every, fourWeeks, explains).calls).toBe(12)
  })
  it("are those of its turns where they fall into the window, without what was read at the same stamp already", () => {
    const changes = [
      // The turn is each second sweep: hours 8 and 16. Read there, once: two changes.
      change(1, 1),
      change(1, 7),
      // Unexplained and listed in hour 4: read then with the other one, and not again in hour 8. Two calls.
      change(2, 2, "t"),
      // Unexplained and listed in hour 8, by the turn itself.
      change(3, 6, "t"),
      // After the last turn, explained.
      change(4, 17)
    ]
    expect(toldCalls(observed(100, changes), window, every, 2 * every, explains).calls).toBe(4)
  })
  it("count the sweeps that find a lost push, which read beneath all that changed", () => {
    const changes = [
      // Hours 1 to 3, listed in hour 4: three pushes of three tickets. With a loss of a half, one at least is lost in
      // 1 - 0.5 ** 3 = 7 of 8 cases, and then all three are read: 2.625.
      change(1, 1),
      change(2, 2),
      change(3, 3),
      // Hours 5 and 6, listed in hour 8: one push, one stamp that is read anyway: 0.5 * 2 + 0.5 * 1 = 1.5.
      change(1, 5),
      change(2, 6, "t")
    ].map((one) => (one.changed![0] === "tags" ? { ...one, changed: [] } : one))
    const stampAlone = ({ changed }: ObservedChange) => changed?.[0] === "status"
    // 4.125, and none before the window; of three tickets of 84 at most three are due by the turn.
    expect(toldCalls(observed(84, changes), window, every, fourWeeks, stampAlone, 0.5).calls).toBe(4 + 3)
    // Without a loss the unexplained stamp alone is read.
    expect(toldCalls(observed(84, changes), window, every, fourWeeks, stampAlone).calls).toBe(1 + 3)
  })
  it("take the time before the window to be like the time after where no list shows it", () => {
    const changes = Array.from({ length: 12 }, (_, n) => change(n, 2 * n + 1))
    // 12 parents in 6 intervals: two for the first sweep; 12 / 28 a day of the turn, rounded up.
    expect(toldCalls({ ...observed(12, changes), whole: false }, window, every, fourWeeks, explains).calls).toBe(3)
  })
})
