import { expect, it } from "vitest"
import { isToldByAnother, told, toldBefore } from "../../src/policy/SameChange.js"

const { creation, ifSame, lastChange, news } = told
const unknown = Number.NaN

it.each([
  ["a deletion", toldBefore(false, true, 6, 5, false, true, 5, true), news],
  ["a second deletion", toldBefore(false, true, 6, 5, true, true, 5, true), lastChange],
  ["an update of a deleted one", toldBefore(false, false, 5, 5, true, true, 5, false), news],
  ["a creation that was told, and no newer", toldBefore(true, false, 5, 5, false, true, 5, false), creation],
  [
    "a creation that was told, with a newer stamp",
    toldBefore(true, false, 6, 5, false, true, 5, false),
    creation | ifSame
  ],
  ["a creation behind an update", toldBefore(true, false, 4, 5, false, false, 5, false), news],
  ["a push of a stamp that a list told", toldBefore(false, false, 5, 5, false, true, 5, false), lastChange | ifSame],
  ["a second push of one second", toldBefore(false, false, 5, 5, false, true, 5, true), news],
  ["a push of a stamp that only a note has", toldBefore(false, false, 5, 5, false, true, 4, false), news],
  ["an event without a stamp", toldBefore(false, false, unknown, 5, false, true, unknown, false), news]
])("%s", (_, is, expected) => {
  expect(is).toBe(expected)
})

it("a late event is told by another kind of look, and not by one of its own kind", () => {
  expect([isToldByAnother(1, 4), isToldByAnother(4, 1), isToldByAnother(1, 1)]).toEqual([true, true, false])
})
