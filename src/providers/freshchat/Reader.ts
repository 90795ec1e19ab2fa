/** How Freshchat is read for hydration and reconciliation: users by change time, dependants by walking beneath them. */
import { iso } from "../../domain/Figures.js"
import type { EntityReader } from "../EntityReader.js"
import type { FreshchatClient, FreshchatEntityName } from "./Client.js"

export const freshchatReader = (client: FreshchatClient): EntityReader => ({
  changed: (entity, since) => {
    if (entity === "agent") return client.agents
    return client.users(since === null ? {} : { updatedFrom: iso(since) })
  },
  get: (entity, id) => client.get(entity as FreshchatEntityName, id),
  children: (entity, parentId, readNamed) =>
    entity === "conversation" ? client.conversationsOf(parentId, readNamed) : client.messagesOf(parentId)
})
