/** The hand-over against an inbox and a clock of the test's own: order, settling, retries, pauses, and how it stops. */
import { describe, expect, it, vi } from "vitest"
import type { Timekeeper } from "../../src/domain/Time.js"
import { makeEntityQueues } from "../../src/receiver/handover/EntityQueues.js"
import { type HandOverOptions, startHandOver } from "../../src/receiver/handover/HandOver.js"
import { makeRateLimit } from "../../src/receiver/handover/RateLimit.js"
import { TargetFailure } from "../../src/receiver/handover/Target.js"
import type { ToHandOver } from "../../src/receiver/inbox/Delivery.js"
import type { Settlement } from "../../src/receiver/inbox/HandOverQueue.js"
import { noLog } from "../../src/receiver/operations/Log.js"
import { makeMetrics } from "../../src/receiver/operations/Metrics.js"

/** A clock that moves when it is told to. */
const manualTime = () => {
  let now = 1_000_000
  const timers = new Set<{ readonly at: number; readonly run: () => void }>()
  const time: Timekeeper = {
    now: () => now,
    at: (at, run) => {
      const timer = { at, run }
      timers.add(timer)
      return () => void timers.delete(timer)
    }
  }
  return {
    time,
    pending: () => [...timers].map(({ at }) => at - now),
    pass: async (ms: number) => {
      now += ms
      for (const timer of [...timers].filter(({ at }) => at <= now)) {
        timers.delete(timer)
        timer.run()
      }
      await turns()
    }
  }
}

/** Promises that were resolved have run. */
const turns = async () => {
  for (let n = 0; n < 20; n++) await Promise.resolve()
}

const event = (id: number, entityId = String(id), attempts = 0): ToHandOver => ({
  deliveryId: id,
  attempts,
  eventId: `evt_${id}`,
  source: "s",
  entity: "ticket",
  entityId,
  body: "{}"
})

/** Gives out what waits, and remembers what it was told. */
const starting = (waiting: Array<ToHandOver>, options: Partial<HandOverOptions> = {}) => {
  const clock = manualTime()
  const told: Array<Settlement> = []
  const wants: Array<number> = []
  const inHand: Array<{ readonly event: ToHandOver; readonly end: (failure?: unknown) => Promise<void> }> = []
  let failing = false
  let work = 0
  let stuck = 0
  const handOver = startHandOver({
    exchange: async (settlement, want) => {
      if (failing) throw Object.assign(new Error("locked"), { reason: "locked" })
      told.push(settlement)
      wants.push(want)
      return { events: waiting.splice(0, want), nextDue: null, more: waiting.length > 0 }
    },
    target: {
      deliver: (given) =>
        new Promise<void>((resolve, reject) => {
          inHand.push({
            event: given,
            end: (failure) => {
              if (failure === undefined) resolve()
              else reject(failure)
              return turns()
            }
          })
        })
    },
    time: clock.time,
    metrics: makeMetrics(),
    log: noLog,
    onStuck: () => {
      stuck += 1
    },
    onGoing: () => undefined,
    onWork: (change) => {
      work += change
    },
    ...options
  })
  const settled = () => ({
    delivered: told.flatMap(({ delivered }) => delivered),
    failed: told.flatMap(({ failed }) => failed),
    returned: told.flatMap(({ returned }) => returned)
  })
  return {
    ...clock,
    handOver,
    inHand,
    settled,
    wants,
    working: () => work,
    stuck: () => stuck,
    inboxFails: (fails: boolean) => {
      failing = fails
    },
    ids: () => inHand.map(({ event: { deliveryId } }) => deliveryId)
  }
}

describe("the hand-over's loop", () => {
  it("asks for events that a settled one released, without another wake", async () => {
    const rounds: Array<ReadonlyArray<ToHandOver>> = [[event(1, "a")], [], []]
    const released = [event(2, "a")]
    const { handOver, ids, inHand } = starting([], {
      exchange: async ({ delivered }, want) => {
        const isRelease = delivered.includes(1)
        if (isRelease) expect(want).toBe(0)
        if (isRelease) rounds.push(released)
        const events = want > 0 ? (rounds.shift() ?? []) : []
        while (want > 0 && rounds[0]?.length === 0) rounds.shift()
        return { events, nextDue: null, more: isRelease }
      }
    })
    handOver.wake()
    await turns()
    await inHand[0]!.end()
    expect(ids()).toEqual([1, 2])
  })
  it("gives one entity's events in order and others beside them, up to its bound", async () => {
    const { handOver, ids, inHand, settled, working } = starting(
      [event(1, "a"), event(2, "a"), event(3, "b"), event(4, "c")],
      {
        concurrency: 2
      }
    )
    handOver.wake()
    await turns()
    expect(ids()).toEqual([1, 3])
    await inHand[1]!.end()
    expect(ids()).toEqual([1, 3, 4])
    await inHand[0]!.end()
    expect(ids()).toEqual([1, 3, 4, 2])
    await inHand[2]!.end()
    await inHand[3]!.end()
    expect([...settled().delivered].sort()).toEqual([1, 2, 3, 4])
    expect(working()).toBe(0)
    expect(handOver.standing()).toEqual({ ended: 4, inHand: 0, pausing: false })
  })
  it("tells a failure at once, with its next try, and gives back what stands behind it", async () => {
    const { handOver, ids, inHand, settled, time } = starting([event(1, "a"), event(2, "a"), event(3, "b")], {
      retrySeconds: [10]
    })
    handOver.wake()
    await turns()
    await inHand[0]!.end(new TargetFailure("Status500", false))
    const { failed, returned } = settled()
    expect(failed).toMatchObject([{ id: 1, error: "Status500" }])
    const wait = failed[0]!.retryAt! - time.now()
    expect(wait).toBeGreaterThanOrEqual(8_000)
    expect(wait).toBeLessThanOrEqual(12_000)
    expect(returned).toEqual([2])
    expect(ids()).toEqual([1, 3])
  })
  it("gives an event up when its schedule is at its end, and hands over what stands behind it", async () => {
    const { handOver, ids, inHand, settled } = starting([event(1, "a", 1), event(2, "a")], { retrySeconds: [10] })
    handOver.wake()
    await turns()
    await inHand[0]!.end(new Error("not now"))
    expect(settled().failed).toEqual([{ id: 1, retryAt: null, error: "Error" }])
    expect(ids()).toEqual([1, 2])
  })
  it("tells once more what an exchange that failed was to tell", async () => {
    const { handOver, inHand, inboxFails, pass, settled, stuck, working } = starting([event(1)])
    handOver.wake()
    await turns()
    inboxFails(true)
    await inHand[0]!.end()
    // The time until it is tried again is no work: a replay lets it pass.
    expect([stuck(), settled().delivered, working()]).toEqual([1, [], 0])
    inboxFails(false)
    await pass(1_000)
    expect(settled().delivered).toEqual([1])
    expect(working()).toBe(0)
  })
  it("leaves a target alone that is down, then sends one event as a probe", async () => {
    const { handOver, ids, inHand, pass } = starting(
      Array.from({ length: 30 }, (_, n) => event(n + 1)),
      { concurrency: 10 }
    )
    handOver.wake()
    await turns()
    const refuseAll = async (from: number, to: number) => {
      for (const { end } of inHand.slice(from, to)) await end(new TargetFailure("ECONNREFUSED", true))
    }
    // Each failure makes room for the next event, until there are ten in a row.
    await refuseAll(0, 10)
    expect(ids()).toHaveLength(19)
    await refuseAll(10, 19)
    expect(ids()).toHaveLength(19)
    expect(handOver.standing().pausing).toBe(true)
    await pass(1_000)
    expect(ids()).toHaveLength(20)
    await inHand[19]!.end()
    expect(ids()).toHaveLength(30)
  })
  it("keeps to a rate", async () => {
    const { handOver, ids, inHand, pass } = starting(
      Array.from({ length: 10 }, (_, n) => event(n + 1)),
      { ratePerSecond: 2 }
    )
    handOver.wake()
    await turns()
    expect(ids()).toHaveLength(2)
    for (const { end } of [...inHand]) await end()
    await pass(500)
    expect(ids()).toHaveLength(3)
  })
  it("asks for no more than it may hold, and for more once half of that is done", async () => {
    const { handOver, inHand, wants } = starting(
      Array.from({ length: 300 }, (_, n) => event(n + 1)),
      { concurrency: 32 }
    )
    handOver.wake()
    await turns()
    expect(wants[0]).toBe(128)
    for (let n = 0; n < 64; n++) await inHand[n]!.end()
    expect(wants.filter((want) => want > 0)).toEqual([128, 64])
  })
  it("stops: settles what the target had in hand, and takes nothing more", async () => {
    const { handOver, inHand, settled } = starting([event(1)])
    handOver.wake()
    await turns()
    const stopped = handOver.stop()
    await inHand[0]!.end()
    await stopped
    expect(settled().delivered).toEqual([1])
  })
  it("stops within seconds where nothing is in hand and the inbox cannot be written", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] })
    try {
      const { handOver, inHand, inboxFails, pending, working } = starting([event(1)])
      handOver.wake()
      await turns()
      inboxFails(true)
      await inHand[0]!.end()
      let isStopped = false
      const stopped = handOver.stop().then(() => {
        isStopped = true
      })
      await vi.advanceTimersByTimeAsync(10_000)
      expect(isStopped).toBe(true)
      await stopped
      // Nothing is tried behind the stop.
      expect([pending(), working()]).toEqual([[], 0])
    } finally {
      vi.useRealTimers()
    }
  })
})

describe("what waits of each entity", () => {
  it("goes back while the inbox does not know of a failure, and no longer once it does", () => {
    const queues = makeEntityQueues()
    expect(queues.take([event(1, "a"), event(2, "a")])).toEqual([])
    const first = queues.next()
    expect(queues.failed(first, true)).toEqual([2])
    queues.done(first)
    const told = queues.failing()
    expect(queues.take([event(3, "a"), event(4, "b")])).toEqual([3])
    queues.told(told)
    expect(queues.take([event(3, "a")])).toEqual([])
    expect([queues.held(), queues.ready()]).toEqual([2, 2])
  })
})

describe("a rate limit", () => {
  it("allows a second's worth at once, and says when the next is allowed", () => {
    const limit = makeRateLimit(4, 0)
    for (let n = 0; n < 4; n++) {
      expect(limit.allows(0)).toBe(true)
      limit.spend()
    }
    expect(limit.allows(0)).toBe(false)
    expect(limit.allowsAt(0)).toBe(250)
    expect(limit.allows(250)).toBe(true)
  })
  it("allows everything where no rate is set", () => {
    const limit = makeRateLimit(undefined, 0)
    for (let n = 0; n < 1_000; n++) limit.spend()
    expect(limit.allows(0)).toBe(true)
  })
})
