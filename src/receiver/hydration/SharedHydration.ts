/**
 * Fetches entities for thin events. Events of one entity that wait at the same time share one call. An answer older
 * than its event is fetched again, since a read right after a write may not show it yet.
 */
import type { PushedEvent, Snapshot } from "../../domain/Event.js"
import { type EpochMillis, parseTimestamp, type Timekeeper } from "../../domain/Time.js"
import { fetchAgainAfterMs, type Policy } from "../../policy/index.js"
import type { Provider } from "../../providers/index.js"

export type Hydrate = (source: string, entity: string, entityId: string) => Promise<Snapshot | null>

/** The answer to a request for an entity. */
export interface Answer {
  readonly snapshot: Snapshot | null
  /** When the request was made. */
  readonly readAt: EpochMillis
}

export const sharedHydration = (
  hydrate: Hydrate,
  time: Timekeeper,
  providerOf: (source: string) => Provider | null,
  { fetchAgain }: Policy
): ((source: string, event: PushedEvent) => Promise<Answer>) => {
  const underWay = new Map<string, Promise<Answer>>()

  const fetchOnce = (source: string, entity: string, entityId: string): Promise<Answer> => {
    const key = `${source}\0${entity}\0${entityId}`
    let flight = underWay.get(key)
    if (flight === undefined) {
      const readAt = time.now()
      flight = hydrate(source, entity, entityId)
        .then((snapshot) => ({ snapshot, readAt }))
        .finally(() => underWay.delete(key))
      underWay.set(key, flight)
    }
    return flight
  }

  return async (source, event) => {
    const field = providerOf(source)?.entities[event.entity]?.updatedAtField ?? "updated_at"
    for (let attempt = 1; ; attempt++) {
      const answer = await fetchOnce(source, event.entity, event.entityId)
      const stamp = answer.snapshot === null ? null : parseTimestamp(answer.snapshot[field])
      if (!fetchAgain(stamp ?? Number.NaN, event.updatedAt ?? Number.NaN, attempt)) return answer
      await new Promise<void>((resolve) => void time.at(time.now() + fetchAgainAfterMs, resolve))
    }
  }
}
