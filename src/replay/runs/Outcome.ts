/** A run of the model in the words of the report. */
import { iso } from "../../domain/Figures.js"
import { roundEach, type Spread } from "../../domain/Quantiles.js"
import { mostDifferences, type ReplayResult } from "../../domain/Report.js"
import type { LagHistogram } from "../model/LagHistogram.js"
import type { SimulationFigures } from "../model/Simulation.js"
import { mergedLags } from "./Metrics.js"
import type { ModelAccount } from "./ModelAccount.js"

const seconds = (lags: LagHistogram): Spread | null => roundEach(lags.seconds(), 1)

export const outcomeOf = (
  accounts: ReadonlyArray<ModelAccount>,
  figures: ReadonlyArray<SimulationFigures>,
  faultsText: string
): ReplayResult => {
  const sum = (part: (one: SimulationFigures) => number): number => figures.reduce((total, one) => total + part(one), 0)
  const { from, seed, to } = accounts[0]!.scenario
  const differences = figures.flatMap((one, at) => {
    const { ids, scenario } = accounts[at]!
    return one.differences.map(({ entity, held, stamp }) => ({
      account: scenario.account,
      entity: scenario.types[scenario.entities.type[entity]!]!.name,
      entityId: ids[entity] ?? String(entity),
      polling: iso(stamp),
      webhook: held === null ? null : iso(held)
    }))
  })
  const outages = figures.flatMap(({ afterOutage }) => afterOutage ?? [])
  return {
    changes: sum(({ changes }) => changes),
    seed,
    accounts: accounts.map(({ scenario }) => scenario.account),
    window: { from: iso(from), to: iso(to) },
    pollingDriver: "a model of the pollers that were found",
    driver: "model",
    estimated: sum(({ estimated }) => estimated),
    faults: faultsText,
    polling: {
      calls: sum(({ polling }) => polling.calls),
      seen: sum(({ polling }) => polling.seen),
      missed: sum(({ polling }) => polling.missed),
      collapsed: sum(({ polling }) => polling.collapsed),
      freshnessSeconds: seconds(mergedLags(figures, "polling"))
    },
    webhook: {
      calls: sum(({ webhook }) => webhook.reconciliation + webhook.hydration + webhook.retries + webhook.kept),
      callsBreakdown: {
        reconciliation: sum(({ webhook }) => webhook.reconciliation),
        hydration: sum(({ webhook }) => webhook.hydration),
        kept: sum(({ webhook }) => webhook.kept),
        upkeep: 0,
        retries: sum(({ webhook }) => webhook.retries)
      },
      deliveries: sum(({ webhook }) => webhook.deliveries),
      duplicates: sum(({ webhook }) => webhook.duplicates),
      rejected: sum(({ webhook }) => webhook.rejected),
      dropped: sum(({ webhook }) => webhook.dropped),
      recovered: sum(({ webhook }) => webhook.recovered),
      missed: sum(({ webhook }) => webhook.missed),
      pushed: sum(({ webhook }) => webhook.pushed),
      uncovered: sum(({ webhook }) => webhook.uncovered),
      handedOverTwice: 0,
      freshnessSeconds: seconds(mergedLags(figures, "webhook")),
      afterOutage:
        outages.length === 0
          ? null
          : {
              lost: outages.reduce((total, { lost }) => total + lost, 0),
              healed: outages.reduce((total, { healed }) => total + healed, 0)
            }
    },
    parity: {
      equal: differences.length === 0,
      differences: differences.slice(0, mostDifferences),
      ...(differences.length > mostDifferences ? { differing: differences.length } : {}),
      onlyWebhook: sum(({ onlyWebhook }) => onlyWebhook)
    }
  }
}
