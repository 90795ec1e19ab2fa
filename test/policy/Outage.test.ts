import { describe, expect, it } from "vitest"
import { outageFromMs } from "../../src/policy/index.js"
import { isBehind, isOutage } from "../../src/policy/Outage.js"

describe("an outage", () => {
  it("is an absence that outlasts the senders' first retry", () => {
    expect([isOutage(0, outageFromMs - 1), isOutage(0, outageFromMs), isOutage(Number.NaN, outageFromMs)]).toEqual([
      false,
      true,
      false
    ])
  })
  it("leaves behind what was read before it ended, or never", () => {
    expect([isBehind(99, 100), isBehind(100, 100), isBehind(Number.NaN, 100)]).toEqual([true, false, true])
  })
  it("that never was leaves nothing behind", () => {
    expect([isBehind(99, Number.NaN), isBehind(Number.NaN, Number.NaN)]).toEqual([false, false])
  })
})
