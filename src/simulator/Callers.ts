/** Who asks: a key stands for one user of the account for ever, and may see all of it or a part. */
import type { Entity, EntityId } from "./Entity.js"
import { unitOf } from "./Randomness.js"
import type { World } from "./World.js"

export interface Caller {
  /** A fingerprint of the key. */
  readonly principal: string
  /** Its user may not see everything. */
  readonly restricted: boolean
}

/** Keys by what they may do; the control plane changes them while the account runs. */
export interface Keys {
  readonly revoked: ReadonlySet<string>
  readonly restricted: ReadonlySet<string>
}

/** Whether a caller may see an entity. */
export type Sees = (entity: string, record: Entity) => boolean

/** The user of a caller among these: the same one for ever, whoever joins or leaves. */
export const userOf = (caller: Caller, users: ReadonlyArray<Entity>): Entity | null => {
  let chosen: Entity | null = null
  let highest = -1
  for (const user of users) {
    const weight = unitOf(0, `${caller.principal} ${String(user["id"])}`)
    if (weight <= highest) continue
    highest = weight
    chosen = user
  }
  return chosen
}

/** The account as such a caller reads it; writes are the whole account's. */
export const seenBy = (world: World, sees: Sees): World => ({
  ...world,
  readable: (entity) => world.readable(entity).filter((record) => sees(entity, record)),
  read: (entity, id) => {
    const record = world.read(entity, id)
    return record === null || !sees(entity, record) ? null : record
  },
  childrenOf: (entity, parent) => world.childrenOf(entity, parent).filter((record) => sees(entity, record))
})

/**
 * A part of an account where a product has rules of its own (territories, workspaces, groups) that are not simulated: a
 * stable half of these entity types, and everything of others [assumed].
 */
export const halfOf =
  (idFields: Readonly<Record<string, string>>): Sees =>
  (entity, record) => {
    const idField = idFields[entity]
    return idField === undefined || unitOf(0, `seen ${entity} ${String(record[idField])}`) < 0.5
  }

/** Share of tickets that an agent watches [assumed]. */
const watchedShare = 0.1

/**
 * Filters that depend on who asks: open tickets that are the agent's or without one, and those that it watches [docs].
 */
export const callerFilters: Readonly<Record<string, (ticket: Entity, agent: EntityId | null) => boolean>> = {
  new_and_my_open: ({ responder_id: responder = null, status }, agent) =>
    status === 2 && (responder === null || responder === agent),
  watching: ({ id }, agent) => agent !== null && unitOf(0, `${agent} watches ${String(id)}`) < watchedShare
}
