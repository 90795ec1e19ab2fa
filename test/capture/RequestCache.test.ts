import fc from "fast-check"
import { expect, it } from "vitest"
import { BodyComparator } from "../../src/capture/recorder/BodyComparator.js"
import type { CachedBody } from "../../src/capture/recorder/CachedBody.js"
import { RequestCache } from "../../src/capture/recorder/RequestCache.js"

/** Calls of one request that overlap in any way; each brings a body in two chunks. */
const steps = fc.array(fc.record({ call: fc.nat(5), body: fc.constantFrom("aa", "ab", "ba", "aab", "b", "abab") }), {
  minLength: 20,
  maxLength: 120
})

it("takes a body for one that was there only when it is, however calls overlap", () => {
  let repeated = 0
  fc.assert(
    fc.property(steps, (plan) => {
      let ids = 0
      const requests = new RequestCache(() => 1)
      const request = requests.of("GET", "u", null, null)
      const contents = new Map<number, string>()
      const underWay = new Map<number, { comparator: BodyComparator; body: string; sent: boolean }>()
      const end = (comparator: BodyComparator, body: string) => {
        const ended = comparator.end()!
        if (ended.kind === "repeated" && request.bodies.includes(ended.body)) {
          repeated += 1
          expect(contents.get(ended.body.id)).toBe(body)
          return
        }
        const found: CachedBody = ended.body
        expect(found.content().toString()).toBe(body)
        found.id = ids++
        contents.set(found.id, body)
        requests.add(request, found)
      }
      for (const { body, call } of plan) {
        const open = underWay.get(call)
        if (open === undefined) {
          const comparator = new BodyComparator(request.bodies, requests)
          underWay.set(call, { comparator, body, sent: false })
        } else if (!open.sent) {
          open.comparator.chunk(Buffer.from(open.body.slice(0, 1)))
          open.sent = true
        } else {
          open.comparator.chunk(Buffer.from(open.body.slice(1)))
          end(open.comparator, open.body)
          underWay.delete(call)
        }
      }
    }),
    { numRuns: 2_000, seed: 8 }
  )
  expect(repeated).toBeGreaterThan(1_000)
})

const mebi = 1024 * 1024
const copied = (bodies: ReadonlyArray<BodyComparator>) =>
  bodies.map((comparator) => comparator.end()?.body.length ?? null)

it("holds a bounded part of all bodies that are under way at once, and lets go of the largest first", () => {
  const requests = new RequestCache(() => 1)
  const large = Array.from({ length: 40 }, () => new BodyComparator([], requests))
  const small = Array.from({ length: 200 }, () => new BodyComparator([], requests))
  for (let n = 0; n < 12; n++) {
    for (const comparator of large) comparator.chunk(Buffer.alloc(mebi))
    for (const comparator of small) comparator.chunk(Buffer.alloc(1_000))
  }
  // A buffer is at most half as large again as what is in it.
  const kept = copied(large).filter((length) => length !== null)
  expect(kept.every((length) => length === 12 * mebi)).toBe(true)
  expect(kept.length).toBeLessThanOrEqual(2)
  expect(copied(small)).toEqual(small.map(() => 12_000))
  // What has ended makes room again.
  const next = new BodyComparator([], requests)
  next.chunk(Buffer.alloc(15 * mebi))
  expect(next.end()?.body.length).toBe(15 * mebi)
})

it("counts bodies that it has forgotten for as long as calls compare with them", () => {
  const requests = new RequestCache(() => 1)
  let ids = 0
  const bring = (url: string, fill: number) => {
    const request = requests.of("GET", url, null, null)
    const comparator = new BodyComparator(request.bodies, requests)
    comparator.chunk(Buffer.alloc(600_000, fill))
    const { body } = comparator.end()!
    body.id = ids++
    requests.add(request, body)
    return request
  }
  // 40 requests whose next call is slow: each compares with the body before.
  const slow = Array.from({ length: 40 }, (_, n) => {
    const comparator = new BodyComparator(bring(`slow ${n}`, n).bodies, requests)
    comparator.chunk(Buffer.alloc(10, n))
    return comparator
  })
  // 8 MiB of bodies of nearly 0.9 MiB are nine: what does not fit is not remembered, so a call that repeats it is
  // copied.
  expect(bring("other", 1).bodies).toEqual([])
  for (const comparator of slow) comparator.stop()
  expect(bring("other", 1).bodies).toHaveLength(1)
})
