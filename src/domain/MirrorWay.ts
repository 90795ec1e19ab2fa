/** The way through the mirror, as a report shows it: the programs stay as they are, and change their base URL. */
import type { Spread } from "./Quantiles.js"

/** A poller that polls the mirror in place of the provider, over the same window. */
export interface PollerMirror {
  /** Whether the mirror answers any of its requests. */
  readonly served: boolean
  /** Its requests that still reach the provider. The mirror's own reads for all programs count for the account. */
  readonly calls: number
  readonly callsADay: number
  readonly reduction: number
  /** Of `calls`: why the requests go through (docs/mirror.md), the most first. */
  readonly through: Readonly<Record<string, number>>
  /** Of what is answered from the state: its own interval and the push; `null` where none is known, or not served. */
  readonly freshnessSeconds: Spread | null
  /** Types that it needs reconciled, and that the plan does not reconcile; absent where there are none. */
  readonly added?: ReadonlyArray<string>
  /** The work that it takes. */
  readonly burden: string
}

/** A type that the mirror's receiver reconciles, and that the plan leaves to a poller. */
export interface MirrorAddition {
  readonly account: string
  readonly entity: string
  readonly everySeconds: number
  /** Hours of the UTC day in which it has a shorter interval. */
  readonly busy?: { readonly everySeconds: number; readonly hours: string }
  /** Its events, of which the plan has none. */
  readonly events: ReadonlyArray<string>
}

/** Calls of the whole way, by what makes them. */
export interface MirrorWay {
  readonly calls: number
  /** Requests of programs that reach the provider, checks of credentials included. */
  readonly through: number
  /** Of `through`: those that go through because the credential has not passed lately. */
  readonly checks: number
  /** The mirror's own: of what pushes told in part. */
  readonly reads: number
  readonly reconciliation: number
  readonly hydration: number
  readonly upkeep: number
  readonly retries: number
  /** Types reconciled beside those of the plan, counted in the calls above; absent where there are none. */
  readonly added?: ReadonlyArray<MirrorAddition>
}

/** The reason of a request whose parameters a recording does not keep: what a mirror would make of it is not known. */
export const unrecorded = "unrecorded"

export const unrecordedSentence =
  "what the mirror would make of these requests is not known, since a recording keeps no values of parameters that hookshift does not know by itself; `hookshift mirror --dark` counts and compares its answers"
