/** The simulator as a replay's stand-in. Each account is served on a port of its own. */

import type { AccountScript } from "../domain/AccountScript.js"
import type { PlanLimits } from "../providers/index.js"
import type { ProviderPort, StartProviderPort } from "../replay/index.js"
import { type SimulatedProductName, type Simulator, startSimulator } from "../simulator/index.js"

export interface SimulatedAccount {
  readonly product: SimulatedProductName
  readonly account: string
  readonly plan: string
  /** Limits in place of the plan's. */
  readonly limits?: PlanLimits
  /** Of an account that lives by itself; the simulator's own unless set. */
  readonly entities?: number
  readonly changesPerHour?: number
  /** An account whose history is given instead. */
  readonly script?: AccountScript
  /** Calls take no time. */
  readonly instant?: boolean
}

/** Starts the simulator under the replay's clock, with the stated model of network and service times. */
export const simulatedAccounts =
  (accounts: ReadonlyArray<SimulatedAccount>): StartProviderPort =>
  async ({ changesUntil, faults, onTraffic, seed, time }): Promise<ProviderPort> => {
    const running: Array<{ readonly account: string; readonly product: string; readonly simulator: Simulator }> = []
    for (const { instant, product, ...account } of accounts) {
      const simulator = await startSimulator({
        ...account,
        products: [product],
        seed,
        time,
        changesUntil,
        faults,
        onTraffic,
        modelLatency: instant === true ? "instant" : true
      })
      running.push({ account: account.account, product, simulator })
    }
    const sum = (count: (simulator: Simulator) => number) =>
      running.reduce((total, { simulator }) => total + count(simulator), 0)
    return {
      accounts: running.map(({ account, product, simulator }) => ({ account, product, url: simulator.url })),
      truth: () =>
        running
          .flatMap(({ account, simulator }) => simulator.world.truth.map((change) => ({ account, change })))
          .sort((a, b) => a.change.at - b.change.at)
          .map(({ account, change }) => ({
            account,
            at: change.at,
            entity: change.entity,
            id: String(change.id),
            action: change.action,
            updatedAt: Date.parse(change.updatedAt),
            fields: change.fields,
            parent: change.parent === null ? null : { entity: change.parent.entity, id: String(change.parent.id) }
          })),
      calls: () => sum((simulator) => simulator.calls().reduce((total, line) => total + line.count, 0)),
      install: ({ account, bodies, events, header, route, secret, url, watches }) => {
        const found = running.find((one) => one.account === account)
        if (found === undefined) throw new Error(`no stand-in serves ${account}`)
        const { deliveries, products } = found.simulator
        if (route === "app") deliveries.install({ product: found.product, url, secret, events })
        else {
          const { setUpWebhook } = products[0]!
          if (setUpWebhook !== null) return setUpWebhook(url)
          deliveries.setUp({ product: found.product, url, route, secret, header, events, bodies, watches })
        }
        return { publicKey: null }
      },
      pushes: () => ({
        attempts: sum(({ deliveries }) => deliveries.counts.attempts),
        dropped: sum(({ deliveries }) => deliveries.counts.dropped),
        outcomes: running.flatMap(({ account, simulator }) =>
          simulator.deliveries.outcomes.map(({ at, entity, id, outcome }) => ({
            account,
            entity,
            id: String(id),
            at,
            outcome
          }))
        )
      }),
      close: async () => {
        await Promise.all(running.map(({ simulator }) => simulator.close()))
      }
    }
  }
