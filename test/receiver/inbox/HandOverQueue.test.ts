/** The hand-over's queue over an inbox in memory: order, retries, parked events, faults, and a process that ends. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { WebhookEvent } from "../../../src/domain/Event.js"
import type { ToHandOver } from "../../../src/receiver/inbox/Delivery.js"
import { openHandOverQueue, type Settlement } from "../../../src/receiver/inbox/HandOverQueue.js"
import type { InboxFile } from "../../../src/receiver/inbox/InboxFile.js"
import { StoreError } from "../../../src/store/index.js"
import { openMemoryInbox, ticketEvent } from "../../support/memoryInbox.js"

const nothing: Settlement = { delivered: [], failed: [], returned: [] }
const ids = (events: ReadonlyArray<ToHandOver>): ReadonlyArray<number> => events.map(({ deliveryId }) => deliveryId)
const eventIn = ({ body }: ToHandOver): WebhookEvent => JSON.parse(body) as WebhookEvent

/** An event of an entity whose snapshot counts up. */
const change = (entityId: string, n: number) => ticketEvent(n, { n }, { entityId })

const open = (changed?: (file: InboxFile) => InboxFile) => {
  const memory = openMemoryInbox()
  const file = changed?.(memory.file) ?? memory.file
  const start = () => openHandOverQueue(file, memory.aside)
  let queue = start()
  return {
    ...memory,
    apply: (...events: ReadonlyArray<readonly [entityId: string, n: number]>) =>
      void memory.apply(events.map(([entityId, n]) => change(entityId, n))),
    exchange: (settlement: Partial<Settlement> = {}, want = 100, now = 1_000) =>
      queue.exchange({ ...nothing, ...settlement }, want, now),
    anyDue: (now: number) => queue.anyDue(now),
    backlog: () => queue.backlog(),
    lookAgain: () => queue.lookAgain(),
    restart: () => {
      queue = start()
    }
  }
}

describe("events", () => {
  it("are given out once, in the order of their numbers, each with its own before and after", () => {
    const { apply, exchange } = open()
    apply(["1", 1], ["2", 1], ["1", 2], ["1", 3])
    const first = exchange({}, 2).events
    const rest = exchange({}).events
    expect([ids(first), ids(rest)]).toEqual([
      [1, 2],
      [3, 4]
    ])
    expect([...first, ...rest].map(eventIn).map(({ after, before }) => [before?.["n"] ?? null, after?.["n"]])).toEqual([
      [null, 1],
      [null, 1],
      [1, 2],
      [2, 3]
    ])
    expect(exchange()).toEqual({ events: [], nextDue: null, more: false })
  })
  it("that are returned are given out again, and delivered ones never", () => {
    const { apply, exchange, lookAgain, restart, row } = open()
    apply(["1", 1], ["2", 1], ["3", 1])
    exchange()
    expect(ids(exchange({ delivered: [1], returned: [2] }).events)).toEqual([2])
    expect(row(1)).toMatchObject({ state: "delivered", delivered_at: 1_000, attempts: 1, undo: null })
    exchange({ delivered: [2, 3] })
    lookAgain()
    expect(exchange().events).toEqual([])
    restart()
    expect(exchange().events).toEqual([])
  })
  it("of smaller numbers are found when the queue is asked to look again", () => {
    const { apply, exchange, file, lookAgain } = open()
    apply(["1", 1], ["2", 1])
    file.database.prepare("UPDATE delivery SET applied = 0 WHERE id = 1").run()
    expect(ids(exchange().events)).toEqual([2])
    file.database.prepare("UPDATE delivery SET applied = 1 WHERE id = 1").run()
    expect(exchange().events).toEqual([])
    lookAgain()
    expect(ids(exchange().events)).toEqual([1])
  })
  it("are counted with the time of the oldest, and said to be due", () => {
    const { anyDue, apply, backlog, exchange } = open()
    expect([backlog(), anyDue(1_000)]).toEqual([{ events: 0, oldestReceivedAt: null }, false])
    apply(["1", 1], ["2", 1])
    exchange()
    exchange({ delivered: [1], failed: [{ id: 2, retryAt: 5_000, error: "Timeout" }] })
    expect([backlog(), anyDue(4_999), anyDue(5_000)]).toEqual([{ events: 1, oldestReceivedAt: 1_001 }, false, true])
  })
})

describe("an event that failed", () => {
  const failed = (id: number, retryAt: number | null) => ({ failed: [{ id, retryAt, error: "Status503" }] })

  it("parks the later ones of its entity until its next try is settled", () => {
    const { apply, exchange, row } = open()
    apply(["1", 1], ["1", 2], ["2", 1])
    exchange({}, 1)
    expect(exchange(failed(1, 5_000))).toMatchObject({ nextDue: 5_000, events: [{ deliveryId: 3 }] })
    expect(row(1)).toMatchObject({ state: "stored", attempts: 1, last_error: "Status503", next_attempt_at: 5_000 })
    expect(row(2)["next_attempt_at"]).toBeNull()
    expect(exchange({}, 100, 4_999).events).toEqual([])
    expect(exchange({}, 100, 5_000).events).toMatchObject([{ deliveryId: 1, attempts: 1 }])
    expect(ids(exchange({ delivered: [1] }).events)).toEqual([2])
  })
  it("says that parked events are ready again, though none was asked for", () => {
    for (const settlement of [{ delivered: [1] }, failed(1, null)]) {
      const { apply, exchange } = open()
      apply(["1", 1], ["1", 2])
      exchange({}, 1)
      expect(exchange(failed(1, 5_000))).toMatchObject({ events: [], more: false })
      expect(exchange({}, 100, 5_000)).toMatchObject({ events: [{ deliveryId: 1 }], more: false })
      expect(exchange(settlement, 0)).toMatchObject({ events: [], more: true })
      expect(exchange({}, 100)).toMatchObject({ events: [{ deliveryId: 2 }], more: false })
    }
  })
  it("and is given up keeps its before and after, and lets the others go on", () => {
    const { apply, exchange, inbox, lookAgain, row } = open()
    apply(["1", 1], ["1", 2], ["1", 3])
    exchange({}, 1)
    exchange(failed(1, 5_000))
    exchange({}, 1, 5_000)
    expect(ids(exchange({ ...failed(1, null), delivered: [] }).events)).toEqual([2, 3])
    expect(row(1)).toMatchObject({ state: "dead", attempts: 2, next_attempt_at: null })
    exchange({ delivered: [2, 3] })
    apply(["1", 4])
    expect(inbox.retry(1)).toBe(true)
    lookAgain()
    const events = exchange().events.map(eventIn)
    expect(events.map(({ after, before }) => [before?.["n"] ?? null, after?.["n"]])).toEqual([
      [null, 1],
      [3, 4]
    ])
  })
  it("is tried again before ready ones, but takes no more than half of what is wanted", () => {
    const { apply, exchange } = open()
    const entities = Array.from({ length: 8 }, (_, n) => `${n + 1}`)
    apply(...entities.map((id) => [id, 1] as const))
    exchange({}, 4)
    exchange({ failed: [4, 3, 2, 1].map((id, at) => ({ id, retryAt: 2_000 + at, error: "x" })) }, 0)
    const { events, nextDue } = exchange({}, 4, 9_000)
    expect(ids(events)).toEqual([4, 3, 5, 6])
    expect(nextDue).toBe(2_000)
  })
  it("brings hundreds of parked events back in order", () => {
    const { apply, exchange } = open()
    apply(...Array.from({ length: 300 }, (_, n) => ["1", n + 1] as const))
    exchange({}, 1)
    exchange(failed(1, 5_000), 1_000)
    expect(ids(exchange({}, 1_000, 5_000).events)).toEqual([1])
    const back = ids(exchange({ delivered: [1] }, 1_000).events)
    expect(back).toEqual(Array.from({ length: 256 }, (_, n) => n + 2))
    expect(ids(exchange({ delivered: back }, 1_000).events)).toEqual(Array.from({ length: 43 }, (_, n) => n + 258))
  })
})

describe("a process that ends", () => {
  it("leaves its unsettled events to the next one, and parked ones behind their retry", () => {
    const { apply, exchange, restart } = open()
    apply(["1", 1], ["1", 2], ["2", 1])
    exchange({}, 1)
    exchange({ failed: [{ id: 1, retryAt: 5_000, error: "x" }] })
    restart()
    expect(exchange()).toMatchObject({ events: [{ deliveryId: 3 }], nextDue: 5_000 })
    expect(ids(exchange({}, 100, 5_000).events)).toEqual([1])
    expect(ids(exchange({ delivered: [1, 3] }).events)).toEqual([2])
  })
  it("between a settled retry and its parked events leaves none of them behind", () => {
    const { apply, exchange, file, restart } = open()
    apply(["1", 1], ["1", 2])
    file.database.prepare("UPDATE delivery SET next_attempt_at = NULL").run()
    restart()
    expect(ids(exchange().events)).toEqual([1, 2])
  })
})

describe("a fault", () => {
  it("of the disk changes nothing, in the file or in memory", () => {
    let full = false
    const { apply, exchange, lookAgain, row } = open((file) => ({
      ...file,
      relaxed: (work) =>
        file.relaxed(() => {
          const result = work()
          if (full) throw new StoreError("full", "no room")
          return result
        })
    }))
    apply(["1", 1], ["1", 2], ["2", 1], ["3", 1])
    exchange({}, 1)
    const settlement = { failed: [{ id: 1, retryAt: 5_000, error: "x" }] }
    full = true
    expect(() => exchange(settlement)).toThrow("no room")
    expect(row(1)["attempts"]).toBe(0)
    full = false
    expect(exchange(settlement)).toMatchObject({ events: [{ deliveryId: 3 }, { deliveryId: 4 }], nextDue: 5_000 })
    full = true
    expect(() => exchange({ delivered: [3], returned: [4] })).toThrow("no room")
    full = false
    lookAgain()
    expect(exchange().events).toEqual([])
    expect(ids(exchange({ delivered: [3], returned: [4] }).events)).toEqual([4])
  })
  it("of a row sets that row aside, gives all others out, and it once it is mended", () => {
    const { apply, aside, exchange, file, inbox, lookAgain, row } = open()
    apply(["1", 1], ["2", 1], ["2", 2], ["3", 1])
    const setUndo = (undo: unknown) => file.database.prepare("UPDATE delivery SET undo = ? WHERE id = 2").run(undo)
    const { undo } = row(2)
    setUndo(Buffer.from("broken"))
    expect(ids(exchange().events)).toEqual([1, 3, 4])
    expect(row(2)).toMatchObject({ state: "dead", next_attempt_at: null })
    expect(aside.news()).toMatchObject([{ rows: 1 }])
    expect(ids(exchange({ delivered: [1, 3], returned: [4] }).events)).toEqual([4])
    setUndo(undo)
    expect(inbox.retry(2)).toBe(true)
    lookAgain()
    expect(ids(exchange().events)).toEqual([2])
  })
})

type Outcome = "delivered" | "dead" | "retry" | "returned" | "inHand"

const plans = fc.record({
  entities: fc.array(fc.constantFrom("1", "2", "3"), { minLength: 1, maxLength: 10 }),
  rounds: fc.array(
    fc.record({
      want: fc.integer({ min: 0, max: 4 }),
      outcomes: fc.array(fc.constantFrom<Outcome>("delivered", "dead", "retry", "returned", "inHand"), {
        maxLength: 6
      }),
      ends: fc.boolean()
    }),
    { maxLength: 10 }
  )
})

type Plan = typeof plans extends fc.Arbitrary<infer One> ? One : never

/**
 * The results of events in hand. As the hand-over does (handover/EntityQueues.ts), it keeps an entity's order: behind an event that is
 * in hand the later ones wait, and behind one that goes back they go back.
 */
const resultsOf = (held: ReadonlyArray<ToHandOver>, outcomes: ReadonlyArray<Outcome>, retryAt: number) => {
  const before = new Map<string, "inHand" | "returned">()
  const results = held.map((event, at) => {
    const result = before.get(event.entityId) ?? outcomes[at] ?? "inHand"
    if (result === "inHand") before.set(event.entityId, "inHand")
    if (result === "retry" || result === "returned") before.set(event.entityId, "returned")
    return { event, id: event.deliveryId, result }
  })
  const of = (...wanted: ReadonlyArray<Outcome>) => results.filter(({ result }) => wanted.includes(result))
  const settlement: Settlement = {
    delivered: of("delivered").map(({ id }) => id),
    failed: of("dead", "retry").map(({ id, result }) => ({
      id,
      retryAt: result === "dead" ? null : retryAt,
      error: "x"
    })),
    returned: of("returned").map(({ id }) => id)
  }
  return {
    settlement,
    done: of("delivered", "dead").map(({ event }) => event),
    inHand: of("inHand").map(({ event }) => event)
  }
}

describe("whatever the target does", () => {
  it("every event is settled once, in its entity's order, with the state before it", () => {
    const { apply, exchange, file, restart } = open()
    const run = ({ entities, rounds }: Plan) => {
      file.database.exec("DELETE FROM delivery; DELETE FROM entity_state")
      restart()
      const counts = new Map<string, number>()
      const countOf = (id: string): number => {
        counts.set(id, (counts.get(id) ?? 0) + 1)
        return counts.get(id)!
      }
      apply(...entities.map((id) => [id, countOf(id)] as const))
      let now = 1_000
      let held: ReadonlyArray<ToHandOver> = []
      const settled: Array<ToHandOver> = []
      const step = (outcomes: ReadonlyArray<Outcome>, want: number): void => {
        const { done, inHand, settlement } = resultsOf(held, outcomes, now + 10)
        settled.push(...done)
        held = [...inHand, ...exchange(settlement, want, now).events]
        now += 7
      }
      for (const { ends, outcomes, want } of rounds) {
        step(outcomes, want)
        if (!ends) continue
        held = []
        restart()
      }
      for (let round = 0; round < 40 && settled.length < entities.length; round++)
        step(
          held.map(() => "delivered"),
          100
        )
      expect(settled).toHaveLength(entities.length)
      for (const id of counts.keys()) {
        const own = settled.filter(({ entityId }) => entityId === id).map(eventIn)
        const steps = own.map(({ after, before }) => [before?.["n"] ?? 0, after?.["n"]])
        expect(steps).toEqual(own.map((_, at) => [at, at + 1]))
      }
    }
    fc.assert(fc.property(plans, run), { numRuns: 20 })
  })
})
