/**
 * Virtual time over real work: the next thing due sets the time, its calls are made for real, and only when all is
 * quiet again does the next thing come. Effects see it as their `Clock`, plain code as a `Timekeeper`, the sample
 * programs through shared memory. The loop is plain TypeScript: a replayed day has some 20,000 steps.
 */
import { Clock, Duration, Effect, Layer } from "effect"
import type { EpochMillis, Timekeeper } from "../../domain/Time.js"

interface Due {
  readonly at: EpochMillis
  readonly order: number
  readonly inert: boolean
  run: (() => void) | null
}

/** Something with a clock of its own that follows this one: a sample program in its thread. */
export interface Follower {
  /** When it next wants to act; `null` when it waits for nothing but answers. */
  readonly nextDue: () => EpochMillis | null
  readonly advance: (at: EpochMillis) => void
  /** It has told what it does next since it was last advanced or answered. */
  readonly settled: () => boolean
  readonly started: () => number
  readonly finished: () => number
}

export interface VirtualTime extends Timekeeper {
  readonly follow: (follower: Follower) => void
  /** Requests that clients in this thread sent and finished. */
  readonly clientStarted: () => void
  readonly clientFinished: () => void
  /** Requests that the stand-in holds and let go. */
  readonly requestArrived: () => void
  readonly requestReleased: () => void
  /** Work in this thread that is under way for real and takes no virtual time. */
  readonly enter: () => void
  readonly leave: () => void
  /** Something happened; look again. */
  readonly wake: () => void
  readonly runUntil: (end: EpochMillis) => Promise<void>
  readonly clock: Clock.Clock
  readonly layer: Layer.Layer<never>
  /** Milliseconds now, as the program threads read it. */
  readonly shared: Float64Array
}

/** Real milliseconds after which a replay that does not become quiet is given up, with what it waits for. */
const stuckAfterMs = 30_000
/** Turns of the event loop without news that count as quiet. */
const quietTurns = 2

const realImmediate = globalThis.setImmediate
const realTimeout = globalThis.setTimeout

export const makeVirtualTime = (start: EpochMillis): VirtualTime => {
  const shared = new Float64Array(new SharedArrayBuffer(8))
  shared[0] = start
  const heap: Array<Due> = []
  const followers: Array<Follower> = []
  let order = 0
  let activity = 0
  let busy = 0
  const traffic = { started: 0, finished: 0, arrived: 0, released: 0 }
  let resume: (() => void) | null = null

  // Fractions of a millisecond order what would otherwise happen at once; clocks show whole ones.
  let position = start
  const moveTo = (when: EpochMillis): void => {
    position = Math.max(position, when)
    shared[0] = Math.floor(position)
  }
  const now = (): EpochMillis => shared[0]!
  const wake = (): void => {
    activity += 1
    const waiting = resume
    resume = null
    waiting?.()
  }
  const counted = (change: () => void) => () => {
    change()
    wake()
  }

  const at: Timekeeper["at"] = (when, run, inert = false) => {
    const due: Due = { at: Math.max(when, position), order: order++, inert, run }
    push(heap, due)
    return () => {
      due.run = null
    }
  }

  const quiet = (): boolean => {
    if (busy > 0) return false
    let { finished, started } = traffic
    for (const follower of followers) {
      if (!follower.settled()) return false
      started += follower.started()
      finished += follower.finished()
    }
    return started === traffic.arrived && finished === traffic.released
  }

  const settle = async (): Promise<void> => {
    const from = performance.timeOrigin + performance.now()
    for (;;) {
      for (let turn = 0, seen = activity; turn < quietTurns; turn++) {
        await new Promise<void>((next) => realImmediate(next))
        if (activity !== seen) {
          seen = activity
          turn = -1
        }
      }
      if (quiet()) return
      const waited = performance.timeOrigin + performance.now() - from
      if (waited > stuckAfterMs) {
        throw new Error(
          `the replay stands still at ${new Date(now()).toISOString()}: ${JSON.stringify({ busy, ...traffic })}`
        )
      }
      await new Promise<void>((next) => {
        const again = realTimeout(next, 1_000)
        resume = () => {
          clearTimeout(again)
          next()
        }
      })
    }
  }

  const runUntil = async (end: EpochMillis): Promise<void> => {
    let unsettled = true
    for (;;) {
      if (unsettled) await settle()
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
      const before = activity
      if (next !== null) {
        next.advance(now())
        unsettled = true
      } else {
        const due = pop(heap)!
        due.run!()
        unsettled = !due.inert || activity !== before
      }
    }
    moveTo(end)
  }

  const clock: Clock.Clock = {
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
  }

  return {
    now,
    at,
    shared,
    clock,
    layer: Layer.setClock(clock),
    wake,
    runUntil,
    follow: (follower) => {
      followers.push(follower)
    },
    clientStarted: counted(() => (traffic.started += 1)),
    clientFinished: counted(() => (traffic.finished += 1)),
    requestArrived: counted(() => (traffic.arrived += 1)),
    requestReleased: counted(() => (traffic.released += 1)),
    enter: counted(() => (busy += 1)),
    leave: counted(() => (busy -= 1))
  }
}

const before = (a: Due, b: Due): boolean => a.at < b.at || (a.at === b.at && a.order < b.order)

const push = (heap: Array<Due>, due: Due): void => {
  let index = heap.length
  heap.push(due)
  while (index > 0) {
    const parent = (index - 1) >> 1
    if (!before(due, heap[parent]!)) break
    heap[index] = heap[parent]!
    index = parent
  }
  heap[index] = due
}

const pop = (heap: Array<Due>): Due | undefined => {
  const top = heap[0]
  const last = heap.pop()
  if (top === undefined || last === undefined || heap.length === 0) return top
  let index = 0
  for (;;) {
    let child = index * 2 + 1
    if (child >= heap.length) break
    if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child += 1
    if (!before(heap[child]!, last)) break
    heap[index] = heap[child]!
    index = child
  }
  heap[index] = last
  return top
}
