/** Deliveries on their way to the inbox's thread: batches, bounds, the deadline, and one answer to each. */
import fc from "fast-check"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import type { CommitResult } from "../../../src/domain/CommitResult.js"
import { type CommitQueueOptions, makeCommitQueue } from "../../../src/receiver/inbox/CommitQueue.js"
import type { IncomingDelivery } from "../../../src/receiver/inbox/Delivery.js"
import { outcomes } from "../../../src/receiver/inbox/ThreadMessages.js"

beforeEach(() =>
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setImmediate", "clearImmediate", "hrtime"] })
)
afterEach(() => vi.useRealTimers())

const delivery = (body: string): IncomingDelivery => ({
  source: "fd",
  origin: "webhook",
  receivedAt: 1,
  body: Buffer.from(body),
  deliveryId: body,
  headers: { a: "b" }
})

/** A queue, the batches that it has sent, and the answers by body. */
const start = (options: Partial<CommitQueueOptions> = {}) => {
  const sent: Array<{ readonly batch: number; readonly bodies: ReadonlyArray<string>; readonly giveUpAt: number }> = []
  const answers: Array<readonly [body: string, result: CommitResult]> = []
  const queue = makeCommitQueue({
    deadlineMs: 1_000,
    send: (batch, heads, bytes, giveUpAt) => {
      let at = 0
      const bodies = heads.map(({ length, ...head }) => {
        at += length
        const body = Buffer.from(bytes.subarray(at - length, at)).toString()
        const { body: _, ...rest } = delivery(body)
        expect(head).toEqual(rest)
        return body
      })
      expect(at).toBe(bytes.length)
      sent.push({ batch, bodies, giveUpAt })
    },
    ...options
  })
  const put = (...bodies: ReadonlyArray<string>): void => {
    for (const body of bodies) queue.put(delivery(body), (result) => void answers.push([body, result]))
  }
  const turn = () => vi.advanceTimersByTime(0)
  return { queue, sent, answers, put, turn }
}

const numbered = (count: number, from = 0): ReadonlyArray<string> =>
  Array.from({ length: count }, (_, n) => `d${n + from}`)
const codes = (...results: ReadonlyArray<CommitResult>): Uint8Array =>
  Uint8Array.from(results, (result) => outcomes.indexOf(result))

describe("batches", () => {
  it("hold the deliveries of one turn, sixteen at the most", () => {
    const { put, sent, turn } = start()
    put(...numbered(18))
    expect(sent.map(({ bodies }) => bodies)).toEqual([numbered(16)])
    turn()
    expect(sent.map(({ bodies }) => bodies)).toEqual([numbered(16), numbered(2, 16)])
    put("next")
    turn()
    expect(sent[2]!.bodies).toEqual(["next"])
    expect(new Set(sent.map(({ batch }) => batch)).size).toBe(3)
  })
  it("answer each of their deliveries by its place", () => {
    const { answers, put, queue, sent, turn } = start()
    put("a", "b", "c", "d")
    turn()
    expect(queue.waiting()).toBe(4)
    queue.committed(sent[0]!.batch, codes("duplicate", "stored", "unavailable", "quarantined"))
    expect(answers).toEqual([
      ["a", "duplicate"],
      ["b", "stored"],
      ["c", "unavailable"],
      ["d", "quarantined"]
    ])
    expect(queue.waiting()).toBe(0)
    queue.committed(sent[0]!.batch, codes("stored", "stored", "stored", "stored"))
    queue.refused(99)
    expect(answers).toHaveLength(4)
  })
  it("are refused one at a time, or all that were sent when the thread dies", () => {
    const { answers, put, queue, sent, turn } = start()
    for (const body of ["a", "b", "c"]) {
      put(body)
      turn()
    }
    queue.refused(sent[1]!.batch)
    expect(answers).toEqual([["b", "unavailable"]])
    put("gathering")
    queue.refuseAll()
    expect(answers.slice(1)).toEqual([
      ["a", "unavailable"],
      ["c", "unavailable"]
    ])
    turn()
    expect([sent[3]!.bodies, queue.waiting()]).toEqual([["gathering"], 1])
  })
})

describe("bounds", () => {
  it("refuse the next delivery at once, and let others in when room is made", () => {
    const { answers, put, queue, sent, turn } = start({ most: 2 })
    put("a", "b", "c")
    expect(answers).toEqual([["c", "unavailable"]])
    turn()
    put("d")
    queue.committed(sent[0]!.batch, codes("stored", "stored"))
    put("e")
    expect(answers.map(([body]) => body)).toEqual(["c", "d", "a", "b"])
    expect(queue.waiting()).toBe(1)
  })
  it("count bytes, but a single delivery may be larger than all of them", () => {
    const { answers, put, queue, sent, turn } = start({ mostBytes: 10 })
    put("x".repeat(50), "y")
    expect(answers).toEqual([["y", "unavailable"]])
    turn()
    queue.committed(sent[0]!.batch, codes("stored"))
    put("12345", "67890", "z")
    expect(answers.slice(2)).toEqual([["z", "unavailable"]])
    turn()
    queue.refused(sent[1]!.batch)
    put("z")
    expect(queue.waiting()).toBe(1)
  })
})

describe("the deadline", () => {
  it("answers each delivery of an overdue batch once, whatever the disk says later", () => {
    const { answers, put, queue, sent, turn } = start()
    put("a", "b")
    turn()
    vi.advanceTimersByTime(1_000)
    expect(answers).toEqual([])
    vi.advanceTimersByTime(2)
    expect(answers).toEqual([
      ["a", "unavailable"],
      ["b", "unavailable"]
    ])
    // They still hold their place: the thread has them.
    expect(queue.waiting()).toBe(2)
    queue.committed(sent[0]!.batch, codes("stored", "stored"))
    expect([answers.length, queue.waiting()]).toEqual([2, 0])
  })
  it("is each batch's own, and travels with it", () => {
    const { answers, put, sent, turn } = start()
    put("a")
    turn()
    vi.advanceTimersByTime(600)
    put("b")
    turn()
    expect(sent[1]!.giveUpAt - sent[0]!.giveUpAt).toBeCloseTo(600)
    vi.advanceTimersByTime(402)
    expect(answers.map(([body]) => body)).toEqual(["a"])
    vi.advanceTimersByTime(601)
    expect(answers.map(([body]) => body)).toEqual(["a", "b"])
  })
})

type Step =
  | { readonly kind: "put"; readonly count: number }
  | { readonly kind: "pass"; readonly ms: number }
  | { readonly kind: "commit" | "refuse"; readonly which: number }
  | { readonly kind: "die" }

const steps: fc.Arbitrary<ReadonlyArray<Step>> = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant("put" as const), count: fc.integer({ min: 1, max: 20 }) }),
    fc.record({ kind: fc.constant("pass" as const), ms: fc.integer({ min: 0, max: 700 }) }),
    fc.record({ kind: fc.constantFrom("commit" as const, "refuse" as const), which: fc.nat({ max: 5 }) }),
    fc.constant({ kind: "die" as const })
  ),
  { maxLength: 15 }
)

describe("whatever comes", () => {
  it("each delivery is sent once, in order, and answered once", () => {
    fc.assert(
      fc.property(steps, (all) => {
        const { answers, put, queue, sent, turn } = start({ most: 40 })
        let puts = 0
        const settle = (which: number, stored: boolean): void => {
          const one = sent[which % Math.max(1, sent.length)]
          if (one === undefined) return
          if (stored) queue.committed(one.batch, codes(...one.bodies.map(() => "stored" as const)))
          else queue.refused(one.batch)
        }
        for (const step of all) {
          if (step.kind === "put") {
            put(...numbered(step.count, puts))
            puts += step.count
          } else if (step.kind === "pass") vi.advanceTimersByTime(step.ms)
          else if (step.kind === "die") queue.refuseAll()
          else settle(step.which, step.kind === "commit")
        }
        turn()
        for (const at of sent.keys()) settle(at, true)
        expect(answers.map(([body]) => body).sort()).toEqual([...numbered(puts)].sort())
        const bodies = sent.flatMap((one) => one.bodies)
        expect(bodies).toEqual([...bodies].sort((a, b) => Number(a.slice(1)) - Number(b.slice(1))))
        expect(new Set(bodies).size).toBe(bodies.length)
        expect(queue.waiting()).toBe(0)
      }),
      { numRuns: 40 }
    )
  })
})
