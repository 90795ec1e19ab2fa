/**
 * The fast driver against the wire: the same random days in both, of all products, by every route, thin events and the
 * account's limit included. Calls, misses and the order of all that arrives are the same; freshness is to the model's
 * resolution. `npm run simulate:wire` plays two hundred.
 */
import { describe, expect, it } from "vitest"
import { checkHistory } from "../../src/replay/index.js"
import { inOrder, playBoth } from "./bothDrivers.js"
import { wireScenario } from "./wireScenario.js"

const scenarios = Number(process.env["WIRE_SCENARIOS"] ?? 12)
const first = Number(process.env["SEED"] ?? 1)

describe("the fast driver and the wire", () => {
  it(`agree on ${scenarios} random days`, { timeout: 3_600_000 }, async () => {
    let arrived = 0
    let lost = 0
    let hydrated = 0
    const drawn = new Set<string>()
    for (let seed = first; seed < first + scenarios; seed++) {
      const scenario = wireScenario(seed)
      const { model, wire } = await playBoth(scenario)
      const { polling, webhook } = model.figures
      const told = wire.result
      expect({
        seed,
        changes: model.figures.changes,
        polling: { calls: polling.calls, seen: polling.seen, collapsed: polling.collapsed, missed: polling.missed },
        webhook: {
          reconciliation: webhook.reconciliation,
          hydration: webhook.hydration,
          retries: webhook.retries,
          deliveries: webhook.deliveries,
          duplicates: webhook.duplicates,
          dropped: webhook.dropped,
          pushed: webhook.pushed,
          recovered: webhook.recovered,
          uncovered: webhook.uncovered,
          missed: webhook.missed
        },
        afterOutage: model.figures.afterOutage,
        differences: model.figures.differences.length,
        arrivals: inOrder(model.arrivals, scenario)
      }).toEqual({
        seed,
        changes: told.changes,
        polling: {
          calls: told.polling.calls,
          seen: told.polling.seen,
          collapsed: told.polling.collapsed,
          missed: told.polling.missed
        },
        webhook: {
          reconciliation: told.webhook.callsBreakdown.reconciliation,
          hydration: told.webhook.callsBreakdown.hydration,
          retries: told.webhook.callsBreakdown.retries,
          deliveries: told.webhook.deliveries,
          duplicates: told.webhook.duplicates,
          dropped: told.webhook.dropped,
          pushed: told.webhook.pushed,
          recovered: told.webhook.recovered,
          uncovered: told.webhook.uncovered,
          missed: told.webhook.missed
        },
        afterOutage: told.webhook.afterOutage,
        differences: told.parity.differences.length,
        arrivals: inOrder(wire.arrivals, scenario)
      })
      expect(checkHistory(model.history)).toEqual([])
      expect(checkHistory(wire.history)).toEqual([])
      // The real inbox stored the same events as the model's.
      const storedBy = (history: typeof wire.history) =>
        history
          .filter(({ k }) => k === "stored")
          .map((line) => ("entity" in line ? `${line.entity} ${line.id}` : ""))
          .sort()
      expect(storedBy(wire.history)).toEqual(storedBy(model.history))
      arrived += wire.arrivals.length
      lost += webhook.recovered
      hydrated += webhook.hydration
      drawn.add(`${scenario.provider.product} by ${scenario.planned.routes.join(" + ")}`)
    }
    // Days on which nothing happens, and nothing goes wrong, would prove little; a few may be so.
    if (scenarios < 12) return
    expect(arrived).toBeGreaterThan(scenarios * 20)
    expect(lost).toBeGreaterThan(scenarios)
    expect(hydrated).toBeGreaterThan(scenarios)
    expect(drawn.size).toBeGreaterThanOrEqual(Math.min(8, Math.floor(scenarios / 2)))
  })
})
