/**
 * Statistics of many runs: a distribution for each metric, and all lags of each entity type. It is sent between
 * threads.
 */

import { addToSum, type LagCounts, type LagSum, makeLagSum } from "../model/LagHistogram.js"
import type { SimulationFigures } from "../model/Simulation.js"
import { count, type Distribution, makeDistribution, merge, scaleOf } from "./Distribution.js"
import { type MetricName, metricNames, metricsOf } from "./Metrics.js"
import { type ModelAccount, runAccount } from "./ModelAccount.js"

export interface RunStatistics {
  runs: number
  /** Events simulated. */
  events: number
  /** Runs in which the webhook path lost something, or ended with less than polling. */
  failing: number
  readonly metrics: Record<MetricName, Distribution>
  /** By entity type: the lags of the webhook path, and of polling. */
  readonly webhookLags: Record<string, LagSum>
  readonly pollingLags: Record<string, LagSum>
}

export const makeRunStatistics = (): RunStatistics => ({
  runs: 0,
  events: 0,
  failing: 0,
  metrics: Object.fromEntries(metricNames.map((name) => [name, makeDistribution()])) as Record<
    MetricName,
    Distribution
  >,
  webhookLags: {},
  pollingLags: {}
})

const addLags = (into: Record<string, LagSum>, name: string, more: LagCounts): void => {
  into[name] ??= makeLagSum()
  addToSum(into[name], more)
}

const addFigures = (
  statistics: RunStatistics,
  accounts: ReadonlyArray<ModelAccount>,
  figures: ReadonlyArray<SimulationFigures>
): void => {
  const values = metricsOf(figures)
  for (const name of metricNames) count(statistics.metrics[name], values[name] * scaleOf(name))
  statistics.runs += 1
  if (values.webhookMissed > 0 || values.differences > 0) statistics.failing += 1
  figures.forEach((one, at) => {
    statistics.events += one.events
    accounts[at]!.scenario.types.forEach(({ name, wanted }, type) => {
      if (!wanted) return
      addLags(statistics.webhookLags, name, one.webhook.lags[type]!.state())
      addLags(statistics.pollingLags, name, one.polling.lags[type]!.state())
    })
  })
}

/** Runs from `from` up to `to`, of all accounts. */
export const statisticsOfRuns = (
  accounts: ReadonlyArray<ModelAccount>,
  from: number,
  to: number,
  onRun?: () => void
): RunStatistics => {
  const statistics = makeRunStatistics()
  for (let run = from; run < to; run++) {
    addFigures(
      statistics,
      accounts,
      accounts.map((account) => runAccount(account, run))
    )
    onRun?.()
  }
  return statistics
}

export const mergeRunStatistics = (into: RunStatistics, other: RunStatistics): void => {
  into.runs += other.runs
  into.events += other.events
  into.failing += other.failing
  for (const name of metricNames) merge(into.metrics[name], other.metrics[name])
  for (const [name, lags] of Object.entries(other.webhookLags)) addLags(into.webhookLags, name, lags)
  for (const [name, lags] of Object.entries(other.pollingLags)) addLags(into.pollingLags, name, lags)
}
