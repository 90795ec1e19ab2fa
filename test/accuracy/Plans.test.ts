/** Plans against the model's days; `npm run accuracy:plans` plays two hundred accounts. */
import { describe, expect, it } from "vitest"
import { playPlan } from "./scenarios.js"

const accounts = Number(process.env["PLAN_ACCOUNTS"] ?? 5)
const runs = 50
/** Pollers whose few recorded changes happen to be pushed more often than the others: a recording of a day shows no more. */
const unlucky = 0.03
/** How far days like the recorded one lie apart at p95, as a share; a second for the histogram's steps. */
const band = 0.1

describe("a plan that keeps today's freshness", () => {
  it(`keeps it on days like the recorded one, for less calls, on ${accounts} random accounts`, {
    timeout: 3_600_000
  }, async () => {
    const staler: Array<string> = []
    let played = 0
    let pollers = 0
    for (let seed = 301; played < accounts; seed++) {
      const outcome = await playPlan(seed, runs)
      if (outcome === null) continue
      played += 1
      expect([seed, outcome.failing]).toEqual([seed, 0])
      expect(outcome.callsAfter, `seed ${seed}`).toBeLessThanOrEqual(outcome.calls)
      pollers += outcome.replaced.length
      for (const { goal, played: p95, poller } of outcome.replaced)
        if (p95 > goal * (1 + band) + 1) staler.push(`${seed} ${poller}: ${goal} s became ${p95} s (${outcome.what})`)
    }
    if (process.env["TABLE"] !== undefined)
      console.log(`${pollers} pollers, ${staler.length} staler\n${staler.join("\n")}`)
    expect(pollers).toBeGreaterThan(accounts / 2)
    expect(staler.length, staler.join("; ")).toBeLessThanOrEqual(Math.floor(pollers * unlucky))
  })
})
