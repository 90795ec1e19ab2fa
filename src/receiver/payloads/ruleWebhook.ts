/**
 * The simple form of a Freshdesk rule's webhook: `{"freshdesk_webhook":{"ticket_id":…}}`, fields of the ticket by
 * name.
 */
import { isRecord } from "../../domain/Json.js"
import { parseTimestamp } from "../../domain/Time.js"
import { idOf, type Reading, wordOf } from "./Payload.js"

export const ruleWebhook: Reading = (body) => {
  const ticket = body["freshdesk_webhook"]
  if (!isRecord(ticket)) return null
  // The placeholder gives `#42` or `42`.
  const id = idOf(typeof ticket["ticket_id"] === "string" ? ticket["ticket_id"].replace(/^#/, "") : ticket["ticket_id"])
  if (id === null) return "a freshdesk_webhook without ticket_id"
  const updatedAt = parseTimestamp(ticket["ticket_updated_at"])
  const createdAt = parseTimestamp(ticket["ticket_created_at"])
  const created = /created/i.test(wordOf(ticket["triggered_event"])) || (createdAt !== null && createdAt === updatedAt)
  return {
    event: created ? "ticket_create" : "ticket_update",
    entity: "ticket",
    entityId: id,
    updatedAt,
    account: null,
    actor: null,
    // A template writes text for people: the entity itself is fetched.
    snapshot: null
  }
}
