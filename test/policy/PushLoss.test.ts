/** An event that was switched off is told from pushes that are lost by chance. */
import { describe, expect, it } from "vitest"
import { firesAgain, isSwitchedOff } from "../../src/policy/index.js"

const seen = (lost: number, pushed: number, inARow = 0) => ({ lost, pushed, inARow })

describe("an event is taken for switched off", () => {
  it("by five healed changes in a row, and not by four", () => {
    expect(isSwitchedOff(seen(0, 0, 5))).toBe(true)
    expect(isSwitchedOff(seen(4, 40, 4))).toBe(false)
  })
  it("by a share that chance does not explain", () => {
    expect([seen(9, 11), seen(19, 81), seen(87, 913)].map(isSwitchedOff)).toEqual([true, true, true])
    expect([seen(8, 12), seen(18, 82), seen(86, 914)].map(isSwitchedOff)).toEqual([false, false, false])
  })
  it("by no share of 2 to 5 %, however many there are", () => {
    for (const changes of [1, 10, 100, 1_000, 10_000])
      for (const share of [0.02, 0.05])
        expect(isSwitchedOff(seen(changes * share, changes * (1 - share))), `${share} of ${changes}`).toBe(false)
  })
})

describe("it fires again", () => {
  it("once pushes come and hardly anything is lost", () => {
    expect(firesAgain(seen(0, 1))).toBe(true)
    expect(firesAgain(seen(5, 95))).toBe(true)
    expect(firesAgain(seen(6, 94))).toBe(false)
    expect(firesAgain(seen(0, 0))).toBe(false)
  })
})
