/** Metrics of a run: each metric's values over many runs make a band. */

import { type LagHistogram, makeLagHistogram } from "../model/LagHistogram.js"
import type { SimulationFigures } from "../model/Simulation.js"

/** In the order in which reports name them. */
export const metricNames = [
  "changes",
  "pollingCalls",
  "webhookCalls",
  "reduction",
  "reconciliation",
  "hydration",
  "deliveries",
  "dropped",
  "duplicates",
  "pollingMissed",
  "pollingCollapsed",
  "pushed",
  "recovered",
  "uncovered",
  "webhookMissed",
  "differences",
  "pollingPeakPerMinute",
  "webhookPeakPerMinute",
  "pollingFreshnessP50",
  "pollingFreshnessP95",
  "pollingFreshnessMax",
  "webhookFreshnessP50",
  "webhookFreshnessP95",
  "webhookFreshnessMax"
] as const
export type MetricName = (typeof metricNames)[number]

/** Lags of both paths, over all entity types of all accounts. */
export const mergedLags = (figures: ReadonlyArray<SimulationFigures>, path: "polling" | "webhook"): LagHistogram => {
  const all = makeLagHistogram()
  for (const one of figures) for (const lags of one[path].lags) all.merge(lags.state())
  return all
}

/** Of one run over all accounts; `NaN` where there is nothing to tell. */
export const metricsOf = (figures: ReadonlyArray<SimulationFigures>): Readonly<Record<MetricName, number>> => {
  const sum = (part: (one: SimulationFigures) => number): number => figures.reduce((total, one) => total + part(one), 0)
  const most = (part: (one: SimulationFigures) => number): number =>
    figures.reduce((peak, one) => Math.max(peak, part(one)), 0)
  const pollingCalls = sum(({ polling }) => polling.calls)
  const webhookCalls = sum(({ webhook }) => webhook.reconciliation + webhook.hydration + webhook.retries + webhook.kept)
  const [polling, webhook] = [mergedLags(figures, "polling"), mergedLags(figures, "webhook")]
  const seconds = (lags: LagHistogram, q: number): number => (lags.quantile(q) ?? Number.NaN) / 1000
  return {
    changes: sum(({ changes }) => changes),
    pollingCalls,
    webhookCalls,
    reduction: pollingCalls === 0 ? Number.NaN : 1 - webhookCalls / pollingCalls,
    reconciliation: sum((one) => one.webhook.reconciliation),
    hydration: sum((one) => one.webhook.hydration),
    deliveries: sum((one) => one.webhook.deliveries),
    dropped: sum((one) => one.webhook.dropped),
    duplicates: sum((one) => one.webhook.duplicates),
    pollingMissed: sum((one) => one.polling.missed),
    pollingCollapsed: sum((one) => one.polling.collapsed),
    pushed: sum((one) => one.webhook.pushed),
    recovered: sum((one) => one.webhook.recovered),
    uncovered: sum((one) => one.webhook.uncovered),
    webhookMissed: sum((one) => one.webhook.missed),
    differences: sum(({ differences }) => differences.length),
    pollingPeakPerMinute: most((one) => one.polling.peakPerMinute),
    webhookPeakPerMinute: most((one) => one.webhook.peakPerMinute),
    pollingFreshnessP50: seconds(polling, 0.5),
    pollingFreshnessP95: seconds(polling, 0.95),
    pollingFreshnessMax: polling.count() === 0 ? Number.NaN : polling.max() / 1000,
    webhookFreshnessP50: seconds(webhook, 0.5),
    webhookFreshnessP95: seconds(webhook, 0.95),
    webhookFreshnessMax: webhook.count() === 0 ? Number.NaN : webhook.max() / 1000
  }
}
