/**
 * Virtual time over real work: the next thing due sets the time, its calls are made for real, and only when all is
 * quiet again does the next thing come. Effects see it as their `Clock`, plain code as a `Timekeeper`, the sample
 * programs through shared memory. The loop is plain TypeScript: a replayed day has some 20,000 steps.
 */
import { Clock, Duration, Effect, Layer } from "effect"
import type { EpochMillis, Timekeeper } from "../../domain/Time.js"
import { type Due, pop, push } from "./DueHeap.js"
import { type Follower, makeStillness, type Traffic } from "./Stillness.js"

export interface VirtualTime extends Timekeeper, Traffic {
  readonly follow: (follower: Follower) => void
  readonly runUntil: (end: EpochMillis) => Promise<void>
  readonly clock: Clock.Clock
  readonly layer: Layer.Layer<never>
  /** Milliseconds now, as the program threads read it. */
  readonly shared: Float64Array
}

export const makeVirtualTime = (start: EpochMillis): VirtualTime => {
  const shared = new Float64Array(new SharedArrayBuffer(8))
  shared[0] = start
  const heap: Array<Due> = []
  const followers: Array<Follower> = []
  const stillness = makeStillness(followers)
  let order = 0

  // Fractions of a millisecond order what would otherwise happen at once; clocks show whole ones.
  let position = start
  const moveTo = (when: EpochMillis): void => {
    position = Math.max(position, when)
    shared[0] = Math.floor(position)
  }
  const now = (): EpochMillis => shared[0]!
  const at: Timekeeper["at"] = (when, run, inert = false) => {
    const due: Due = { at: Math.max(when, position), order: order++, inert, run }
    push(heap, due)
    return () => {
      due.run = null
    }
  }

  const runUntil = async (end: EpochMillis): Promise<void> => {
    let unsettled = true
    for (;;) {
      if (unsettled) await stillness.settle(now)
      while (heap.length > 0 && heap[0]!.run === null) pop(heap)
      let when = heap[0]?.at ?? Number.POSITIVE_INFINITY
      let next: Follower | null = null
      for (const follower of followers) {
        const due = follower.nextDue()
        if (due !== null && due < when) {
          when = due
          next = follower
        }
      }
      if (when > end) break
      moveTo(when)
      const before = stillness.activity()
      if (next !== null) {
        next.advance(now())
        unsettled = true
      } else {
        const due = pop(heap)!
        due.run!()
        unsettled = !due.inert || stillness.activity() !== before
      }
    }
    moveTo(end)
  }

  const clock = clockOf(now, at)
  return {
    now,
    at,
    shared,
    clock,
    layer: Layer.setClock(clock),
    runUntil,
    follow: (follower) => {
      followers.push(follower)
    },
    ...stillness
  }
}

/** The same time as Effect's clock. */
const clockOf = (now: () => EpochMillis, at: Timekeeper["at"]): Clock.Clock => ({
  ...Clock.make(),
  unsafeCurrentTimeMillis: now,
  unsafeCurrentTimeNanos: () => BigInt(now()) * 1_000_000n,
  currentTimeMillis: Effect.sync(now),
  currentTimeNanos: Effect.sync(() => BigInt(now()) * 1_000_000n),
  sleep: (duration) =>
    Effect.async<void>((done) => {
      const cancel = at(now() + Duration.toMillis(duration), () => done(Effect.void))
      return Effect.sync(cancel)
    })
})
