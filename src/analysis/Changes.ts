/** The changes that a recording shows, per account: each item version once, with the best knowledge of what changed. */
import type { ItemVersion, Stream } from "../domain/Call.js"
import type { Action, EventName } from "../domain/Event.js"
import type { EpochMillis } from "../domain/Time.js"
import { eventFor, eventsOf, type Provider, type Route } from "../providers/index.js"
import type { Recording } from "../store/service.js"

export interface ObservedChange {
  readonly entity: string
  readonly entityId: string
  readonly updatedAt: EpochMillis
  readonly action: Action
  /** `null` where no poller knew the entity before, so that it cannot be said what changed. */
  readonly changed: ReadonlyArray<string> | null
}

export type ChangeIndex = ReadonlyMap<string, ObservedChange>

const keyOf = (account: string, version: ItemVersion): string =>
  `${account} ${version.entity} ${version.entityId} ${version.version}`

/**
 * One stream may have seen a version without knowing the one before, another may have: the narrowest known set of
 * changed fields is the truest, since a slower poller sees several changes as one.
 */
export const indexChanges = (recording: Recording): ChangeIndex => {
  const accounts = new Map(recording.streams.map((stream) => [stream.id, stream.account]))
  const index = new Map<string, ObservedChange>()
  for (const version of recording.versions) {
    if (version.updatedAt === null) continue
    const key = keyOf(accounts.get(version.stream)!, version)
    const known = index.get(key)
    const changed = version.created ? [] : version.changed
    const better =
      known === undefined || (changed !== null && (known.changed === null || changed.length < known.changed.length))
    if (better) {
      index.set(key, {
        entity: version.entity,
        entityId: version.entityId,
        updatedAt: version.updatedAt,
        action: version.created ? "create" : "update",
        changed
      })
    }
  }
  return index
}

export const changeOf = (index: ChangeIndex, stream: Stream, version: ItemVersion): ObservedChange | undefined =>
  index.get(keyOf(stream.account, version))

export type Push =
  | { readonly pushed: true; readonly event: EventName }
  | { readonly pushed: false; readonly fields: ReadonlyArray<string> }
  | null

/** Whether a route pushes a change; `null` when it cannot be known what changed. */
export const pushOf = (provider: Provider, route: Route, change: ObservedChange): Push => {
  if (change.changed === null) return null
  const event = eventFor(provider, route, change.entity, change.action, change.changed)
  if (event !== null) return { pushed: true, event }
  if (change.action === "update" && change.changed.length === 0) {
    // Nothing but the stamp moved: a dependant came, and its own event says so.
    const child = Object.values(provider.entities).find((type) => type.touches?.entity === change.entity)
    const create = child === undefined ? undefined : eventsOf(provider, route, child.name)[0]
    return create === undefined ? { pushed: false, fields: ["updated_at"] } : { pushed: true, event: create }
  }
  return { pushed: false, fields: change.changed }
}
