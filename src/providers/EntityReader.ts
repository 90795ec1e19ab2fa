/**
 * The port of hydration and reconciliation to a product's client: changes since a moment, one entity, one
 * entity's dependants. Each product's reader says how its own client does that.
 */
import { Effect, type Stream } from "effect"
import type { EpochMillis } from "../domain/Time.js"
import type { ProviderError } from "./ProviderError.js"

export type Item = Readonly<Record<string, unknown>>

export interface EntityReader {
  /**
   * Changes since then, as far as the API can narrow them; everything for `null`. `embed`: what each item of the list
   * shows besides, where the product has it.
   */
  readonly changed: (
    entity: string,
    since: EpochMillis | null,
    hidden?: "deleted" | "spam",
    embed?: string
  ) => Stream.Stream<Item, ProviderError>
  /**
   * Changes since then as a plain list has them, where `changed` reads other lists: of Freshservice's tickets those of
   * the primary workspace, with all of their fields.
   */
  readonly changedAsListed?: (entity: string, since: EpochMillis) => Stream.Stream<Item, ProviderError>
  /** The views that the account has of a type, where lists are views. */
  readonly views?: (entity: string) => Effect.Effect<ReadonlyArray<Item>, ProviderError>
  readonly get: (entity: string, id: string, embed?: string) => Effect.Effect<Item, ProviderError>
  /**
   * One page of a search in the product's query language, without outer quotes; only products whose searches have a
   * rule.
   */
  readonly searchPage?: (
    entity: string,
    query: string,
    page: number
  ) => Effect.Effect<{ readonly items: ReadonlyArray<Item>; readonly total: number }, ProviderError>
  /**
   * The dependants of one entity: the conversations of a ticket. Where the list only names them, `readNamed` decides
   * what becomes of one that cannot be read; its failure ends the list unless that is given.
   */
  readonly children: (entity: string, parentId: string, readNamed?: ReadNamed) => Stream.Stream<Item, ProviderError>
}

/** Reads one item that a list only names; `null` passes it by. */
export type ReadNamed = (
  id: string,
  read: Effect.Effect<Item, ProviderError>
) => Effect.Effect<Item | null, ProviderError>

/** An item of a list that is not as the product documents it; the others of its page are. */
export interface Unreadable {
  readonly entity: string | null
  /** `null` where it does not even tell that. */
  readonly id: string | null
  readonly message: string
}

/** The entity, or `null` where the product no longer has it. */
export const getOrNull = (
  { get }: Pick<EntityReader, "get">,
  entity: string,
  id: string,
  embed?: string
): Effect.Effect<Item | null, ProviderError> =>
  Effect.catchIf(
    get(entity, id, embed),
    (error) => error.reason === "notFound",
    () => Effect.succeed(null)
  )
