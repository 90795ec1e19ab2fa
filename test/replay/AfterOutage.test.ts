/** The sweeps at the end of an outage: on the wire as in the model, and what was lost is there with them. */
import { describe, expect, it } from "vitest"
import { inOrder, playBoth } from "./bothDrivers.js"
import { type WireScenario, wireScenario } from "./wireScenario.js"

const hour = 3_600_000
const outage = { from: 40 * 60_000, to: 100 * 60_000 }

/** Random days of three hours and more without a limit, an hour of them without a receiver; what is read seldom comes later. */
const days = (product: string, entity: string, most: number): ReadonlyArray<WireScenario> => {
  const found: Array<WireScenario> = []
  for (let seed = 1; found.length < most; seed++) {
    const scenario = wireScenario(seed)
    if (scenario.provider.product !== product || !scenario.entities.includes(entity)) continue
    if (scenario.to - scenario.from < 3 * hour) continue
    found.push({
      ...scenario,
      limits: null,
      reconcileSeconds: 1_500,
      own: entity === "message" ? { message: 6 * 3_600, conversation: 6 * 3_600 } : {},
      faults: {
        drop: 0,
        duplicate: 0,
        reorder: 0,
        delay: 0,
        outageSeconds: (outage.to - outage.from) / 1_000,
        outageAfterSeconds: outage.from / 1_000
      }
    })
  }
  return found
}

/** Arrivals by a sweep at the moment at which the receiver was back. */
const atReturn = (arrivals: ReadonlyArray<string>, { from }: WireScenario, entity: string): number =>
  arrivals.filter((line) => line.startsWith(`${from + outage.to} ${entity} `) && line.endsWith(" reconciliation"))
    .length

describe("once the receiver is back", () => {
  it.each([
    ["freshchat", "message"],
    ["freshsales", "contact"]
  ])("sweeps of %s read what is read seldom, %s", { timeout: 600_000 }, async (product, entity) => {
    let brought = 0
    for (const scenario of days(product, entity, 2)) {
      const { model, wire } = await playBoth(scenario)
      const { hydration, reconciliation, recovered } = model.figures.webhook
      const { callsBreakdown, recovered: healed } = wire.result.webhook
      expect({ seed: scenario.seed, hydration, reconciliation, recovered }).toEqual({
        seed: scenario.seed,
        hydration: callsBreakdown.hydration,
        reconciliation: callsBreakdown.reconciliation,
        recovered: healed
      })
      expect(inOrder(model.arrivals, scenario)).toEqual(inOrder(wire.arrivals, scenario))
      brought += atReturn(wire.arrivals, scenario, entity)
    }
    expect(brought).toBeGreaterThan(0)
  })
})
