/** The body that our generated app posts, and the same without a snapshot from a workflow's template (DESIGN). */
import { isRecord } from "../../domain/Json.js"
import { parseTimestamp } from "../../domain/Time.js"
import { idOf, isName, momentOf, type Reading } from "./Payload.js"

/** The body itself is bounded, and so is the number of its names. */
const isNames = (value: unknown): value is ReadonlyArray<string> =>
  Array.isArray(value) && value.every((name) => typeof name === "string")

export const appBody: Reading = (body) => {
  const {
    account,
    actor,
    changed,
    entity,
    event,
    id,
    occurred_at: occurredAt,
    shown_by: shownBy,
    snapshot,
    updated_at: updatedAt
  } = body
  if (!isName(event)) return "no event name"
  if (!isName(entity)) return "no entity type"
  const entityId = idOf(id)
  if (entityId === null) return "no entity id"
  if (snapshot !== undefined && snapshot !== null && !isRecord(snapshot)) return "a snapshot that is not an object"
  const moment = momentOf(occurredAt)
  if (typeof moment === "string") return moment
  return {
    event,
    entity,
    entityId,
    updatedAt: parseTimestamp(updatedAt),
    occurredAt: moment,
    account: typeof account === "string" ? account : null,
    ...(shownBy === "item" ? { shownBy } : {}),
    ...(isNames(changed) ? { changed } : {}),
    actor: isRecord(actor) ? idOf(actor["id"]) : null,
    snapshot: isRecord(snapshot) ? snapshot : null
  }
}
