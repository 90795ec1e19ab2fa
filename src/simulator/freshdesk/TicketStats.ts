/**
 * `include=stats`: when a ticket was answered, and when its status last moved. Public replies count; private notes move
 * `updated_at` only (FRESHWORKS.md, "Lists and pages").
 */
import type { Entity, EntityId } from "../Entity.js"
import type { World } from "../World.js"
import { noteSource } from "./RuleFiring.js"

export interface TicketStats {
  readonly of: (ticket: Entity) => Entity
}

const status = { open: 2, pending: 3, resolved: 4, closed: 5 } as const

/** By kind of move, when the status last made it. */
type StatusMoves = Readonly<
  Record<"status_updated_at" | "reopened_at" | "pending_since" | "resolved_at" | "closed_at", string | null>
>

export const makeTicketStats = (world: World): TicketStats => {
  const moves = new Map<EntityId, StatusMoves>()
  world.onChange(({ action, after, before, entity, fields, id, updatedAt }) => {
    if (entity !== "ticket" || action !== "update" || !fields.includes("status")) return
    moves.set(id, moved(moves.get(id) ?? startOf(before ?? after), before?.["status"], after["status"], updatedAt))
  })
  return {
    of: (ticket) => {
      const replies = liveChildren(world, "conversation", ticket["id"] as number).filter(isReply)
      const at = (incoming: boolean) =>
        replies.filter((reply) => (reply["incoming"] === true) === incoming).map((reply) => String(reply["created_at"]))
      const [answers, questions] = [at(false).sort(), at(true).sort()]
      return {
        ...(moves.get(ticket["id"] as EntityId) ?? startOf(ticket)),
        first_responded_at: answers[0] ?? null,
        agent_responded_at: answers.at(-1) ?? null,
        requester_responded_at: questions.at(-1) ?? null
      }
    }
  }
}

/** Entities that the API shows beneath a ticket. */
export const liveChildren = (world: World, entity: string, parent: number): ReadonlyArray<Entity> =>
  world.childrenOf(entity, parent).filter(({ deleted }) => deleted !== true)

const isReply = (conversation: Entity): boolean =>
  conversation["private"] !== true && conversation["source"] !== noteSource

/** A ticket has its status since its creation, as far as is known. */
const startOf = ({ created_at: created, status: is }: Entity): StatusMoves => {
  const since = String(created)
  return {
    status_updated_at: since,
    reopened_at: null,
    pending_since: is === status.pending ? since : null,
    resolved_at: is === status.resolved ? since : null,
    closed_at: is === status.closed ? since : null
  }
}

const moved = (known: StatusMoves, was: unknown, is: unknown, at: string): StatusMoves => {
  const isOver = (value: unknown) => value === status.resolved || value === status.closed
  return {
    status_updated_at: at,
    reopened_at: isOver(was) && !isOver(is) ? at : known.reopened_at,
    pending_since: is === status.pending ? at : null,
    resolved_at: is === status.resolved ? at : isOver(is) ? known.resolved_at : null,
    closed_at: is === status.closed ? at : null
  }
}
