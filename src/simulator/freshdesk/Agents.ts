/** Whose key a request shows, and which tickets that agent may see: all, its groups' or its own (`ticket_scope`). */
import { type Caller, type Sees, userOf } from "../Callers.js"
import type { Entity, EntityId } from "../Entity.js"
import type { World } from "../World.js"

/** `ticket_scope` of an agent [docs]. */
export const ticketScope = { global: 1, group: 2, restricted: 3 } as const

/** The agent whose key it is: a restricted one sees a part of the tickets only. `null` in an account without such. */
export const agentOf = (world: World, caller: Caller): Entity | null => {
  const people = world.model.actors.people.id
  return userOf(
    caller,
    world
      .readable("agent")
      .filter((agent) => (agent["ticket_scope"] !== ticketScope.global) === caller.restricted && agent["id"] !== people)
  )
}

const dayMs = 86_400_000
/**
 * Closed tickets that nothing happened to for this time are archived: no list, search or GET shows them [docs, field].
 */
const archivedAfterMs = 120 * dayMs
const closed = 5

const isArchived = (ticket: Entity, now: number): boolean =>
  ticket["status"] === closed && Date.parse(String(ticket["updated_at"])) < now - archivedAfterMs

/** Entities that each key sees. */
export const notArchived =
  (now: number): Sees =>
  (entity, record) =>
    entity !== "ticket" || !isArchived(record, now)

/** Entities for an agent: all, tickets of its groups and its own, or its own alone [docs]; none without an agent. */
export const inScopeOf = (agent: Entity | null): Sees => {
  const scope = agent?.["ticket_scope"]
  const groups = scope === ticketScope.group ? ((agent?.["group_ids"] ?? []) as ReadonlyArray<EntityId>) : []
  return (entity, record) =>
    entity !== "ticket" ||
    scope === ticketScope.global ||
    groups.includes(record["group_id"] as EntityId) ||
    (agent !== null && record["responder_id"] === agent["id"])
}
