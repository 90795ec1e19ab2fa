/** The replay is quiet by what its programs have reported, not by what they have done since. */
import { expect, it } from "vitest"
import { type Follower, makeStillness } from "../../src/replay/wire/Stillness.js"

it("an answer that has gone out is waited for, however far its program is by the time it is looked at", async () => {
  let reported = { started: 1, finished: 0 }
  const program: Follower = { nextDue: () => null, advance: () => undefined, settled: () => reported }
  const stillness = makeStillness([program])
  stillness.requestArrived()
  await stillness.settle(() => 0)
  // The answer goes out. The program takes it and works on, and its report of that is still on its way.
  stillness.requestReleased()
  let quiet = false
  const settling = stillness
    .settle(() => 0)
    .then(() => {
      quiet = true
    })
  for (let turn = 0; turn < 20; turn++) await new Promise((next) => setImmediate(next))
  expect(quiet).toBe(false)
  reported = { started: 1, finished: 1 }
  stillness.wake()
  await settling
})
