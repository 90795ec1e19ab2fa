/** The `reconcile` settings of the sources, by account, as analyses take them. */
import { Duration } from "effect"
import { convertIntervals, type OwnIntervals } from "../providers/index.js"
import type { Source } from "./Source.js"

export interface ReconcileSetting {
  /** In seconds; `null` where the source sets none. */
  readonly every: number | null
  /** Entity types with an interval of their own, in seconds, or "off". */
  readonly own: OwnIntervals
}

export const reconcileSettings = (sources: ReadonlyArray<Source>): Readonly<Record<string, ReconcileSetting>> =>
  Object.fromEntries(
    sources.map(({ account, config, reconcileOwn }) => [
      account,
      {
        every: config.reconcile?.every === undefined ? null : Duration.toSeconds(config.reconcile.every),
        own: convertIntervals(reconcileOwn, (every) => every / 1_000)
      }
    ])
  )

/** The same without the intervals of single entity types, for an analysis whose verdicts choose the types. */
export const generalReconcileSettings = (sources: ReadonlyArray<Source>): Readonly<Record<string, ReconcileSetting>> =>
  Object.fromEntries(
    Object.entries(reconcileSettings(sources)).map(([account, { every }]) => [account, { every, own: {} }])
  )
