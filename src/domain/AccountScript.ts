/** An account whose history is given: its entities at the start, and its changes with their times. */
import type { Action } from "./Event.js"
import type { EpochMillis } from "./Time.js"

export interface AccountScript {
  readonly entities: ReadonlyArray<{
    readonly entity: string
    readonly id: number | string
    readonly at: EpochMillis
    readonly fields: Readonly<Record<string, unknown>>
  }>
  readonly changes: ReadonlyArray<{
    readonly at: EpochMillis
    readonly entity: string
    readonly id: number | string
    readonly action: Action
    readonly fields: Readonly<Record<string, unknown>>
  }>
  /** Ids of the account's own views: Freshsales lists everything in each of them. */
  readonly views?: ReadonlyArray<number>
}
