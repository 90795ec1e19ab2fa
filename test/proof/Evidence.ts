/** All that a proof has of one account, once it has been recorded, audited, replayed and shadowed. */
import type { ReplayResult, Report } from "../../src/domain/Report.js"
import type { PushOutcome, TrueChange } from "../../src/replay/index.js"
import type { ShadowReport } from "../../src/shadow/index.js"
import type { ProgramPlan, ProofAccount } from "./Account.js"

/** A line that a program itself wrote down: a sweep that began, or a version that it met for the first time. */
export type Sight =
  | { readonly at: number; readonly sweep: number; readonly how: "sweep" }
  | {
      readonly at: number
      readonly sweep: number
      readonly how: "list" | "detail" | "each"
      readonly entity: string
      readonly id: string
      readonly stamp: number
      /** A digest of all that it showed but stamps. */
      readonly content: string
    }

export interface CallCount {
  readonly method: string
  readonly endpoint: string
  readonly status: number
  readonly count: number
}

/** A command's exit code, what it said on stderr, and its JSON; `null` where it gave none. */
export interface Told<A> {
  readonly code: number | null
  readonly stderr: string
  readonly json: A | null
}

export interface SideBySide {
  readonly installedAt: number
  readonly endedAt: number
  readonly events: ReadonlyArray<string>
  readonly entities: ReadonlyArray<string>
  readonly outcomes: ReadonlyArray<PushOutcome>
  /** The receiver's own states at the end. */
  readonly states: ReadonlyArray<{
    readonly entity: string
    readonly id: string
    readonly updatedAt: number | null
    readonly deleted: boolean
  }>
  readonly settleMs: number
  readonly shadow: Told<ShadowReport>
}

export interface Evidence {
  readonly account: ProofAccount
  /** When the recording ended that was audited. */
  readonly recordedTo: number
  /** Counted by the stand-in until then, and by the recording. */
  readonly counted: ReadonlyArray<CallCount>
  readonly recorded: ReadonlyArray<CallCount>
  readonly truth: ReadonlyArray<TrueChange>
  readonly programs: ReadonlyArray<{ readonly plan: ProgramPlan; readonly sights: ReadonlyArray<Sight> }>
  readonly audit: Told<Report>
  readonly model: Told<ReplayResult>
  /** `null` where the plan subscribes to nothing. */
  readonly sideBySide: SideBySide | null
}
