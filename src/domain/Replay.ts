/** What replays report beyond one run: bands over many, and trade-offs. Durations in seconds, ratios 0..1. */

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
