/**
 * How a client answers: in effects and streams, or in promises and async iterables. A client's interface is written
 * once, over a mode. It names no type of Effect, so that the declarations of `hookshift` need none.
 */
import type { Effect, Stream } from "effect"
import type { BulkDone, BulkPartialFailure } from "./Bulk.js"
import type { ProviderError } from "./ProviderError.js"

export interface Mode {
  /** The answer; the other members are made of it. */
  readonly item: unknown
  readonly one: unknown
  readonly many: unknown
  readonly bulk: unknown
  /** An answer that takes no argument. */
  readonly own: unknown
}

export type One<M extends Mode, A> = (M & { readonly item: A })["one"]
export type Many<M extends Mode, A> = (M & { readonly item: A })["many"]
export type Own<M extends Mode, A> = (M & { readonly item: A })["own"]

export interface InEffects extends Mode {
  readonly one: Effect.Effect<this["item"], ProviderError>
  readonly many: Stream.Stream<this["item"], ProviderError>
  readonly bulk: Effect.Effect<BulkDone, BulkPartialFailure | ProviderError>
  readonly own: Effect.Effect<this["item"], ProviderError>
}

export interface InPromises extends Mode {
  readonly one: Promise<this["item"]>
  readonly many: AsyncIterable<this["item"]>
  readonly bulk: Promise<BulkDone>
  /** A promise starts at once, so that it is asked for. */
  readonly own: () => Promise<this["item"]>
}
