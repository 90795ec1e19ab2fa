/** The interface of a finding rule, and queries that several rules share. Pure. */
import type { CallId } from "../../domain/Call.js"
import type { Finding, Severity } from "../../domain/Finding.js"
import type { Recording, StreamRecording } from "../../domain/Recording.js"
import type { RateLimitUse } from "../../domain/Report.js"
import type { PlacedCall } from "../detection/DetectedPoller.js"
import type { Detection } from "../detection/Detection.js"
import type { ClockSkew } from "../estimates/ClockSkew.js"
import type { ChangeIndex } from "../estimates/ObservedChanges.js"
import type { PollerEstimates } from "../estimates/PollerEstimates.js"
import type { AnalysisSettings } from "../Settings.js"

export interface RuleContext {
  readonly recording: Recording
  readonly detection: Detection
  readonly estimates: ReadonlyArray<PollerEstimates>
  readonly skews: ReadonlyArray<ClockSkew>
  /** The pollers that webhooks replace. */
  readonly migrating: ReadonlyArray<PollerEstimates>
  readonly changes: ChangeIndex
  readonly settings: AnalysisSettings
  /** Headroom of the account, now and after the migration. */
  readonly rateLimits: ReadonlyArray<RateLimitUse>
}

export interface Rule {
  /** Also the name of its page in docs/findings. */
  readonly id: string
  readonly severity: Severity
  /** In a few words, for a list of rules. */
  readonly title: string
  readonly find: (context: RuleContext) => ReadonlyArray<RuleFinding>
}

/** A finding without the fields that its rule or the baseline sets. */
export type RuleFinding = Omit<Finding, "rule" | "severity" | "pollerId" | "integration" | "fingerprint" | "known"> & {
  readonly severity?: Severity
} & RuleSubject

export type RuleSubject =
  | { readonly pollerId: string }
  | {
      readonly pollerId: null
      /** The subject's names, the same in every recording; so fingerprints of keys are left out. */
      readonly about: ReadonlyArray<string>
      readonly integration?: string
    }

const evidenceCount = 5

/** Ids of a few of these calls: the first, the last and some between them. */
export const evidenceOf = (calls: ReadonlyArray<PlacedCall>): ReadonlyArray<CallId> => {
  const step = Math.max(1, (calls.length - 1) / (evidenceCount - 1))
  const places = new Set(
    Array.from({ length: Math.min(evidenceCount, calls.length) }, (_, n) =>
      Math.min(calls.length - 1, Math.round(n * step))
    )
  )
  return [...places].map((place) => calls[place]!.recording.calls.id[calls[place]!.row]!)
}

/** Each call with the next one. */
export const pairsOf = function* (calls: Iterable<PlacedCall>): Generator<readonly [PlacedCall, PlacedCall]> {
  let before: PlacedCall | null = null
  for (const call of calls) {
    if (before !== null) yield [before, call]
    before = call
  }
}

/** The first call of each stream, as evidence of its use. */
export const firstCalls = (streams: ReadonlyArray<StreamRecording>): ReadonlyArray<PlacedCall> =>
  streams.map((recording) => ({ recording, row: 0, sweep: -1 }))

export const rowsOf = function* (recording: StreamRecording): Generator<PlacedCall> {
  for (let row = 0; row < recording.calls.length; row++) yield { recording, row, sweep: -1 }
}

export const times = (count: number): string => (count === 1 ? "once" : `${count.toLocaleString("en-US")} times`)
