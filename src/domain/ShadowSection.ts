/** The live comparison of `hookshift shadow` as a section of the report. */

/** The live comparison of one poller with what was pushed meanwhile (docs/cut-over.md). */
export interface ShadowLine {
  readonly integration: string
  readonly endpoint: string
  readonly entity: string
  /** From when to when both paths were watched; ISO 8601. */
  readonly from: string | null
  readonly to: string
  /** Versions that the poller saw in that time. */
  readonly changes: number
  /** Of these: brought by a push, itself or by a newer one of the entity. */
  readonly pushed: number
  /** That no event covers, by the fields that changed: they come by reconciliation, as planned. */
  readonly notCovered: number
  /** That an event covers and no push brought. */
  readonly lost: number
  /** Versions that only pushes brought: overwritten between two sweeps, or deletions. */
  readonly onlyPushed: number
  /** By how many seconds the push was ahead of the poll; negative where the poll was. */
  readonly aheadSeconds: { readonly p50: number; readonly p95: number } | null
  readonly verdict: "safe" | "notYet" | "cutOver" | "regression"
  readonly why: string
}

export interface ShadowSection {
  readonly at: string
  readonly confidence: number
  readonly tolerated: number
  /** Every poller that still polls may be cut over. */
  readonly safe: boolean
  readonly pollers: ReadonlyArray<ShadowLine>
  readonly alarms: ReadonlyArray<{ readonly source: string; readonly entity: string; readonly message: string }>
}
