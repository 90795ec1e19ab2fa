/** Credits of the rate limit, worked out by hand. */
import { expect, it } from "vitest"
import { analyse } from "../../src/analysis/index.js"
import { makeRecording, start } from "../support/recording.js"

const hours = 24
const window = { from: start, to: start + hours * 3_600_000 }

/** Of a ticket poller every 5 minutes for a day, with an embed or none, whose tickets a reply moves now and then. */
const analysed = (query: string, reads: boolean) => {
  const recording = makeRecording()
  const tickets = recording.stream({ template: "/api/v2/tickets", query })
  const replies = reads
    ? recording.stream({ template: "/api/v2/tickets/{id}/conversations", query: "per_page=100" })
    : null
  for (let sweep = 0; sweep < hours * 12; sweep++) {
    const call = recording.call(tickets, sweep * 300)
    if (sweep % 12 !== 1) continue
    // Four tickets, each of which changes six times: none is taken to be unseen.
    const id = String(((sweep + 11) / 12) % 4)
    recording.version(tickets, call, id, sweep * 300 - 20, ["status"])
    if (replies !== null) recording.call(replies, sweep * 300 + 1, { subject: id })
  }
  return analyse(recording.done(), {
    window,
    reconcileSeconds: 14_400,
    healWithinSeconds: 14_400,
    routes: {},
    plans: {}
  }).accounts[0]!
}

it("are the calls where nothing is embedded", () => {
  const { calls, callsAfter, credits, creditsAfter } = analysed("updated_since=*", false)
  expect([credits, creditsAfter]).toEqual([calls, callsAfter])
})

it("are three a list call with include=stats, today", () => {
  // 288 sweeps of one page, and two credits more for each.
  expect(analysed("include=stats&updated_since=*", false)).toMatchObject({ calls: 288, credits: 864 })
  // Another embed of a Freshdesk list costs nothing [assumed].
  expect(analysed("include=requester&updated_since=*", false)).toMatchObject({ calls: 288, credits: 288 })
})

it("are two more for each page that the plan asks for tells", () => {
  const { callsAfter, callsAfterBreakdown, credits, creditsAfter } = analysed("updated_since=*", true)
  expect(credits).toBe(288 + 24)
  // Six sweeps a day; each but the first lists changes, spam and deletions: 16 calls. The first asks for no tells and
  // the lists of hidden ones neither: five pages at two credits more.
  expect(callsAfterBreakdown.reconciliation).toBe(16)
  expect(creditsAfter - callsAfter).toBe(10)
})
