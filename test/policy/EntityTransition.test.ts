import fc from "fast-check"
import { expect, it } from "vitest"
import { transition, transitionOf } from "../../src/policy/EntityTransition.js"

const { deleted, late, moved, restored } = transition
const unknown = Number.NaN
const names = (bits: number): ReadonlyArray<string> =>
  Object.entries(transition).flatMap(([name, bit]) => ((bits & bit) === 0 ? [] : [name]))

it.each([
  ["the first event of an entity", transitionOf(unknown, unknown, false, 5_000, unknown, false, true), moved],
  ["a newer update", transitionOf(5_000, unknown, false, 6_000, unknown, false, true), moved],
  ["one of the same second", transitionOf(5_000, 5_100, false, 5_000, 5_200, false, true), 0],
  ["an older update", transitionOf(5_000, unknown, false, 4_000, unknown, false, true), late],
  ["an older deletion", transitionOf(5_000, unknown, false, 4_000, unknown, true, true), late],
  ["a deletion", transitionOf(5_000, unknown, false, 6_000, unknown, true, false), moved | deleted],
  ["an older update of a deleted one", transitionOf(5_000, unknown, true, 4_000, unknown, false, true), late | deleted],
  [
    "a newer update of a deleted one",
    transitionOf(5_000, unknown, true, 6_000, unknown, false, true),
    moved | restored
  ],
  [
    "a newer event of a deleted one that shows nothing",
    transitionOf(5_000, unknown, true, 6_000, unknown, false, false),
    moved | deleted
  ],
  ["a deletion under the stamp that was read", transitionOf(5_000, 5_999, false, 5_000, unknown, true, true), deleted],
  [
    "an update under the stamp of a deletion",
    transitionOf(5_000, unknown, true, 5_000, unknown, false, true),
    late | deleted
  ],
  [
    "a reading of that second, behind a deletion",
    transitionOf(5_000, unknown, true, 5_000, 5_999, false, true),
    restored
  ],
  ["a deletion again", transitionOf(5_000, unknown, true, 5_000, unknown, true, true), deleted],
  ["an event without a stamp", transitionOf(5_000, unknown, false, unknown, unknown, false, true), 0]
])("%s", (_, is, expected) => {
  expect(names(is)).toEqual(names(expected))
})

it("leaves of any order of arrivals the newest version, deleted where that one says so", () => {
  const event = fc.record({ at: fc.integer({ min: 0, max: 20 }), says: fc.boolean() })
  fc.assert(
    fc.property(fc.uniqueArray(event, { selector: ({ at }) => at, minLength: 1 }), (events) => {
      let [stamp, gone] = [unknown, false]
      for (const { at, says } of events) {
        const moves = transitionOf(stamp, unknown, gone, at * 1_000, unknown, says, true)
        if ((moves & late) !== 0) continue
        stamp = at * 1_000
        gone = (moves & deleted) !== 0
      }
      const newest = events.reduce((last, one) => (one.at > last.at ? one : last))
      expect([stamp, gone]).toEqual([newest.at * 1_000, newest.says])
    })
  )
})

it("leaves an entity deleted that was deleted under its last stamp, whatever came first, where no moments are known", () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { minLength: 1 }), (says) => {
      let gone = false
      for (const one of says) {
        const moves = transitionOf(5_000, unknown, gone, 5_000, unknown, one, true)
        gone = (moves & deleted) !== 0
      }
      expect(gone).toBe(says.includes(true))
    })
  )
})
