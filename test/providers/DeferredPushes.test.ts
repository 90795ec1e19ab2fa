/** Pushes that found no call left: when they go out, in what order, and when they are dropped. */
import { expect, it } from "vitest"
import { makeDeferredPushes } from "../../src/providers/index.js"

const minute = 60_000
const hour = 60 * minute

/** Drains as told until nothing waits, with so much room in each minute. */
const drained = (room: number, deferredAt: ReadonlyArray<number>) => {
  const pushes = makeDeferredPushes<number>(minute)
  const went: Array<string> = []
  const used = new Map<number, number>()
  let next: number | null = null
  deferredAt.forEach((at, push) => {
    next = pushes.defer(push, at) ?? next
  })
  while (next !== null) {
    const at: number = next
    next = pushes.drain(at, {
      take: (now) => {
        const count = used.get(now) ?? 0
        used.set(now, count + 1)
        return count < room
      },
      goesOut: (push) => went.push(`${push} at ${at / minute}`),
      dropped: (push) => went.push(`${push} dropped at ${at / minute}`)
    })
  }
  return went
}

it("go out with the next hour, as many a period as the limit has room for, in their order", () => {
  expect(drained(2, [10 * minute, 11 * minute, 59 * minute + 59_999])).toEqual(["0 at 60", "1 at 60", "2 at 61"])
})
it("wait for their own hour, although others are let out before it", () => {
  expect(drained(2, [10 * minute, hour, 2 * hour - 1])).toEqual(["0 at 60", "1 at 120", "2 at 120"])
})
it("are dropped once they have waited for more than a day", () => {
  expect(drained(0, [30 * minute]).slice(-1)).toEqual([`0 dropped at ${25 * 60 - 29}`])
})
