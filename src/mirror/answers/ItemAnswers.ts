/** One entity from the state. */
import type { EpochMillis } from "../../domain/Time.js"
import type { ItemQuestion, Reason } from "../Question.js"
import type { Bodies } from "../state/Bodies.js"
import type { Embeds } from "../state/Embeds.js"
import type { State } from "../state/State.js"

export interface SingleAnswer {
  readonly body: Buffer
  readonly asOf: EpochMillis
}

/** The answer, or why there is none. What is gone, or hidden, the provider says: no error is made from the state. */
export const answerItem = (
  state: State,
  bodies: Bodies,
  parts: Embeds,
  { embeds, endpoint, entity, id, source }: ItemQuestion,
  now: EpochMillis
): SingleAnswer | Reason => {
  const type = state.of(source, entity)
  if (type === null) return "endpoint"
  const own = state.asOf(source, entity, now)
  const asOf = typeof own === "string" ? own : parts.asOf(source, embeds, own, now)
  if (typeof asOf === "string") return asOf
  const row = type.rows.get(id)
  if (row === undefined) return "unknown"
  if (row.hidden) return "hidden"
  if (!type.isWhole(row)) return "incomplete"
  // News tell what has changed, and not what has left the API: it is asked for again as often as its type is swept.
  if (type.rule?.partBy != null && now - (row.own?.readAt ?? 0) > state.boundOf(source, entity)) return "stale"
  const alone = bodies.of(source, entity, type, row, "item")
  if (alone === null) return "shape"
  const text = parts.putIn(source, embeds, alone, row)
  if (typeof text !== "string") return text.reason
  const { itemsAt } = endpoint
  return { body: Buffer.from(itemsAt === undefined ? text : `{${JSON.stringify(itemsAt)}:${text}}`, "utf8"), asOf }
}
