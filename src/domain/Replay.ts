/** Results of many replays: bands and trade-offs. Durations in seconds, ratios 0..1. */
import type { Spread } from "./Quantiles.js"

/** Of a metric over many runs: the median, and what 95 of 100 runs lie between. */
export interface Band {
  readonly low: number
  readonly median: number
  readonly high: number
}

/** How long changes of an entity type took to arrive, over all runs. */
export interface LagLine {
  readonly entity: string
  readonly changes: number
  readonly p50: number
  readonly p95: number
  readonly p99: number
  readonly p999: number
  readonly max: number
}

/** How long both paths took over the changes that an integration saw by polling, in seconds. */
export interface IntegrationFreshness {
  readonly account: string
  readonly integration: string
  readonly changes: number
  readonly polling: Spread
  readonly webhook: Spread
}

/** How long the webhook path took over an account's changes of a type, in seconds. */
export interface EntityFreshness {
  readonly account: string
  readonly entity: string
  readonly changes: number
  readonly webhook: Spread
}

/** Many days like the replayed one, each with draws of its own. */
export interface RunsResult {
  readonly runs: number
  readonly seed: number
  /** Runs in which the webhook path lost a change, or ended with less than polling. */
  readonly failing: number
  /** By metric (docs/replay.md, "A thousand days"); `null` where no run has it. */
  readonly bands: Readonly<Record<string, Band | null>>
  readonly webhookLags: ReadonlyArray<LagLine>
  readonly pollingLags: ReadonlyArray<LagLine>
}

/** A way to stay up to date, under some faults. */
export interface TradeOffLine {
  readonly way: "webhooks" | "polling" | "adaptive polling"
  /** Of webhooks; `null` for the others. */
  readonly reconcileSeconds: number | null
  /** As `--faults` has them; empty for none. */
  readonly faults: string
  readonly calls: Band | null
  readonly missed: Band | null
  /** Runs in which webhooks lost a change. */
  readonly failing: number
  /** The stalest change of all runs, and what 999 of 1,000 changes kept, of the worst entity type. */
  readonly worstSeconds: number
  readonly p999Seconds: number
  readonly lags: ReadonlyArray<LagLine>
  /** Whether every goal is kept; `null` where none was set. */
  readonly meets: boolean | null
}

export interface TradeOffs {
  readonly runs: number
  readonly seed: number
  readonly goals: ReadonlyArray<{ readonly entity: string; readonly seconds: number; readonly at: string }>
  readonly lines: ReadonlyArray<TradeOffLine>
  /** The cheapest way that keeps every goal under all faults; `null` where none does, or no goal was set. */
  readonly recommended: {
    readonly way: TradeOffLine["way"]
    readonly reconcileSeconds: number | null
    readonly calls: number
  } | null
  /** Where polling that adapts is cheaper than these webhook settings, and no staler at the worst. */
  readonly adaptiveWins: ReadonlyArray<{ readonly faults: string; readonly reconcileSeconds: number }>
}

/** A moment of something, in seconds from the timeline's start; `found` is 0 for a sweep that brought nothing. */
export interface TimelineMark {
  readonly at: number
  readonly found: number
}

/** From a moment on, the age of the oldest change that the path has not brought: it grows by a second each second. */
export interface StalenessPoint {
  readonly at: number
  readonly seconds: number
}

/** An hour of an account, both paths above each other. */
export interface ReplayTimeline {
  readonly account: string
  /** ISO 8601. */
  readonly from: string
  readonly seconds: number
  readonly changes: ReadonlyArray<TimelineMark>
  readonly polling: {
    readonly sweeps: ReadonlyArray<TimelineMark>
    readonly staleness: ReadonlyArray<StalenessPoint>
  }
  readonly webhook: {
    readonly deliveries: ReadonlyArray<TimelineMark>
    readonly retries: ReadonlyArray<TimelineMark>
    readonly hydrations: ReadonlyArray<TimelineMark>
    readonly reconciliation: ReadonlyArray<TimelineMark>
    readonly staleness: ReadonlyArray<StalenessPoint>
    /** Of changes that an event tells of: the others wait for reconciliation. */
    readonly pushedStaleness: ReadonlyArray<StalenessPoint>
  }
}
