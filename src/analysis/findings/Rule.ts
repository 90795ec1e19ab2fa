/** What a rule is given, what it gives, and the small questions that several rules ask. Pure. */
import type { CallId } from "../../domain/Call.js"
import type { Finding, Severity } from "../../domain/Finding.js"
import type { Recording, StreamRecording } from "../../domain/Recording.js"
import type { DetectedPoller, Detection, PlacedCall } from "../detection/Detection.js"
import { inTimeOrder } from "../detection/Followers.js"
import type { ChangeIndex } from "../estimates/Changes.js"
import type { ClockSkew } from "../estimates/ClockSkew.js"
import type { AnalysisSettings, Examined } from "../Settings.js"

export interface RuleContext {
  readonly recording: Recording
  readonly detection: Detection
  readonly examined: ReadonlyArray<Examined>
  readonly skews: ReadonlyArray<ClockSkew>
  /** Those that webhooks take the place of. */
  readonly moving: ReadonlyArray<Examined>
  readonly changes: ChangeIndex
  readonly settings: AnalysisSettings
}

export interface Rule {
  /** Also the name of its page in docs/findings. */
  readonly id: string
  readonly severity: Severity
  /** In a few words, for a list of rules. */
  readonly title: string
  readonly find: (context: RuleContext) => ReadonlyArray<FoundBy>
}

/** A finding but for what its rule says of all of them. */
export type FoundBy = Omit<Finding, "rule" | "severity" | "pollerId" | "fingerprint" | "known"> & {
  readonly severity?: Severity
} & (
    | { readonly pollerId: string }
    /** What it is about instead, in names that are the same in every recording (fingerprints of keys are not). */
    | { readonly pollerId: null; readonly about: ReadonlyArray<string> }
  )

const evidenceCount = 5

/** Some of the calls that show it: the first, the last and some between them. */
export const evidenceOf = (calls: ReadonlyArray<PlacedCall>): ReadonlyArray<CallId> => {
  const step = Math.max(1, (calls.length - 1) / (evidenceCount - 1))
  const places = new Set(
    Array.from({ length: Math.min(evidenceCount, calls.length) }, (_, n) =>
      Math.min(calls.length - 1, Math.round(n * step))
    )
  )
  return [...places].map((place) => calls[place]!.recording.calls.id[calls[place]!.row]!)
}

/** A poller's calls, its details among them, oldest first. */
export const callsInTime = function* ({ details, own }: DetectedPoller): Generator<PlacedCall> {
  const parts = [own, ...details]
  for (const { index, row } of inTimeOrder(parts.map(({ recording }) => recording))) {
    const { recording, sweepOf } = parts[index]!
    const sweep = sweepOf[row]!
    if (sweep >= 0) yield { recording, row, sweep }
  }
}

/** Each call with the one that comes next. */
export const pairsOf = function* (calls: Iterable<PlacedCall>): Generator<readonly [PlacedCall, PlacedCall]> {
  let before: PlacedCall | null = null
  for (const call of calls) {
    if (before !== null) yield [before, call]
    before = call
  }
}

export const rowsOf = function* (recording: StreamRecording): Generator<PlacedCall> {
  for (let row = 0; row < recording.calls.length; row++) yield { recording, row, sweep: -1 }
}

export const times = (count: number): string => (count === 1 ? "once" : `${count.toLocaleString("en-US")} times`)
