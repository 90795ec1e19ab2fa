/** Whose key a request shows, and which tickets that agent may see: all of them, or its group's (`ticket_scope`). */
import { type Caller, type Sees, userOf } from "../Callers.js"
import type { Entity, EntityId } from "../Entity.js"
import type { World } from "../World.js"

/** `ticket_scope` of an agent [docs]. */
export const ticketScope = { global: 1, group: 2 } as const

/** The agent whose key it is: a restricted one sees its group's tickets only. `null` in an account without such. */
export const agentOf = (world: World, caller: Caller): Entity | null => {
  const scope = caller.restricted ? ticketScope.group : ticketScope.global
  const people = world.model.actors.people.id
  return userOf(
    caller,
    world.readable("agent").filter((agent) => agent["ticket_scope"] === scope && agent["id"] !== people)
  )
}

const dayMs = 86_400_000
/** Closed tickets that nothing happened to for this time are archived: no list, search or GET shows them [docs, field]. */
const archivedAfterMs = 120 * dayMs
const closed = 5

const isArchived = (ticket: Entity, now: number): boolean =>
  ticket["status"] === closed && Date.parse(String(ticket["updated_at"])) < now - archivedAfterMs

/** Entities that each key sees. */
export const notArchived =
  (now: number): Sees =>
  (entity, record) =>
    entity !== "ticket" || !isArchived(record, now)

/** Entities for an agent whose scope is its group: tickets of its first one. */
export const ofGroup = (agent: Entity | null): Sees => {
  const group = (agent?.["group_ids"] as ReadonlyArray<EntityId> | undefined)?.[0]
  return (entity, record) => entity !== "ticket" || (group !== undefined && record["group_id"] === group)
}
