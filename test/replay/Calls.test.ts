/** The modelled caller under its account's limit. */
import { describe, expect, it } from "vitest"
import type { HistoryLine, Scenario } from "../../src/replay/index.js"
import { surroundings } from "../../src/replay/index.js"
import { makeCalls, purpose, refused } from "../../src/replay/model/Calls.js"

const from = Date.parse("2026-03-02T08:00:00Z")
const scenario = {
  from,
  to: from + 3_600_000,
  callMs: 0,
  keptPerMinute: new Uint32Array(0),
  limit: { calls: 20, periodMs: 60_000 }
} as unknown as Scenario

const makeAll = (count: number) => {
  const lines: Array<HistoryLine> = []
  const calls = makeCalls("webhook", scenario, surroundings, (line) => lines.push(line))
  let at = from
  const seconds: Array<number> = []
  for (let call = 0; call < count; call++) {
    at = calls.freeAt(at)
    seconds.push((at - from) / 1_000)
    expect(calls.make(purpose.hydration, at, "ticket", 200, from)).toBe(at)
  }
  return { calls, lines, seconds, at }
}

describe("calls of the webhook path", () => {
  it("go out freely, then spread, and never beyond the limit", () => {
    const { seconds } = makeAll(25)
    expect(seconds.filter((at) => at === 0).length).toBe(19)
    expect(seconds.slice(19)).toEqual([30, 60, 60, 60, 60, 60])
  })
  it("of a process that has just started may be refused once, and are made again as the limit lets them", () => {
    const { at, calls } = makeAll(20)
    calls.forget()
    expect(calls.freeAt(at)).toBe(at)
    expect(calls.make(purpose.hydration, at, "ticket", 200, from)).toBe(refused)
    expect(calls.freeAt(at)).toBe(from + 60_000)
  })
})
