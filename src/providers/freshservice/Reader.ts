/** How Freshservice is read for hydration and reconciliation. */
import { Stream } from "effect"
import { toWholeSecondIso } from "../../domain/Time.js"
import type { EntityReader } from "../EntityReader.js"
import type { FreshserviceClient, FreshserviceEntityName } from "./Client.js"
import { listedDays } from "./Lists.js"

/** How far back a first reading of tickets reaches: as far as the plain list shows them. */
const firstReachMs = listedDays * 86_400_000

/** Lists of changes show as many days: a first reading takes them all [docs]. */
const fromTheStart = 0

/** A list of tickets without a workspace shows the primary one alone (FRESHWORKS.md, "Lists and pages"). */
const everyWorkspace = 0

export const freshserviceReader = (client: FreshserviceClient, now: () => number): EntityReader => ({
  changed: (entity, since, hidden) => {
    const first = entity === "ticket" ? now() - firstReachMs : entity === "change" ? fromTheStart : null
    const from = since ?? first
    return client.list(entity as FreshserviceEntityName, {
      ...(entity === "ticket" ? { workspaceId: everyWorkspace } : {}),
      ...(from === null ? {} : { updatedSince: toWholeSecondIso(from) }),
      ...(hidden === undefined ? {} : { filter: hidden })
    })
  },
  changedAsListed: (entity, since) =>
    client.list(entity as FreshserviceEntityName, { updatedSince: toWholeSecondIso(since) }),
  get: (entity, id) => client.get(entity as FreshserviceEntityName, id),
  children: (entity, parentId) => (entity === "conversation" ? client.conversations(parentId) : Stream.empty)
})
