/**
 * What a replay asks of whoever stands in for the provider: an account that changes, an API over real HTTP, signed
 * deliveries, and the truth about all of it. The replay knows no more of it than this.
 */
import type { Action } from "../domain/Event.js"
import type { EpochMillis, Timekeeper } from "../domain/Time.js"

export interface TrueChange {
  readonly at: EpochMillis
  readonly entity: string
  readonly id: string
  readonly action: Action
  readonly updatedAt: EpochMillis
  /** Empty when nothing but the stamp moved. */
  readonly fields: ReadonlyArray<string>
  /** The entity whose stamp moved with it: the ticket of a reply. */
  readonly parent: string | null
}

export interface PushOutcome {
  readonly entity: string
  readonly id: string
  readonly updatedAt: EpochMillis
  readonly outcome: "pending" | "accepted" | "dropped"
}

export interface StandInFaults {
  readonly drop: number
  readonly duplicate: number
  readonly reorder: number
  readonly delay: number
}

export interface StandIn {
  readonly url: string
  readonly account: string
  readonly truth: () => ReadonlyArray<TrueChange>
  /** Calls so far. */
  readonly calls: () => number
  readonly install: (app: {
    readonly product: string
    readonly url: string
    readonly secret: string
    readonly events: ReadonlyArray<string>
  }) => void
  readonly pushes: () => {
    readonly attempts: number
    readonly dropped: number
    readonly outcomes: ReadonlyArray<PushOutcome>
  }
  readonly close: () => Promise<void>
}

export interface StandInOptions {
  readonly time: Timekeeper
  readonly seed: number
  readonly changesUntil: EpochMillis
  readonly faults: StandInFaults
  readonly onTraffic: (what: "arrived" | "released" | "postStarted" | "postEnded") => void
}

export type StartStandIn = (options: StandInOptions) => Promise<StandIn>

/** The polling integrations, or some of them, running against a stand-in under virtual time. */
export interface RunningPollers {
  /** Resolves once everything that was called so far is in the database. */
  readonly flush: () => Promise<void>
  readonly stop: () => Promise<void>
}
