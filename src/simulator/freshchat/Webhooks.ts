/**
 * Freshchat's own webhooks: four actions, signed with RSA-SHA256 over the raw body (shapes.json, `freshchat_webhook`).
 */
import { createSign, generateKeyPairSync } from "node:crypto"
import { iso } from "../../domain/Figures.js"
import type { EventPush } from "../EventPush.js"
import type { Change } from "../WorldModel.js"

export interface FreshchatWebhooks {
  /** Switches them on; the key is the one that the settings page shows. */
  readonly setUp: (url: string) => { readonly publicKey: string }
  readonly pushesFor: (change: Change) => ReadonlyArray<EventPush>
}

export const makeFreshchatWebhooks = (): FreshchatWebhooks => {
  let url: string | null = null
  let keys: { readonly publicKey: string; readonly privateKey: string } | null = null

  const actionOf = (
    change: Change
  ): { event: string; action: string; data: Readonly<Record<string, unknown>> } | null => {
    const { after, before, entity, fields } = change
    if (entity === "message" && change.action === "create")
      return { event: "message_create", action: "message_create", data: { message: after } }
    if (entity !== "conversation" || change.action !== "update") return null
    const made = (action: string, name: string, more: Record<string, unknown>) => ({
      event: "conversation_update",
      action,
      data: { [name]: { ...more, conversation: after, interaction_id: null } }
    })
    const who = { id: String(change.actor.id) }
    if (fields.includes("status") && after["status"] === "resolved")
      return made("conversation_resolution", "resolve", { resolver: "agent", resolver_id: who.id })
    if (fields.includes("status") && before?.["status"] === "resolved")
      return made("conversation_reopen", "reopen", { reopener: "agent", reopener_id: who.id })
    if (fields.includes("assigned_agent_id") || fields.includes("assigned_group_id"))
      return made("conversation_assignment", "assignment", {
        assignor: "agent",
        assignor_id: who.id,
        to_agent_id: after["assigned_agent_id"],
        from_agent_id: before?.["assigned_agent_id"]
      })
    return null
  }

  return {
    setUp: (target) => {
      url = target
      keys ??= generateKeyPairSync("rsa", {
        modulusLength: 2048,
        publicKeyEncoding: { type: "spki", format: "pem" },
        privateKeyEncoding: { type: "pkcs8", format: "pem" }
      })
      return { publicKey: keys.publicKey }
    },
    pushesFor: (change) => {
      const made = url === null ? null : actionOf(change)
      if (url === null || keys === null || made === null) return []
      const body = JSON.stringify({
        actor: { actor_type: change.actor.type, actor_id: String(change.actor.id) },
        action: made.action,
        action_time: iso(change.at),
        data: made.data
      })
      return [
        {
          event: made.event,
          route: "ui",
          url,
          headers: {
            "content-type": "application/json",
            "x-freshchat-signature": createSign("RSA-SHA256").update(body).sign(keys.privateKey, "base64"),
            "x-freshchat-payload-version": "v2",
            "x-retry-count": "0"
          },
          body
        }
      ]
    }
  }
}
