/** `report.json`: ratios are 0..1, times ISO 8601 UTC, durations in seconds. Keys may be added, none renamed. */
import type { Finding } from "./Finding.js"
import type { GoalOutcome } from "./GoalOutcome.js"
import type { PlanSection } from "./PlanSection.js"
import type { Interval, PollerAssessment, TrafficKind } from "./Poller.js"
import type { Spread } from "./Quantiles.js"
import type { EntityFreshness, IntegrationFreshness, ReplayTimeline, RunsResult } from "./Replay.js"
import type { ShadowSection } from "./ShadowSection.js"
import type { LeftOut } from "./Span.js"
import type { MirrorOutcome } from "./ThroughMirror.js"

export interface CallsAfterBreakdown {
  readonly reconciliation: number
  readonly hydration: number
  /** Pollers that stay, at the calls of their tuning. */
  readonly tuned: number
  readonly kept: number
  readonly upkeep: number
  readonly retries: number
}

/** Calls that belong to no poller, by what they look like. */
export interface UnattributedCalls {
  readonly calls: number
  readonly endpoints: ReadonlyArray<{ readonly endpoint: string; readonly calls: number }>
  readonly kinds: ReadonlyArray<{ readonly kind: TrafficKind; readonly calls: number }>
}

export interface RateLimitUse {
  readonly account: string
  readonly product: string | null
  readonly plan: string | null
  /** `null` where it is unknown, or where the product counts by the hour alone. */
  readonly limitPerMinute: number | null
  readonly limitPerHour: number | null
  readonly peakPerMinuteBefore: number
  readonly peakPerMinuteAfter: number
  /** `null` where the window is shorter than an hour. */
  readonly peakPerHourBefore: number | null
  readonly peakPerHourAfter: number | null
  readonly throttled: number
  /** Pushes among the calls after the migration: those of a route that uses the limit as calls do. Absent: none. */
  readonly pushes?: number
  /**
   * Source of the limit: the configuration's own, the provider's headers, the configured plan, or what endpoints told
   * of their own limits, which the plans of `fittingPlans` alone have.
   */
  readonly limitFrom: "configuration" | "headers" | "plan" | "endpoints" | null
  /** Absent where none is needed. */
  readonly fittingPlans?: ReadonlyArray<string>
  /** Called endpoints with a limit of their own beneath the account's, the tightest first. Absent: none. */
  readonly endpoints?: ReadonlyArray<EndpointLimitUse>
  /** The busiest first. */
  readonly worstMinutes: ReadonlyArray<WorstMinute>
  /** Calls per minute; of a long window the busiest minute of each step. */
  readonly minutes: {
    readonly from: string
    readonly stepMinutes: number
    readonly before: ReadonlyArray<number>
    readonly after: ReadonlyArray<number>
  }
}

/** An endpoint's calls beneath its own limit, in the busiest of that limit's periods. */
export interface EndpointLimitUse {
  readonly endpoint: string
  readonly limit: number
  readonly period: "minute" | "hour"
  /** Source of the limit: the provider's headers, or the account's plan. */
  readonly limitFrom: "headers" | "plan"
  readonly peakBefore: number
  readonly peakAfter: number
}

export interface WorstMinute {
  readonly at: string
  readonly before: number
  readonly after: number
  readonly causes: ReadonlyArray<{ readonly integration: string; readonly endpoint: string; readonly calls: number }>
}

/** Extrapolation of a window that is shorter than an interval on which its figures rest. */
export interface Extrapolation {
  readonly fromSeconds: number
  readonly toSeconds: number
  /** Whose interval `toSeconds` is. */
  readonly restsOn: "reconciliation" | "slowest poller" | "hourly limit"
  /**
   * Over `toSeconds`: sweeps by their interval, all else by its rate. `null` where nothing can be said: no poller shows
   * yet.
   */
  readonly calls: number | null
  readonly callsAfter: number | null
  readonly reduction: number | null
}

export type SubscriptionState =
  | "planned"
  | "waiting"
  | "active"
  | "changed"
  | "outdated"
  | "inactive"
  | "missing"
  | "removed"

export interface SubscriptionLine {
  readonly product: string
  readonly account: string
  readonly event: string
  readonly route: string
  readonly state: SubscriptionState
}

export interface ParityDifference {
  readonly account: string
  readonly entity: string
  readonly entityId: string
  readonly polling: string
  readonly webhook: string | null
}

/** An account's part of a report. */
export interface AccountReport {
  readonly account: string
  readonly product: string | null
  readonly route: string | null
  readonly calls: number
  readonly callsAfter: number
  readonly reduction: number
  readonly callsAfterBreakdown: CallsAfterBreakdown
  /** Of `callsAfter`: readings that come more seldom than the window is long. Absent in earlier reports. */
  readonly seldom?: number
  /** Steps to set up by hand, where no API does it: ready to read out. */
  readonly runbooks: ReadonlyArray<{
    readonly event: string
    readonly title: string
    readonly steps: ReadonlyArray<string>
  }>
  /** Changes that no event of the route tells of and that reconciliation brings, in words. */
  readonly notPushed: ReadonlyArray<string>
  /** Changes that neither an event nor reconciliation tells of; not known in reports of earlier versions. */
  readonly notBrought?: ReadonlyArray<string>
  /** Entity types that are neither subscribed to nor reconciled, although the API would let them be. */
  readonly notReconciled?: ReadonlyArray<string>
}

/** Differences that a replay lists; beyond, they are counted. */
export const mostDifferences = 100

export interface ReplayResult {
  readonly changes: number
  readonly seed: number
  /** All figures here are theirs: those with a poller that gives way. Absent in earlier reports. */
  readonly accounts?: ReadonlyArray<string>
  /** The replayed time: the report's window, or the last day of it. */
  readonly window: { readonly from: string; readonly to: string }
  /** The replayed calls: `programs` (the sample integrations themselves) or `recorded calls`. */
  readonly pollingDriver: string
  /**
   * `wire`: the real components over loopback HTTP; `model`: state machines in virtual time. Absent in reports from
   * before there was one.
   */
  readonly driver?: "wire" | "model"
  /** Unseen changes, added by the estimated rate: none on the wire. */
  readonly estimated?: number
  readonly faults: string
  readonly polling: {
    readonly calls: number
    readonly seen: number
    readonly missed: number
    readonly collapsed: number
    readonly freshnessSeconds: Spread | null
  }
  readonly webhook: {
    readonly calls: number
    readonly callsBreakdown: Omit<CallsAfterBreakdown, "tuned">
    readonly deliveries: number
    readonly duplicates: number
    readonly rejected: number
    readonly dropped: number
    readonly recovered: number
    readonly missed: number
    /** Changes that a delivery brought, and those that no event covers and reconciliation brought. */
    readonly pushed: number
    readonly uncovered: number
    /** Events that the handler was given more than once under one key. */
    readonly handedOverTwice: number
    readonly freshnessSeconds: Spread | null
    readonly afterOutage: { readonly lost: number; readonly healed: number } | null
  }
  readonly parity: {
    readonly equal: boolean
    /** The first of them, `mostDifferences` at most. */
    readonly differences: ReadonlyArray<ParityDifference>
    /** How many there are, where not all are listed. */
    readonly differing?: number
    /** Entities that only the webhook path knows (deletions, for example): listed, and no difference. */
    readonly onlyWebhook: number
  }
  /** On the wire: of each integration that gives way. */
  readonly byIntegration?: ReadonlyArray<IntegrationFreshness>
  /** On the wire: of each entity type that is looked after. Absent in earlier reports. */
  readonly byEntity?: ReadonlyArray<EntityFreshness>
  /** The same programs through the mirror, where it was asked for (`--mirror`). */
  readonly mirror?: MirrorOutcome
  /** The same day in the model, beside the wire's. */
  readonly model?: {
    /** Its accounts, and those of `runs`; absent in earlier reports. */
    readonly accounts?: ReadonlyArray<string>
    readonly changes: number
    readonly estimated: number
    readonly missed: number
    readonly differences: number
    /** Of the webhook path. */
    readonly calls?: number
  }
  /** Many days like this one, in the model. */
  readonly runs?: RunsResult
  /** The busiest hour of the account that changed most, in the model. */
  readonly timeline?: ReplayTimeline
}

export interface Report {
  readonly schemaVersion: 1
  readonly generatedAt: string
  readonly window: { readonly from: string; readonly to: string; readonly seconds: number }
  readonly settings: {
    readonly reconcileSeconds: number
    /** Accounts whose source sets `reconcile.every`, not planned. Absent without any, and in earlier reports. */
    readonly setIntervals?: ReadonlyArray<{ readonly account: string; readonly everySeconds: number }>
    readonly route: string
    readonly plan: string | null
    readonly bodiesKept: boolean
    /** The `--faults` whose calls the forecast counts; absent without any. */
    readonly faults?: string
  }
  readonly totals: {
    readonly calls: number
    readonly pollingCalls: number
    readonly callsAfter: number
    /** In credits of the rate limits: an embed costs some beyond its call. */
    readonly credits?: number
    readonly creditsAfter?: number
    readonly reduction: number
    /**
     * Holds the true reduction in 95 of 100 recordings like this one; `null` where the recording is too short to say.
     */
    readonly reductionInterval: Interval | null
    /** `null` where the window is as long as all that the figures rest on; absent in reports of earlier versions. */
    readonly extrapolation?: Extrapolation | null
    readonly emptySweeps: number | null
    readonly throttled: number
    readonly recordsLost: number
    /**
     * Calls that are so far from all others in time that no figure counts them; absent in reports of earlier versions.
     */
    readonly leftOut?: ReadonlyArray<LeftOut>
    /** Recording processes that were killed, or ended without room to write what they still had. */
    readonly recordersCutOff: number
  }
  readonly callsAfterBreakdown: CallsAfterBreakdown
  /** The outcomes of `--slo`'s goals; absent without any, and in earlier reports. */
  readonly goals?: ReadonlyArray<GoalOutcome>
  /** Absent where one interval was given in its place, and in reports of earlier versions. */
  readonly plan?: PlanSection
  readonly accounts: ReadonlyArray<AccountReport>
  readonly pollers: ReadonlyArray<PollerAssessment>
  readonly unattributed: UnattributedCalls
  readonly rateLimits: ReadonlyArray<RateLimitUse>
  readonly findings: ReadonlyArray<Finding>
  readonly subscriptions: ReadonlyArray<SubscriptionLine>
  readonly replay: ReplayResult | null
  /** Deliveries of a running receiver beside the recorded polling; absent where there are none. */
  readonly shadow?: ShadowSection
  readonly measured: {
    readonly ackSeconds: { readonly p50: number; readonly p99: number; readonly max: number } | null
    readonly wallSeconds: number
  }
}
