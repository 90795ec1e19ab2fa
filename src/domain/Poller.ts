/** Pollers and sweeps: the analysis's view of recorded calls. */
import type { EventName } from "./Event.js"
import type { PollerMirror } from "./MirrorWay.js"
import type { Spread } from "./Quantiles.js"
import type { EpochMillis } from "./Time.js"
import type { Verdict } from "./Verdict.js"

/** A round of a poller: its first call, its further pages, and the detail calls that follow from it. */
export interface Sweep {
  readonly startedAt: EpochMillis
  readonly endedAt: EpochMillis
  readonly pages: number
  readonly detailCalls: number
  readonly throttled: number
  /** Nothing of it was answered well. */
  readonly failed: boolean
  /** Items in the bodies of its pages. */
  readonly items: number
  /** Item versions not seen before; `null` when a body was unknown. */
  readonly yield: number | null
}

/** Pattern of calls that belong to no poller. */
export type TrafficKind =
  /** Changes something. */
  | "write"
  /** Asks what would be allowed: a browser's preflight. */
  | "probe"
  /** A reading of a list, from its first page to its last. */
  | "export"
  /** Many calls within seconds: a page that loads, a load test. */
  | "burst"
  /** An entity asked for until it had changed, such as the state of a job. */
  | "loop"
  /** Single entities: clicks, hydrations that webhooks caused. */
  | "detail"
  /** No rhythm: people. */
  | "irregular"

/** Holds the true value in 95 of 100 recordings like this one. */
export interface Interval {
  readonly low: number
  readonly high: number
}

export interface Coverage {
  /** Observed changes of which it is known whether they are pushed: item versions beyond the first sweep. */
  readonly changes: number
  /** Those that the chosen route pushes. */
  readonly pushed: number
  /** Why the others are not pushed: the fields that changed, and how often each was among them. */
  readonly uncoveredFields: Readonly<Record<string, number>>
  /** Besides `changes`: of which only the stamp shows, so that an event may fire or not. Absent where there is none. */
  readonly unknown?: number
  /**
   * Besides `changes`: of which no earlier version was seen, and how many of them a forecast counts as pushed, by the
   * share of the known ones. Absent where nearly all of them do.
   */
  readonly seenOnce?: { readonly changes: number; readonly pushed: number }
}

export interface Poller {
  readonly id: string
  readonly integration: string
  readonly product: string | null
  readonly account: string
  readonly principal: string | null
  readonly endpoint: string
  /** Types that it reads: its list's, and those of its detail calls. Absent in earlier reports. */
  readonly entities?: ReadonlyArray<string>
  readonly query: string
  readonly intervalSeconds: number
  readonly jitterSeconds: number
  readonly sweeps: number
  /** Of the answered sweeps after the first of them. */
  readonly emptySweeps: number | null
  /** Sweeps of which no call succeeded, so that their finds are unknown. Absent in earlier reports. */
  readonly failedSweeps?: number
  /** Sweeps with a body that could not be read: likewise. Absent in earlier reports. */
  readonly unreadSweeps?: number
  readonly calls: number
  readonly pagesPerSweep: number
  readonly detailCalls: number
  readonly itemVersions: number | null
  /**
   * Lag from change to arrival, by the provider's stamps and clock; half a second is taken off stamps of whole seconds.
   */
  readonly freshnessSeconds: Spread | null
  /** Of the lag's median; `null` where too few changes were seen. */
  readonly freshnessInterval: Interval | null
  readonly throttled: number
  /** Programs that take turns at this endpoint with the same key. */
  readonly instances: number
  /** Where the interval changed: from when to when it was what. Empty where it stayed. */
  readonly phases: ReadonlyArray<PollerPhase>
  /**
   * Where the program chooses its interval by itself: `intervalSeconds` is then the median. Absent in reports of
   * earlier versions.
   */
  readonly adaptive?: Adaptive | null
  /** Pauses of three intervals and more. */
  readonly gaps: number
  readonly bytes: number | null
  /** Items read, of which `itemVersions` were new: the others were waste. `null` where bodies are unknown. */
  readonly itemsRead: number | null
  /** How much of the time a sweep was under way; `null` where calls have no duration. */
  readonly busyShare: number | null
  /** Sweeps that began before the one before was over; `null` likewise. */
  readonly overlappingSweeps: number | null
  readonly changeRate: PollerChangeRate | null
  /** Why it is `null`. Absent in reports of earlier versions. */
  readonly changeRateUnknown?: string | null
  /**
   * How far the provider's clock is ahead of the program's; 0 where it cannot be told apart, `null` where no answer had
   * a `Date`.
   */
  readonly clockSkewSeconds: number | null
}

/** A poller that asks less often while nothing is new, or after refusals. */
export interface Adaptive {
  readonly fromSeconds: number
  readonly toSeconds: number
  /** The growth law of the interval; `null` where bodies are unknown and only its growth shows. */
  readonly by: "news" | "refusals" | null
}

/** A stretch of time in which a poller had one interval. */
export interface PollerPhase {
  readonly from: string
  readonly to: string
  readonly intervalSeconds: number
}

/**
 * How often what a poller lists really changes, estimated from what its sweeps saw (analysis/estimates/ChangeRate.ts).
 */
export interface PollerChangeRate {
  readonly perHour: number
  readonly perHourInterval: Interval
  /** Versions that its sweeps saw, and changes that a later one overwrote before a sweep could. */
  readonly seen: number
  readonly overwritten: number
  /** How long a recording would tell the rate within a fifth; `null` where this one does. */
  readonly recordForSeconds: number | null
  /** How much more the changes scatter than independent ones do; its root widens the interval. 1 where they do not. */
  readonly dispersion?: number
}

/** A poller's verdict, with what it rests on. */
export interface PollerAssessment extends Poller {
  readonly verdict: Verdict
  readonly reasons: ReadonlyArray<string>
  readonly events: ReadonlyArray<EventName>
  readonly callsAfter: number
  readonly reduction: number
  readonly forecastFreshnessSeconds: Spread | null
  readonly coverage: Coverage | null
  /** Coverage by the configured routes together, then by each other route of the product. */
  readonly coverageByRoute: ReadonlyArray<RouteShare>
  readonly alternatives: ReadonlyArray<Alternative>
  /**
   * The same program, unchanged, polling the mirror; `null` for a product that is not known, absent where not asked
   * for.
   */
  readonly mirror?: PollerMirror | null
  readonly timeline: PollerTimeline
  /**
   * The lags that 0, 5, … 100 of a hundred changes keep, in seconds: twenty-one figures; `null` where none is known.
   */
  readonly freshnessQuantiles: ReadonlyArray<number> | null
}

/** A poller's sweeps over the window, in steps of equal length. */
export interface PollerTimeline {
  readonly stepSeconds: number
  readonly sweeps: ReadonlyArray<number>
  /** Those that found nothing new; `null` where bodies are unknown. */
  readonly empty: ReadonlyArray<number> | null
}

/** A way to go on with what a poller is for, over the same window. */
export interface Alternative {
  readonly name: string
  /** Of webhooks with reconciliation; `null` for other ways. */
  readonly reconcileSeconds: number | null
  readonly calls: number
  /** `null` where the recording does not tell when things changed. */
  readonly freshnessSeconds: Spread | null
  /** The work that it takes. */
  readonly burden: string
  /** Its risk. */
  readonly risk: string
  /** Changes that it would never bring, as far as was seen. */
  readonly lost: number
  /** Whether it keeps the freshness that was asked for (--slo), and loses nothing. */
  readonly admissible: boolean
}

export interface RouteShare {
  /** One route, or several side by side: `app + rule`. */
  readonly route: string
  /**
   * Of the observed changes, the worse end of `range`; `null` where none was observed, or of none is anything known.
   */
  readonly share: number | null
  /** From no unknown change pushed to all of them; absent where all are known. */
  readonly range?: Interval
  readonly interval: Interval | null
  readonly uncoveredFields: Readonly<Record<string, number>>
}
