/** The model of a product's simulated account: its entity types, its population, and its happenings. */
import type { Action } from "../domain/Event.js"
import type { EpochMillis } from "../domain/Time.js"
import type { Provider } from "../providers/index.js"
import type { Entity, EntityId, EntityModel } from "./Entity.js"
import type { RandomStream } from "./Randomness.js"

export interface Change {
  readonly at: EpochMillis
  readonly product: string
  readonly entity: string
  readonly id: EntityId
  readonly action: Action
  /** The stamp as the product writes it. */
  readonly updatedAt: string
  /** The fields that changed; empty when only the stamp moved, as a reply does to its ticket. */
  readonly fields: ReadonlyArray<string>
  readonly before: Entity | null
  readonly after: Entity
  readonly parent: { readonly entity: string; readonly id: EntityId } | null
  /** The dependant whose making moved the stamp, and nothing else. */
  readonly touchedBy: { readonly entity: string; readonly record: Entity } | null
  /** The user who made the change. */
  readonly actor: Actor
}

export interface Actor {
  readonly type: string
  readonly id: EntityId
}

/** A product's model; facts about its API are the provider's. */
export interface WorldModel {
  readonly provider: Provider
  readonly entities: Readonly<Record<string, EntityModel>>
  /** Whose changes the API's own users make, and who makes all the others. */
  readonly actors: { readonly api: Actor; readonly people: Actor }
  /** Fields that follow from others, such as due times. */
  readonly complete: (entity: string, record: Entity) => Entity
  /** An entity as the product's own event carries it, before the fields that it leaves out; as it is unless given. */
  readonly pushed?: (entity: string, record: Entity) => Entity
  /** The account as it is at the start, for about so many entities. */
  readonly populate: (account: Population, random: RandomStream, entities: number) => void
  /** Happenings of an account that lives by itself, by weight. */
  readonly happenings: (world: LivingWorld) => ReadonlyArray<readonly [weight: number, make: () => void]>
}

/** Makes a change; `null` where there is nothing to change. */
export type MakeChange = (entity: string, action: Action, id: EntityId | null, fields: Entity) => Entity | null

export interface Population {
  /** Adds an entity made and last changed at some moments between so many milliseconds ago. */
  readonly add: (entity: string, fields: Entity, youngestMs: number, oldestMs: number) => EntityId
  readonly ids: (entity: string) => ReadonlyArray<EntityId>
}

/** The account as a happening sees and changes it. */
export interface LivingWorld {
  readonly random: RandomStream
  readonly any: (entity: string) => EntityId
  /** An entity that is not deleted; with `young`, the younger the likelier. */
  readonly live: (entity: string, young?: boolean) => EntityId | null
  readonly current: (entity: string, id: EntityId) => Entity | null
  readonly change: MakeChange
  readonly count: (entity: string) => number
}
