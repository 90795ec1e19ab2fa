/**
 * What hydration and reconciliation ask of a product, whatever its client looks like: what changed, one entity, one
 * entity's dependants. Each product's reader says how its own client does that.
 */
import { Effect, type Stream } from "effect"
import type { EpochMillis } from "../domain/Time.js"
import type { ProviderError } from "./ProviderError.js"

export type Item = Readonly<Record<string, unknown>>

export interface EntityReader {
  /** What changed since then, as far as the API can narrow it; everything for `null`. */
  readonly changed: (
    entity: string,
    since: EpochMillis | null,
    hidden?: "deleted" | "spam"
  ) => Stream.Stream<Item, ProviderError>
  readonly get: (entity: string, id: string) => Effect.Effect<Item, ProviderError>
  /** The dependants of one entity: the conversations of a ticket. */
  readonly children: (entity: string, parentId: string) => Stream.Stream<Item, ProviderError>
}

/** One entity, or `null` where the product has it no more. */
export const getOrNull = (
  { get }: Pick<EntityReader, "get">,
  entity: string,
  id: string
): Effect.Effect<Item | null, ProviderError> =>
  Effect.catchIf(
    get(entity, id),
    (error) => error.reason === "notFound",
    () => Effect.succeed(null)
  )
