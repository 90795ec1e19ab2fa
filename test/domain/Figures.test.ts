import { expect, it } from "vitest"
import { counted, isoOrNull, mebibytes, percent, roundedPercent } from "../../src/domain/Figures.js"

it("writes figures as reports do", () => {
  expect([percent(0.12), percent(0.00042, 2), roundedPercent(0.12), roundedPercent(0.1234)]).toEqual([
    "12.0 %",
    "0.04 %",
    "12 %",
    "12.3 %"
  ])
  expect([counted(1, "call"), counted(1440, "call"), counted(0, "call")]).toEqual(["1 call", "1,440 calls", "0 calls"])
  expect([isoOrNull(0), isoOrNull(null), mebibytes(3_355_443)]).toEqual(["1970-01-01T00:00:00.000Z", null, "3.2 MiB"])
})
