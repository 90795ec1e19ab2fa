/** Counts of pushes in memory: of the last four weeks, as the store keeps them. */
import { expect, it } from "vitest"
import { PushTallies } from "../../src/mirror/state/PushTallies.js"
import { PushRows } from "../../src/store/index.js"

const hour = 3_600_000
const day = 24 * hour
const { pushSlotMs } = PushRows

/** What an event's pushes are counted as: one in each ten minutes of these days. */
const slotsOf = (event: string, from: number, to: number): ReadonlyArray<PushRows.PushSlot> =>
  Array.from({ length: (to - from) / pushSlotMs }, (_, at) => {
    const lastAt = from + at * pushSlotMs
    return { slot: lastAt / pushSlotMs, source: "acme", event, pushes: 1, lastAt, newest: lastAt }
  })

const reading = (slots: ReadonlyArray<PushRows.PushSlot>) => {
  let now = 0
  const tallies = new PushTallies({
    pushSlots: (from) => slots.filter(({ lastAt, slot }) => slot >= from && lastAt < now)
  })
  return {
    tallies,
    readUntil: (moment: number) => {
      now = moment
      tallies.readOn()
    }
  }
}

it("forgets what is older than four weeks, and begins behind it", () => {
  const { readUntil, tallies } = reading(slotsOf("ticket_update", 0, 60 * day))
  for (let at = day; at <= 60 * day; at += day) readUntil(at)
  const { hours, lastAt, since } = tallies.hoursOf("acme", ["ticket_update"])!
  expect(lastAt).toBe(60 * day - pushSlotMs)
  expect(since).toBe(lastAt - 28 * day)
  // The first hour has lost the part of before.
  expect([...hours.values()]).toEqual([1, ...Array.from({ length: 28 * 24 }, () => 6)])
  expect(tallies.countOf("acme", ["ticket_update"], 0, 60 * day)).toBe(28 * 144 + 1)
})

it("learns from the last four weeks of all events, though one that has ended keeps its counts", () => {
  const ended = slotsOf("ticket_create", 0, day)
  const { readUntil, tallies } = reading([...ended, ...slotsOf("ticket_update", 40 * day, 60 * day)])
  readUntil(60 * day)
  const events = ["ticket_create", "ticket_update"]
  const { hours, lastAt, since } = tallies.hoursOf("acme", events)!
  expect(since).toBe(lastAt - 28 * day)
  expect(Math.min(...hours.keys())).toBe((40 * day) / hour)
  expect(tallies.hoursOf("acme", ["ticket_create"])!.since).toBe(0)
  expect(tallies.countOf("acme", events, 0, day)).toBe(144)
})
