/** A tuned poller's calls by minute: whole sweeps go, and those that stay make their calls at once. */
import { describe, expect, it } from "vitest"
import { type CallsMoved, thinned, tunedCalls } from "../../src/analysis/costs/TunedSweeps.js"
import { detectPollers } from "../../src/analysis/detection/Detection.js"
import { analyse } from "../../src/analysis/index.js"
import { makeRecording, start } from "../support/recording.js"

const sweepsOf = (pages: ReadonlyArray<number>, finds: ReadonlySet<number> = new Set()) =>
  pages.map((count, at) => ({ pages: count, yield: finds.has(at) ? 1 : 0 }))

describe("sweeps that stay", () => {
  const tens = [10, 11, 12, 10, 11, 12]
  const even = { pagesPerSweep: 0, keepsFinds: false }
  it("are whole and evenly chosen, the first among them", () => {
    expect(thinned(sweepsOf(tens), { ...even, share: 1 / 3 })).toEqual([10, 0, 0, 10, 0, 0])
    expect(thinned(sweepsOf(tens), { ...even, share: 1 / 2 })).toEqual([10, 0, 12, 0, 11, 0])
    expect(thinned(sweepsOf(tens), { ...even, share: 1 })).toEqual(tens)
    expect(thinned(sweepsOf([1, 1, 1, 1, 1]), { ...even, share: 0.6 })).toEqual([1, 0, 1, 0, 1])
  })
  it("read more pages where more changes gather between two of them", () => {
    expect(thinned(sweepsOf([2, 2, 2, 2]), { share: 1 / 2, pagesPerSweep: 5, keepsFinds: false })).toEqual([5, 0, 5, 0])
    expect(thinned(sweepsOf([1, 1, 1, 1]), { share: 1, pagesPerSweep: 1.5, keepsFinds: false })).toEqual([1, 2, 1, 2])
  })
  it("are those that found something, of a timer that is slower only while nothing is new", () => {
    const pages = [1, 1, 1, 1, 1, 1, 1, 1]
    const busy = sweepsOf(pages, new Set([4, 5, 6]))
    expect(thinned(busy, { share: 0.5, pagesPerSweep: 1, keepsFinds: true })).toEqual([1, 0, 0, 0, 1, 1, 1, 0])
    expect(thinned(busy, { share: 0.1, pagesPerSweep: 1, keepsFinds: true })).toEqual([1, 0, 0, 0, 1, 1, 1, 0])
  })
})

/** Tickets each minute; the third and the fourth sweep found one, whose replies are read after it. */
const withDetails = () => {
  const recording = makeRecording()
  const tickets = recording.stream({ template: "/api/v2/tickets", query: "updated_since=*" })
  const replies = recording.stream({ template: "/api/v2/tickets/{id}/conversations" })
  for (let n = 0; n < 6; n++) {
    const call = recording.call(tickets, n * 60)
    if (n !== 2 && n !== 3) continue
    recording.version(tickets, call, String(n), n * 60 - 2, ["status"])
    recording.call(replies, n * 60 + 1, { subject: String(n) })
  }
  return detectPollers(recording.done()).pollers[0]!
}

describe("the calls of a tuned poller", () => {
  const seconds = (moved: Iterable<CallsMoved>) =>
    [...moved].map(({ at, calls, endpoint }) => [endpoint.split("/").at(-1), (at - start) / 1_000, calls])
  it("go with their sweeps, and details are read in the next one that stays", () => {
    const poller = withDetails()
    expect(poller.details).toHaveLength(1)
    const sweeps = { pages: [1, 0, 0, 1, 0, 0], keepsDetails: true }
    expect(seconds(tunedCalls({ poller, sweeps }))).toEqual([
      ["tickets", 60, -1],
      ["tickets", 120, -1],
      ["tickets", 240, -1],
      ["tickets", 300, -1],
      ["conversations", 121, -1],
      ["conversations", 180, 1]
    ])
  })
  it("are of another endpoint, more of them, or without details, as the tuning has it", () => {
    const poller = withDetails()
    const endpoint = "GET /api/v2/others"
    const moved = seconds(tunedCalls({ poller, sweeps: { pages: [2, 1, 1, 1, 1, 1], keepsDetails: false, endpoint } }))
    expect(moved.filter(([name]) => name === "tickets")).toHaveLength(6)
    expect(moved.filter(([name]) => name === "others").map(([, at, calls]) => [at, calls])).toEqual([
      [0, 2],
      [60, 1],
      [120, 1],
      [180, 1],
      [240, 1],
      [300, 1]
    ])
    expect(moved.filter(([name]) => name === "conversations")).toEqual([
      ["conversations", 121, -1],
      ["conversations", 181, -1]
    ])
  })
})

it("the headroom after tuning has a sweep's calls in its minute: ten pages are ten calls, however seldom", () => {
  // No event tells of groups: two hours of ten pages each minute, and a change each ten minutes.
  const recording = makeRecording()
  const groups = recording.stream({ template: "/api/v2/groups", query: "per_page=100" })
  for (let minute = 0; minute < 120; minute++)
    for (let page = 1; page <= 10; page++) {
      const call = recording.call(groups, minute * 60 + page, { page, items: 100, newVersions: 0 })
      if (page === 1 && minute % 10 === 5)
        recording.version(groups, call, String(minute), minute * 60 - 2, ["name"], false, "group")
    }
  const { pollers, rateLimits } = analyse(recording.done(), {
    window: { from: start, to: start + 7_200_000 },
    reconcileSeconds: 14_400,
    healWithinSeconds: 14_400,
    routes: {},
    plans: {},
    freshnessGoals: { group: { seconds: 1_200, at: "p95" } }
  })
  expect(pollers[0]).toMatchObject({ verdict: "tune", calls: 1_200 })
  expect(pollers[0]!.alternatives.filter(({ admissible }) => admissible).map(({ name }) => name)).toContain(
    "every 20 min"
  )
  const [use] = rateLimits
  expect(use).toMatchObject({ peakPerMinuteBefore: 10, peakPerMinuteAfter: 10, peakPerHourBefore: 600 })
  // Three sweeps an hour.
  expect(use!.peakPerHourAfter).toBe(30)
  expect(use!.minutes.after.filter((calls) => calls > 0).every((calls) => calls === 10)).toBe(true)
})
