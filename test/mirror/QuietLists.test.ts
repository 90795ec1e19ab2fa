/** A newest-first list is repeated for a reader that stops at what it knows only while nothing at all has come. */
import { expect, it } from "vitest"
import { QuietLists } from "../../src/mirror/answers/QuietLists.js"
import { Arrivals } from "../../src/mirror/state/Arrivals.js"

const settled = () => {
  const arrivals = new Arrivals()
  arrivals.add(1, "a")
  arrivals.notice(1_000)
  const quiet = new QuietLists()
  /** A first page goes through; `during` happens while it is on its way, `shows` is what it teaches. */
  const pass = (at: number, during: ReadonlyArray<string> = [], shows: ReadonlyArray<string> = []): boolean => {
    const request = {}
    quiet.asks(request, "reader", arrivals)
    for (const id of during) arrivals.add(2, id)
    const taken = arrivals.end
    for (const id of shows) arrivals.add(0, id)
    quiet.answered(request, at, taken, arrivals)
    return quiet.isQuiet("reader", arrivals)
  }
  return { arrivals, quiet, pass }
}

it("is quiet behind an answer that surely showed all", () => {
  const { arrivals, pass, quiet } = settled()
  expect(quiet.isQuiet("reader", arrivals)).toBe(false)
  // Right behind an arrival a list may not show it yet.
  expect(pass(31_000)).toBe(false)
  expect(pass(31_001)).toBe(true)
  expect(quiet.isQuiet("another", arrivals)).toBe(false)
  // An arrival that the answer itself taught was shown by it.
  expect(pass(60_000, [], ["lost"])).toBe(true)
  expect(pass(60_000, ["b"])).toBe(false)
})

it("ends with whatever comes, and with another first page until it is answered", () => {
  const { arrivals, pass, quiet } = settled()
  expect(pass(60_000)).toBe(true)
  arrivals.add(3, "c")
  expect(quiet.isQuiet("reader", arrivals)).toBe(false)
  arrivals.notice(70_000)
  expect([pass(90_000), pass(100_001)]).toEqual([false, true])
  quiet.asks({}, "reader", arrivals)
  expect(quiet.isQuiet("reader", arrivals)).toBe(false)
})
