/**
 * The mirror's rule on requests, as a forecast is given it: what a mirror makes of a request before it looks at its
 * state. Pure.
 */
import type { EpochMillis } from "./Time.js"

/** A request as a recording tells of it: without headers, body and the values that are not kept. */
export interface RecordedRequest {
  readonly integration: string
  readonly method: string
  /** Path and query at the provider. */
  readonly target: string
}

/** A request that the state may answer. */
export interface MirrorQuestion {
  readonly kind: "list" | "item" | "dependants"
  /** The type that has to be complete: of dependants that move their parent's stamp, the parent's. */
  readonly entity: string
  /** Types of the parts that it embeds, which have to be complete as well. */
  readonly embeds: ReadonlyArray<string>
  /** Whether it embeds parts that are the item's own: no push carries them. */
  readonly embedsOwn: boolean
  /** Equal keys and ids ask the same. */
  readonly key: string
  /** The entity that is asked for, or beneath which; `null` for a list. */
  readonly id: string | null
  /** Of a list. */
  readonly page: number
  readonly perPage: number
  /** The time filter; `null` without one. */
  readonly since: EpochMillis | null
  /** Whether the order of the list is documented. */
  readonly orderKnown: boolean
  /** Whether an answer that went through shows the order that is assumed. */
  readonly showsOrder: boolean
}

export interface MirrorRuling {
  /** Whether the request is in the provider's catalogue: its answer tells that the credential is good. */
  readonly catalogued: boolean
  /** Why it goes through whatever the state is; `null` where the state may answer it. */
  readonly reason: string | null
  /** `null` where it is not surely understood. */
  readonly question: MirrorQuestion | null
}

export interface MirrorRule {
  /** How long a credential counts once it has passed at the provider, in milliseconds. */
  readonly recheckMs: number
  /** Of a product, by its name. */
  readonly of: (product: string) => (request: RecordedRequest) => MirrorRuling
}
