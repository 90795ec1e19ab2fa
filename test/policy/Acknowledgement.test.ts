import { expect, it } from "vitest"
import { answeredAt, isKept } from "../../src/policy/Acknowledgement.js"

it("a sender is answered once its delivery is on the disk", () => {
  expect(answeredAt(5, 7)).toBe(7)
})

it("200 is for what is kept", () => {
  expect((["stored", "duplicate", "quarantined", "unavailable"] as const).map(isKept)).toEqual([
    true,
    true,
    true,
    false
  ])
})
