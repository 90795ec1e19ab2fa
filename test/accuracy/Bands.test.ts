/** The forecast against the model's band; `npm run accuracy:bands` plays a hundred accounts. */
import { describe, expect, it } from "vitest"
import { playBand } from "./scenarios.js"

const accounts = Number(process.env["BAND_ACCOUNTS"] ?? 6)
const runs = 200

describe("the forecast", () => {
  it(`lies in the 95 % band of ${runs} days for nearly all of ${accounts} random accounts`, {
    timeout: 3_600_000
  }, async () => {
    let played = 0
    let within = 0
    const outside: Array<string> = []
    for (let seed = 101; played < accounts; seed++) {
      const outcome = await playBand(seed, runs)
      if (outcome === null) continue
      played += 1
      expect([seed, outcome.failing]).toEqual([seed, 0])
      if (outcome.within) within += 1
      else
        outside.push(
          `${outcome.seed}: ${outcome.forecast} is not in ${outcome.low} to ${outcome.high} (${outcome.what})`
        )
    }
    if (process.env["TABLE"] !== undefined) console.log(`${within} of ${played}\n${outside.join("\n")}`)
    expect(within / played).toBeGreaterThanOrEqual(accounts < 50 ? 0.6 : 0.93)
  })
})
