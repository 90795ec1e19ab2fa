/**
 * Events that are parked behind an earlier one of their entity while that one waits for its next try. They come back so
 * many at a time that no transaction lasts.
 */
import { HandOverRows } from "../../store/index.js"
import type { EntityKey } from "./EntityKey.js"
import type { InboxFile } from "./InboxFile.js"
import type { QueueMemory } from "./QueueMemory.js"
import { unlessDamaged } from "./ReadOnwards.js"

export interface ParkedEvents {
  readonly park: (id: number) => void
  /** In a transaction: the entity waits for no try any more. */
  readonly release: (entity: EntityKey) => void
  /** Takes up the tries and the parked events that a process left behind when it ended. */
  readonly recover: () => void
}

const releasedAtOnce = 256

export const openParkedEvents = ({ database, relaxed }: InboxFile, memory: QueueMemory): ParkedEvents => {
  const park = HandOverRows.park(database)
  const unpark = HandOverRows.unpark(database)
  const parkedIds = HandOverRows.parkedIds(database)

  const release = (entity: EntityKey): void => {
    const ids = parkedIds.all(entity.source, entity.entity, entity.entityId, releasedAtOnce)
    for (const id of ids) unpark.run(id)
    // The last of a full slice stands in for the failed event: once it is settled the next slice comes back.
    memory.setWaitsFor(entity, ids.length === releasedAtOnce ? ids.at(-1) : undefined)
    if (ids.length > 0) memory.moveCursor(0)
  }

  return {
    park: (id) => void park.run(id),
    release,
    recover: () => {
      for (const retry of unlessDamaged(() => HandOverRows.firstRetries(database).all(), []))
        memory.setWaitsFor(retry, retry.id)
      const abandoned = unlessDamaged(() => HandOverRows.entitiesWithParked(database).all(), []).filter(
        (entity) => memory.waitsFor(entity) === undefined
      )
      if (abandoned.length > 0) unlessDamaged(() => relaxed(() => abandoned.forEach(release)), undefined)
      memory.begin()
    }
  }
}
