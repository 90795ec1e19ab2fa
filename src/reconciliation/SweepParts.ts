/** The parts that a sweep is made of, and how it can fail. */
import type { Duration } from "effect"
import type { Policy } from "../policy/index.js"
import type { ProviderError } from "../providers/clients.js"
import type { Provider } from "../providers/index.js"
import type { CountedReaders } from "./CountedReaders.js"
import type { DeferredReads } from "./DeferredReads.js"
import type { Findings } from "./Findings.js"
import type { InboxUnavailable } from "./FindingWriter.js"
import type { ReconciliationPort } from "./ReconciliationPort.js"
import type { WatchStarts } from "./WatchStarts.js"

export type SweepError = ProviderError | InboxUnavailable

export interface SweepParts extends Pick<CountedReaders, "sweeper" | "hydrator" | "takeUnreadable"> {
  readonly source: string
  readonly provider: Provider
  readonly port: ReconciliationPort
  readonly policy: Policy
  readonly findings: Findings
  readonly watchStarts: WatchStarts
  readonly deferredReads: DeferredReads
  /** Dependants of which pushes tell all changes: between turns of their own, the stamps of their parents decide. */
  readonly told: ReadonlySet<string>
  readonly overlapMs: number
  readonly deletionsEvery: Duration.Duration | undefined
}
