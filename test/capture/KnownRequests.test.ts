import fc from "fast-check"
import { expect, it } from "vitest"
import { BodyWatch } from "../../src/capture/BodyWatch.js"
import { type KeptBody, KnownRequests } from "../../src/capture/KnownRequests.js"

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
      const requests = new KnownRequests(() => 1)
      const request = requests.of("GET", "u", null, null)
      const contents = new Map<number, string>()
      const underWay = new Map<number, { watch: BodyWatch; body: string; sent: boolean }>()
      const end = (watch: BodyWatch, body: string) => {
        const ended = watch.end()!
        if (ended.kind === "same" && request.bodies.includes(ended.body)) {
          repeated += 1
          expect(contents.get(ended.body.id)).toBe(body)
          return
        }
        const found: KeptBody = ended.body
        expect(found.content().toString()).toBe(body)
        found.id = ids++
        contents.set(found.id, body)
        requests.add(request, found)
      }
      for (const { body, call } of plan) {
        const open = underWay.get(call)
        if (open === undefined) {
          const watch = new BodyWatch(request.bodies, (bytes) => requests.emptyBody(bytes))
          underWay.set(call, { watch, body, sent: false })
        } else if (!open.sent) {
          open.watch.chunk(Buffer.from(open.body.slice(0, 1)))
          open.sent = true
        } else {
          open.watch.chunk(Buffer.from(open.body.slice(1)))
          end(open.watch, open.body)
          underWay.delete(call)
        }
      }
    }),
    { numRuns: 2_000, seed: 8 }
  )
  expect(repeated).toBeGreaterThan(1_000)
})
