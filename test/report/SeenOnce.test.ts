/** Changes of which no earlier version was seen: a reader sees why the forecast waits for some of them. */
import { expect, it } from "vitest"
import { renderMarkdown } from "../../src/report/index.js"
import { builtReport } from "../support/builtReport.js"
import { makeRecording, start } from "../support/recording.js"

/** `known` changes of one ticket, then one of each of 12 others, five minutes apart. */
const changes = (known: number) => {
  const recording = makeRecording()
  const tickets = recording.stream({ template: "/api/v2/tickets", query: "updated_since=*" })
  for (let sweep = 0; sweep < 1440; sweep++) {
    const call = recording.call(tickets, sweep * 60)
    const turn = sweep / 5
    if (!Number.isInteger(turn) || turn > known + 12) continue
    if (turn === 0) recording.version(tickets, call, "1", -600, null)
    else if (turn <= known) recording.version(tickets, call, "1", sweep * 60 - 30, ["status"])
    else recording.version(tickets, call, String(turn), sweep * 60 - 30, null)
  }
  return builtReport(recording.done(), {
    window: { from: start, to: start + 86_400_000 },
    reconcileSeconds: 14_400,
    healWithinSeconds: 14_400,
    dropsFreshness: true,
    routes: {},
    plans: {}
  })
}

it("tells of changes seen once that count as not pushed, beside a coverage of 100 %", () => {
  const report = changes(2)
  // Of two known changes both are pushed: 3 of 4 by the rule of succession, and 12 · 3/4 = 9.
  expect(report.pollers[0]!.coverage).toMatchObject({ changes: 2, pushed: 2, seenOnce: { changes: 12, pushed: 9 } })
  const text = renderMarkdown(report)
  expect(text).toContain(
    "Every change of known fields has its event, but 3 of 12 changes seen only once are taken to fire none, since the known ones are few: reconciliation brings these and lost pushes within 4 h."
  )
  expect(text).toContain("| 100 % of 2 | migrate |")
  expect(report.pollers[0]!.reasons).toContainEqual(
    expect.stringMatching(/^of 12 more no earlier version was seen, .* so 3 are taken to wait for reconciliation$/)
  )
})

it("says nothing where nearly all of them count as pushed", () => {
  const report = changes(40)
  expect(report.pollers[0]!.coverage).not.toHaveProperty("seenOnce")
  expect(renderMarkdown(report)).toContain("Every change seen has its event: ")
})
