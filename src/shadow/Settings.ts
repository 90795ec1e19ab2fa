/** Whose pollers are compared with whose pushes, and how sure the live comparison has to be. */
import type { EpochMillis } from "../domain/Time.js"
import type { Provider, Route } from "../providers/index.js"

export interface ShadowedAccount {
  readonly source: string
  readonly provider: Provider
  readonly route: Route
}

export interface ShadowSettings {
  readonly now: EpochMillis
  /** By the account's host name, as recordings know it. */
  readonly accounts: ReadonlyMap<string, ShadowedAccount>
  /** How sure a verdict has to be: 0.95. */
  readonly confidence: number
  /** The share of changes that pushes may lose, for reconciliation to bring: 0.01. */
  readonly tolerated: number
  /** How long a delivery may take, retries included, before a change counts as not pushed. */
  readonly settleMs: number
  /** How long until reconciliation must have brought a change that pushes lost. */
  readonly reconcileMs: number
}
