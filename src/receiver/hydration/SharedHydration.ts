/**
 * Fetches entities for thin events. Events of one entity that wait at the same time share one call. An answer older
 * than its event is fetched again, since a read right after a write may not show it yet.
 */
import type { PushedEvent, Snapshot } from "../../domain/Event.js"
import { parseTimestamp, type Timekeeper } from "../../domain/Time.js"
import { fetchAgainAfterMs, type Policy } from "../../policy/index.js"
import type { Provider } from "../../providers/index.js"

export type Hydrate = (source: string, entity: string, entityId: string) => Promise<Snapshot | null>

export const sharedHydration = (
  hydrate: Hydrate,
  time: Timekeeper,
  providerOf: (source: string) => Provider | null,
  { fetchAgain }: Policy
): ((source: string, event: PushedEvent) => Promise<Snapshot | null>) => {
  const underWay = new Map<string, Promise<Snapshot | null>>()

  const fetchOnce = (source: string, entity: string, entityId: string): Promise<Snapshot | null> => {
    const key = `${source}\0${entity}\0${entityId}`
    let flight = underWay.get(key)
    if (flight === undefined) {
      flight = hydrate(source, entity, entityId).finally(() => underWay.delete(key))
      underWay.set(key, flight)
    }
    return flight
  }

  return async (source, event) => {
    const field = providerOf(source)?.entities[event.entity]?.updatedAtField ?? "updated_at"
    for (let attempt = 1; ; attempt++) {
      const snapshot = await fetchOnce(source, event.entity, event.entityId)
      const stamp = snapshot === null ? null : parseTimestamp(snapshot[field])
      if (!fetchAgain(stamp ?? Number.NaN, event.updatedAt ?? Number.NaN, attempt)) return snapshot
      await new Promise<void>((resolve) => void time.at(time.now() + fetchAgainAfterMs, resolve))
    }
  }
}
