/** Settings of the live comparison: which accounts, at which confidence, with which delays. */
import type { EpochMillis } from "../domain/Time.js"
import type { PlannedEvents, Provider, Route } from "../providers/index.js"
import type { PolledStream } from "../store/index.js"

export interface ShadowedAccount {
  readonly source: string
  readonly provider: Provider
  readonly routes: ReadonlyArray<Route>
  /** The events of a migration plan, in place of those that were applied. */
  readonly planned?: PlannedEvents
}

/** How the live comparison is judged unless options say otherwise (docs/cut-over.md). */
export const usualMeasure = { confidence: 0.95, maxLoss: 0.01, settle: "15m" } as const

export interface ShadowSettings {
  readonly now: EpochMillis
  /** Whether a stream's sweeps have a rhythm: calls now and then are nothing to switch off. */
  readonly isPoller: (stream: PolledStream) => boolean
  /** By the account's host name, as in recordings. */
  readonly accounts: ReadonlyMap<string, ShadowedAccount>
  /** Confidence of a verdict. */
  readonly confidence: number
  /** Share of changes that pushes may lose, since reconciliation heals them. */
  readonly tolerated: number
  /** Longest time of a delivery, retries included; a change counts as not pushed after it. */
  readonly settleMs: number
  /** Longest time until reconciliation heals a lost push. */
  readonly reconcileMs: number
}
