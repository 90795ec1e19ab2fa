/** A rule's deliveries use the account's limit as calls do: in the simulator as in the model. */
import { describe, expect, it } from "vitest"
import { deliveryLatency, plannedFor } from "../../src/providers/index.js"
import { inOrder, playBoth } from "./bothDrivers.js"
import { type WireScenario, wireScenario } from "./wireScenario.js"

const hour = 3_600_000

/**
 * A random day by Freshdesk's rules without faults, under a limit that its busiest minutes exceed. No sweep begins with
 * an hour, when deferred deliveries go out: which of the two calls first is not the model's to tell.
 */
const busy = (seed: number, limit: number): WireScenario => {
  const scenario = wireScenario(seed)
  return {
    ...scenario,
    planned: plannedFor(scenario.provider, ["rule"], scenario.entities),
    reconcileSeconds: 330,
    limits: { limit, period: "minute", endpoints: {}, source: "test" },
    faults: { ...scenario.faults, drop: 0, duplicate: 0, reorder: 0, delay: 0, outageSeconds: 0 }
  }
}

describe("deliveries that count as calls", () => {
  it("wait for the next hour where the limit is used up, as in the model", { timeout: 600_000 }, async () => {
    let deferred = 0
    for (const [seed, limit] of [
      [45, 5],
      [50, 5],
      [72, 5]
    ] as const) {
      const scenario = busy(seed, limit)
      expect(scenario.provider.product).toBe("freshdesk")
      const { model, wire } = await playBoth(scenario)
      const { webhook } = model.figures
      expect({ seed, deliveries: webhook.deliveries, pushed: webhook.pushed, hydration: webhook.hydration }).toEqual({
        seed,
        deliveries: wire.result.webhook.deliveries,
        pushed: wire.result.webhook.pushed,
        hydration: wire.result.webhook.callsBreakdown.hydration
      })
      expect(inOrder(model.arrivals, scenario)).toEqual(inOrder(wire.arrivals, scenario))
      const changedAt = new Map(model.history.flatMap((line) => (line.k === "push" ? [[line.push, line.t]] : [])))
      for (const line of model.history) {
        if (line.k !== "attempt" || line.try > 1) continue
        const from = changedAt.get(line.push)!
        if (line.t - from <= deliveryLatency.longestMs) continue
        deferred += 1
        expect(line.t).toBeGreaterThanOrEqual((Math.floor(from / hour) + 1) * hour)
      }
    }
    expect(deferred).toBeGreaterThan(5)
  })
})
