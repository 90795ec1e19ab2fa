/**
 * How Freshsales is read for hydration and reconciliation: views from the newest change down; tasks and appointments by
 * filter.
 */
import { Stream } from "effect"
import { iso } from "../../domain/Figures.js"
import type { EntityReader } from "../EntityReader.js"
import type { FreshsalesClient, FreshsalesEntityName, FreshsalesViewedName } from "./Client.js"

export const freshsalesReader = (client: FreshsalesClient): EntityReader => ({
  changed: (entity, since) => {
    if (entity === "task") return Stream.concat(client.tasks("open"), client.tasks("completed"))
    if (entity === "appointment") return Stream.concat(client.appointments("upcoming"), client.appointments("past"))
    return client.list(entity as FreshsalesViewedName, since === null ? {} : { updatedSince: iso(since) })
  },
  views: (entity) => client.views(entity as FreshsalesViewedName),
  get: (entity, id) => client.get(entity as FreshsalesEntityName, id),
  children: () => Stream.empty
})
