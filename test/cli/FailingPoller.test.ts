/** A poller of which one sweep in ten fails, with a loose goal: the interval that is offered keeps it all the same. */
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import { randomStream } from "../../src/simulator/Randomness.js"
import { runCli } from "../support/cli.js"
import { temporaryFolder } from "../support/files.js"

const start = Date.UTC(2026, 2, 2)
const day = 86_400
const failing = 0.1

/** Groups, of which no event tells, asked for each minute; one of them changes at random moments. */
const recordedDay = () => {
  const { exponential, next } = randomStream(3, "a failing poller")
  const changes: Array<number> = []
  for (let at = exponential(600); at < day; at += exponential(600)) changes.push(Math.floor(at))
  const stampBefore = (at: number): number => changes.findLast((change) => change < at) ?? -day
  return Array.from({ length: day / 60 }, (_, minute) => {
    const at = minute * 60
    const failed = next() < failing
    const updated = new Date(start + stampBefore(at) * 1_000).toISOString().replace(".000Z", "Z")
    const text = failed ? "" : JSON.stringify([{ id: 1, name: `Group ${updated}`, updated_at: updated }])
    return {
      startedDateTime: new Date(start + at * 1_000).toISOString(),
      time: 100,
      request: {
        method: "GET",
        url: "https://acme.freshdesk.com/api/v2/groups",
        headers: [{ name: "user-agent", value: "sync/1.0" }],
        bodySize: 0
      },
      response: {
        status: failed ? 503 : 200,
        headers: [{ name: "content-type", value: "application/json" }],
        content: { size: text.length, mimeType: "application/json", text },
        bodySize: text.length
      }
    }
  })
}

/** The wait that a share of random changes stays below, of a program that asks at this interval and fails as often. */
const measured = (everySeconds: number, share: number): number => {
  const { next } = randomStream(4, "the program afterwards")
  const waits = Array.from({ length: 200_000 }, () => {
    let wait = next()
    while (next() < failing) wait += 1
    return wait * everySeconds
  }).sort((a, b) => a - b)
  return waits[Math.ceil(share * waits.length) - 1]!
}

it("is tuned to an interval that keeps the goal with its failures, and the forecast tells the wait that follows", async () => {
  const folder = temporaryFolder()
  writeFileSync(
    join(folder, "day.har"),
    JSON.stringify({ log: { version: "1.2", creator: {}, entries: recordedDay() } })
  )
  expect((await runCli(["import", "har", "day.har"], { cwd: folder })).code).toBe(0)
  const { stdout } = await runCli(["pollers", "--json", "--slo", "group=30m@p95"], { cwd: folder })
  const [poller] = JSON.parse(stdout) as [
    {
      verdict: string
      failedSweeps: number
      forecastFreshnessSeconds: { p95: number }
      alternatives: Array<{ name: string; freshnessSeconds: { p95: number }; risk: string }>
    }
  ]
  expect(poller.verdict).toBe("tune")
  const offered = poller.alternatives.find(({ risk }) => risk === "as stale as the goal allows")!
  // 0.95 of 30 minutes would be within the goal without failures; w = 1.56 intervals at a tenth of failed sweeps.
  expect(offered.name).toBe("every 15 min")
  const wait = measured(900, 0.95)
  expect(wait).toBeLessThan(1_800)
  expect(Math.abs(offered.freshnessSeconds.p95 / wait - 1)).toBeLessThan(0.1)
  expect(poller.forecastFreshnessSeconds.p95).toBe(offered.freshnessSeconds.p95)
  expect(measured(1_800, 0.95)).toBeGreaterThan(2_500)
}, 60_000)
