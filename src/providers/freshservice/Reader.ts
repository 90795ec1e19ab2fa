/** How Freshservice is read for hydration and reconciliation. */
import { Stream } from "effect"
import { toWholeSecondIso } from "../../domain/Time.js"
import type { EntityReader } from "../EntityReader.js"
import type { FreshserviceClient, FreshserviceEntityName } from "./Client.js"

/** How far back a first reading reaches where the API narrows by change time. */
const firstReachMs = 30 * 86_400_000

export const freshserviceReader = (client: FreshserviceClient, now: () => number): EntityReader => ({
  changed: (entity, since, hidden) =>
    client.list(entity as FreshserviceEntityName, {
      updatedSince: toWholeSecondIso(since ?? now() - firstReachMs),
      ...(hidden === undefined ? {} : { filter: hidden })
    }),
  get: (entity, id) => client.get(entity as FreshserviceEntityName, id),
  children: (entity, parentId) => (entity === "conversation" ? client.conversations(parentId) : Stream.empty)
})
