/** The simulator as a replay's stand-in: the one place where the two meet. */

import type { StandIn, StartStandIn } from "../replay/index.js"
import type { Change, WorldScript } from "../simulator/index.js"
import { startSimulator } from "../simulator/index.js"

export interface SimulatedAccountOptions {
  readonly account: string
  readonly plan: string
  readonly entities: number
  readonly changesPerHour: number
  readonly script?: WorldScript
}

/** Starts the simulator under the replay's clock, with the stated model of network and service times. */
export const simulatedAccount =
  (account: SimulatedAccountOptions): StartStandIn =>
  async ({ changesUntil, faults, onTraffic, seed, time }): Promise<StandIn> => {
    const simulator = await startSimulator({
      ...account,
      seed,
      time,
      changesUntil,
      faults,
      onTraffic,
      modelLatency: true
    })
    const { deliveries, world } = simulator
    return {
      url: simulator.url,
      account: account.account,
      truth: () =>
        world.truth.map((change: Change) => ({
          at: change.at,
          entity: change.entity,
          id: String(change.id),
          action: change.action,
          updatedAt: Date.parse(change.updatedAt),
          fields: change.fields,
          parent: change.entity === "conversation" ? String(change.after["ticket_id"]) : null
        })),
      calls: () => simulator.calls().reduce((sum, line) => sum + line.count, 0),
      install: deliveries.install,
      pushes: () => ({
        attempts: deliveries.counts.attempts,
        dropped: deliveries.counts.dropped,
        outcomes: deliveries.outcomes.map((push) => ({
          ...push,
          id: String(push.id),
          updatedAt: Date.parse(push.updatedAt)
        }))
      }),
      close: simulator.close
    }
  }
