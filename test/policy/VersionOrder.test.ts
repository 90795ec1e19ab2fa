import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { readableAfterMs } from "../../src/policy/index.js"
import { endOfSecond, fetchedUpTo, givesWay, hasMoved, isLate, shownUpTo } from "../../src/policy/VersionOrder.js"

const stamp = Date.parse("2026-03-02T10:00:00Z")
const unknown = Number.NaN

describe("the order of two versions", () => {
  it.each([
    ["an older stamp", stamp - 1_000, unknown, stamp, unknown, true],
    ["a newer stamp, though the known second was read", stamp + 1_000, unknown, stamp, endOfSecond(stamp), false],
    ["an earlier moment of the same second", stamp, stamp + 100, stamp, stamp + 200, true],
    ["a later moment of the same second", stamp, stamp + 200, stamp, stamp + 100, false],
    ["no moment, over a moment within the second", stamp, unknown, stamp, stamp + 200, false],
    ["no moment, over a second that was read", stamp, unknown, stamp, endOfSecond(stamp), true],
    ["nothing known", stamp, unknown, unknown, unknown, false],
    ["no stamp", unknown, unknown, stamp, unknown, false]
  ])("%s: late is %5$s", (_, at, moment, knownStamp, knownMoment, late) => {
    expect(isLate(at, moment, knownStamp, knownMoment)).toBe(late)
  })
  it("is an order: of two different versions with moments exactly one is late", () => {
    const version = fc.record({ second: fc.integer({ min: 0, max: 3 }), ms: fc.integer({ min: 0, max: 999 }) })
    fc.assert(
      fc.property(version, version, (a, b) => {
        const [sa, sb] = [a.second * 1_000, b.second * 1_000]
        const late = isLate(sa, sa + a.ms, sb, sb + b.ms)
        const back = isLate(sb, sb + b.ms, sa, sa + a.ms)
        expect(late && back).toBe(false)
        expect(late || back).toBe(sa + a.ms !== sb + b.ms)
      })
    )
  })
  it("takes a read for complete once all of its second is readable", () => {
    expect(shownUpTo(stamp, stamp + readableAfterMs)).toBe(endOfSecond(stamp))
    expect(shownUpTo(stamp, stamp + readableAfterMs - 1)).toBeNaN()
  })
  it.each([
    ["a newer stamp, at once", stamp + 1_000, stamp + 1_200, endOfSecond(stamp)],
    ["its stamp, long after", stamp, stamp + readableAfterMs, endOfSecond(stamp)],
    ["its stamp, too early", stamp, stamp + readableAfterMs - 1, unknown],
    ["an older stamp, however late", stamp - 1_000, stamp + 10 * readableAfterMs, unknown],
    ["no stamp", unknown, stamp + readableAfterMs, unknown]
  ])("an answer with %s shows that second up to %4$d", (_, fetched, readAt, upTo) => {
    expect(fetchedUpTo(stamp, fetched, readAt)).toBe(upTo)
  })
  it.each([
    ["read too early", stamp, unknown, stamp, stamp + 68, true],
    ["that shows all of the second", stamp, endOfSecond(stamp), stamp, stamp + 68, false],
    ["over a push without a moment", stamp, unknown, stamp, unknown, false],
    ["of another second", stamp, unknown, stamp - 1_000, stamp - 900, false]
  ])("an answer %s gives way: %5$s", (_, at, shownTo, knownStamp, knownMoment, gives) => {
    expect(givesWay(at, shownTo, knownStamp, knownMoment)).toBe(gives)
  })
  it.each([
    [stamp, stamp, false],
    [stamp + 1, stamp, true],
    [stamp - 1, stamp, false],
    [stamp, unknown, true],
    [unknown, stamp, false],
    [unknown, unknown, false]
  ])("%d over %d has moved: %s", (at, known, moved) => {
    expect(hasMoved(at, known)).toBe(moved)
  })
})
