/** Pollers and sweeps: what the analysis makes of recorded calls. */
import type { CallId } from "./Call.js"
import type { EventName } from "./Event.js"
import type { Spread } from "./Quantiles.js"
import type { EpochMillis } from "./Time.js"
import type { Verdict } from "./Verdict.js"

/** One round of a poller: its first call, its further pages, and the detail calls that follow from it. */
export interface Sweep {
  readonly startedAt: EpochMillis
  readonly endedAt: EpochMillis
  readonly pages: number
  readonly detailCalls: number
  readonly throttled: number
  /** Item versions not seen before; `null` when a body was unknown. */
  readonly yield: number | null
}

export interface Coverage {
  /** Observed changes: item versions beyond the first sweep. */
  readonly changes: number
  /** Those that the chosen route pushes. */
  readonly pushed: number
  /** Why the others are not pushed: the fields that changed, and how often each was among them. */
  readonly uncoveredFields: Readonly<Record<string, number>>
}

export interface Poller {
  readonly id: string
  readonly integration: string
  readonly product: string | null
  readonly account: string
  readonly principal: string | null
  readonly endpoint: string
  readonly query: string
  readonly intervalSeconds: number
  readonly jitterSeconds: number
  readonly sweeps: number
  readonly emptySweeps: number | null
  readonly calls: number
  readonly pagesPerSweep: number
  readonly detailCalls: number
  readonly itemVersions: number | null
  /** Lag from change to arrival, from `updated_at` (whole seconds, so up to one second too high). */
  readonly freshnessSeconds: Spread | null
  readonly throttled: number
}

/** A poller's verdict, with what it rests on. */
export interface Judged extends Poller {
  readonly verdict: Verdict
  readonly reasons: ReadonlyArray<string>
  readonly events: ReadonlyArray<EventName>
  readonly callsAfter: number
  readonly reduction: number
  readonly forecastFreshnessSeconds: Spread | null
  readonly coverage: Coverage | null
}

export interface Finding {
  readonly rule: string
  readonly severity: "info" | "warning" | "error"
  readonly pollerId: string | null
  readonly message: string
  readonly fix: string
  readonly evidence: ReadonlyArray<CallId>
}
