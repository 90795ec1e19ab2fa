/**
 * Which changes Freshchat pushes, by route: its own webhook (messages, assignments, resolutions, reopenings, signed
 * with RSA), and the app, which has users as well (FRESHWORKS.md, "Webhooks"). Neither tells of a conversation's
 * properties.
 */
import { appEvents, covers } from "../CatalogueParts.js"
import type { Provider } from "../Provider.js"

const made = ["create", "update"] as const

/** Assigned, resolved, reopened [docs]. */
const conversationFields = ["status", "assigned_agent_id", "assigned_group_id", "assigned_org_agent_id"]

export const freshchatRoutes: Provider["routes"] = {
  app: {
    user: covers("user", made, "all"),
    conversation: covers("conversation", made, conversationFields),
    message: covers("message", ["create"])
  },
  ui: {
    conversation: covers("conversation", ["update"], conversationFields),
    message: covers("message", ["create"])
  }
}

export const freshchatAppEvents: Provider["appEvents"] = {
  ...appEvents("chat_user", "user", "User", made),
  ...appEvents("chat_conversation", "conversation", "Conversation", made),
  ...appEvents("chat_conversation", "message", "Message", ["create"])
}
