/** When lists are swept, and what a sweep that ends early does to the others. */
import { Clock, Duration, Effect, Fiber, TestClock, TestContext } from "effect"
import { expect, it } from "vitest"
import type { SweepInterval } from "../../src/domain/SweepInterval.js"
import type { SweptRoot } from "../../src/providers/index.js"
import { InboxUnavailable } from "../../src/reconciliation/FindingWriter.js"
import type { SweepError } from "../../src/reconciliation/SweepParts.js"
import { makeSweepRunner } from "../../src/reconciliation/SweepRunner.js"
import { mapPort } from "../support/mapPort.js"

const minute = 60_000
const root = (name: string, every: SweepInterval): SweptRoot => ({
  root: name,
  every,
  wanted: [name],
  walks: null,
  slower: {}
})

const running = (
  roots: ReadonlyArray<SweptRoot>,
  sweepOf: (root: SweptRoot) => Effect.Effect<void, SweepError>,
  onError?: () => Effect.Effect<void>
) => {
  const { comesBack, counted, port } = mapPort()
  const runner = makeSweepRunner({ source: "s", roots, sweepOf, counters: port.counters, outages: port, onError })
  return { comesBack, counted, runner }
}

it("sweeps each list at its own interval, from the beginning of its last round", () =>
  Effect.runPromise(
    Effect.gen(function* () {
      const swept: Array<string> = []
      const { counted, runner } = running(
        [root("ticket", 10 * minute), root("company", 30 * minute)],
        ({ root: name }) =>
          Effect.sync(() => void swept.push(name)).pipe(Effect.zipRight(Effect.sleep(Duration.minutes(1))))
      )
      const fiber = yield* Effect.fork(runner.run)
      yield* TestClock.adjust(Duration.minutes(2))
      expect(swept).toEqual(["ticket", "company"])
      yield* TestClock.adjust(Duration.minutes(20))
      expect(swept).toEqual(["ticket", "company", "ticket", "ticket"])
      yield* TestClock.adjust(Duration.minutes(9))
      expect(swept.slice(4)).toEqual(["ticket", "company"])
      expect(counted.every((one) => one === "swept")).toBe(true)
      yield* Fiber.interrupt(fiber)
    }).pipe(Effect.provide(TestContext.TestContext))
  ))

it("sweeps a list more often in its busy hours, which cut a quiet interval short", () =>
  Effect.runPromise(
    Effect.gen(function* () {
      const swept: Array<string> = []
      const hourly = { every: 240 * minute, busy: 30 * minute, hours: "6-8" }
      const { runner } = running([root("contact", hourly)], () =>
        Effect.map(Clock.currentTimeMillis, (now) => void swept.push(new Date(now).toISOString().slice(11, 16)))
      )
      // The virtual clock begins at midnight UTC.
      const fiber = yield* Effect.fork(runner.run)
      yield* TestClock.adjust(Duration.hours(12))
      // At 4, half of the next is there by 6, and the other half takes a quarter of an hour. From 7:45 half is there by 8.
      expect(swept).toEqual(["00:00", "04:00", "06:15", "06:45", "07:15", "07:45", "10:00"])
      yield* Fiber.interrupt(fiber)
    }).pipe(Effect.provide(TestContext.TestContext))
  ))

it("sweeps every list at once when an outage ends, also one that ends during a round, and keeps its beat from there", () =>
  Effect.runPromise(
    Effect.gen(function* () {
      const swept: Array<string> = []
      const { comesBack, runner } = running(
        [root("ticket", 10 * minute), root("company", 30 * minute)],
        ({ root: name }) =>
          Effect.sync(() => void swept.push(name)).pipe(Effect.zipRight(Effect.sleep(Duration.minutes(1))))
      )
      const fiber = yield* Effect.fork(runner.run)
      yield* TestClock.adjust(Duration.minutes(5))
      expect(swept.splice(0)).toEqual(["ticket", "company"])
      comesBack(5 * minute)
      yield* TestClock.adjust(Duration.seconds(90))
      expect(swept.splice(0)).toEqual(["ticket", "company"])
      comesBack(6.5 * minute)
      yield* TestClock.adjust(Duration.minutes(8))
      expect(swept.splice(0)).toEqual(["ticket", "company"])
      // From the last round's beginning, at seven minutes: each at its own interval.
      yield* TestClock.adjust(Duration.minutes(13))
      expect(swept).toEqual(["ticket", "ticket"].slice(0, swept.length))
      expect(swept.length).toBeGreaterThan(0)
      yield* Fiber.interrupt(fiber)
    }).pipe(Effect.provide(TestContext.TestContext))
  ))

it("rests a second between two rounds, however long a sweep takes", () =>
  Effect.runPromise(
    Effect.gen(function* () {
      let sweeps = 0
      const { runner } = running([root("ticket", minute)], () =>
        Effect.sync(() => {
          sweeps += 1
        }).pipe(Effect.zipRight(Effect.sleep(Duration.minutes(2))))
      )
      const fiber = yield* Effect.fork(runner.run)
      yield* TestClock.adjust(Duration.minutes(2))
      expect(sweeps).toBe(1)
      yield* TestClock.adjust(Duration.millis(999))
      expect(sweeps).toBe(1)
      yield* TestClock.adjust(Duration.millis(1))
      expect(sweeps).toBe(2)
      yield* Fiber.interrupt(fiber)
    }).pipe(Effect.provide(TestContext.TestContext))
  ))

it("goes on behind a sweep that fails, a fault of this program, and a caller that throws", () =>
  Effect.runPromise(
    Effect.gen(function* () {
      const failures: Record<string, Effect.Effect<void, SweepError>> = {
        ticket: Effect.fail(new InboxUnavailable({ message: "no room" })),
        company: Effect.die(new RangeError("a bug")),
        agent: Effect.void
      }
      const told: Array<string> = []
      const { counted, runner } = running(
        ["ticket", "company", "agent"].map((name) => root(name, minute)),
        ({ root: name }) => failures[name]!,
        () =>
          Effect.sync(() => {
            told.push("told")
            throw new Error("the caller's own")
          })
      )
      yield* runner.sweep
      expect(told).toHaveLength(2)
      expect(counted).toEqual(["failed inbox", "failed unexpected"])
      failures["ticket"] = Effect.void
      failures["company"] = Effect.void
      yield* runner.sweep
      expect(counted.at(-1)).toBe("swept")
    }).pipe(Effect.provide(TestContext.TestContext))
  ))
