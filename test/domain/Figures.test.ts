import { join } from "node:path"
import { expect, it } from "vitest"
import { counted, isoOrNull, mebibytes, percent, roundedPercent, withArticle } from "../../src/domain/Figures.js"
import { everyFile, root } from "../support/files.js"

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

it("puts the article that a noun's first sound asks for", () => {
  const nouns = ["minute", "hour", "ticket", "agent", "user", "unit", "update", "onTicketUpdate", "order", "house"]
  expect(nouns.map(withArticle)).toEqual([
    "a minute",
    "an hour",
    "a ticket",
    "an agent",
    "a user",
    "a unit",
    "an update",
    "an onTicketUpdate",
    "an order",
    "a house"
  ])
})

it("writes a time as ISO 8601 in one place", () => {
  const others = [
    // Whole seconds; `Figures` builds on it.
    "src/domain/Figures.ts",
    "src/domain/Time.ts",
    // Effect's own dates, and a clock without its date.
    "src/cli/Logging.ts",
    // The text of a program that runs elsewhere.
    "src/subscriptions/app/serverSource.ts"
  ]
  const writers = everyFile(join(root, "src"))
    .filter(({ file, text }) => file.endsWith(".ts") && text.includes(".toISOString("))
    .map(({ file }) => file.slice(file.indexOf("src/")))
    .filter((file) => !others.includes(file) && !elsewhere.some((folder) => file.startsWith(folder)))
  expect(writers).toEqual([])
})

/** The inbox writes times of damaged rows too; the replay's report is written as it is played. */
const elsewhere = ["src/receiver/inbox/", "src/replay/wire/"]
