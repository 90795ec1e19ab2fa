/** Freshchat's own webhooks: an action, its time and its object (FRESHWORKS.md; shapes.json, `freshchat_webhook`). */
import { isRecord } from "../../domain/Json.js"
import { parseTimestamp } from "../../domain/Time.js"
import { at, idOf, isName, type Reading } from "./Payload.js"

const conversationAt: Readonly<Record<string, string>> = {
  conversation_assignment: "data.assignment.conversation",
  conversation_resolution: "data.resolve.conversation",
  conversation_reopen: "data.reopen.conversation"
}

export const freshchatAction: Reading = (body) => {
  const { action, action_time: when, actor } = body
  if (typeof action !== "string" || !isRecord(body["data"])) return null
  const common = {
    account: null,
    shownBy: "native" as const,
    actor: isRecord(actor) ? idOf(actor["actor_id"]) : null
  }
  if (action === "message_create") {
    const message = at(body, "data.message")
    const id = isRecord(message) ? idOf(message["id"]) : null
    if (!isRecord(message) || id === null) return "a message_create without a message"
    return {
      ...common,
      event: "message_create",
      entity: "message",
      entityId: id,
      updatedAt: parseTimestamp(message["created_time"]) ?? parseTimestamp(when),
      snapshot: message
    }
  }
  const place = Object.hasOwn(conversationAt, action) ? conversationAt[action] : undefined
  if (place === undefined) return `an action that is not known${isName(action) ? ` (${action.slice(0, 40)})` : ""}`
  const conversation = at(body, place)
  const id = isRecord(conversation) ? idOf(conversation["conversation_id"]) : null
  if (!isRecord(conversation) || id === null) return `a ${action} without a conversation`
  return {
    ...common,
    event: "conversation_update",
    entity: "conversation",
    entityId: id,
    updatedAt: parseTimestamp(conversation["updated_time"]) ?? parseTimestamp(when),
    snapshot: conversation
  }
}
