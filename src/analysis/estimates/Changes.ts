/** The changes that a recording shows, per account: each item version once, with the best knowledge of what changed. */
import type { Stream } from "../../domain/Call.js"
import type { Action, EventName } from "../../domain/Event.js"
import type { Recording } from "../../domain/Recording.js"
import type { EpochMillis } from "../../domain/Time.js"
import { cataloguedEndpoint, eventFor, eventsOf, type Provider, providerOf, type Route } from "../../providers/index.js"

export interface ObservedChange {
  readonly entity: string
  /** Place in `Recording.names`. */
  readonly entityId: number
  readonly updatedAt: EpochMillis
  readonly action: Action
  /** `null` where no poller knew the entity before, so that it cannot be said what changed. */
  readonly changed: ReadonlyArray<string> | null
}

/** What a recording shows of one entity type on one account. */
export interface Observed {
  /** How many of them there are: those that were seen, and those that an estimate adds where only changes were asked for. */
  readonly entities: number
  readonly changes: ReadonlyArray<ObservedChange>
}

export interface ChangeIndex {
  readonly observed: (account: string, entity: string) => Observed
  readonly change: (
    account: string,
    entity: string,
    entityId: number,
    updatedAt: EpochMillis
  ) => ObservedChange | undefined
}

/**
 * How many there are beyond those that were seen, by how many were seen once and twice (Chao 1984, bias-corrected): a lower
 * bound, since those that hardly ever change do not show.
 */
const unseen = (changes: ReadonlyArray<ObservedChange>): number => {
  const times = new Map<number, number>()
  // Those that were made meanwhile show by that, and tell nothing of the others.
  const made = new Set(changes.flatMap(({ action, entityId }) => (action === "create" ? [entityId] : [])))
  for (const { entityId } of changes) if (!made.has(entityId)) times.set(entityId, (times.get(entityId) ?? 0) + 1)
  let once = 0
  let twice = 0
  for (const count of times.values()) {
    if (count === 1) once += 1
    else if (count === 2) twice += 1
  }
  return Math.round((once * (once - 1)) / (2 * (twice + 1)))
}

/** Whether what a stream lists is all that there is, and not what changed. */
const listsAll = ({ method, product, query, template }: Stream): boolean => {
  const provider = providerOf(product)
  const endpoint = provider === null ? null : cataloguedEndpoint(provider, method, template)
  if (endpoint?.kind === "children") return true
  if (endpoint?.kind !== "list") return false
  return endpoint.timeFilter === undefined || !query.includes(endpoint.timeFilter)
}

const nothing: Observed = { entities: 0, changes: [] }

/**
 * One stream may have seen a version without knowing the one before, another may have: the narrowest known set of
 * changed fields is the truest, since a slower poller sees several changes as one.
 */
export const indexChanges = (recording: Recording): ChangeIndex => {
  const groups = new Map<string, Map<string, ObservedChange>>()
  const whole = new Set<string>()
  for (const { stream, versions } of recording.streams) {
    const all = listsAll(stream)
    let group: Map<string, ObservedChange> | undefined
    let groupEntity = -1
    for (let row = 0; row < versions.length; row++) {
      const updatedAt = versions.updatedAt[row]!
      if (Number.isNaN(updatedAt)) continue
      const entityPlace = versions.entity[row]!
      if (group === undefined || entityPlace !== groupEntity) {
        const name = `${stream.account} ${recording.names[entityPlace]}`
        group = groups.get(name) ?? new Map()
        groups.set(name, group)
        if (all) whole.add(name)
        groupEntity = entityPlace
      }
      const entityId = versions.entityId[row]!
      const key = `${entityId} ${updatedAt}`
      const known = group.get(key)
      const created = versions.created[row] === 1
      const place = versions.changed[row]!
      const changed = created ? [] : place < 0 ? null : recording.fieldSets[place]!
      const better =
        known === undefined || (changed !== null && (known.changed === null || changed.length < known.changed.length))
      if (better) {
        group.set(key, {
          entity: recording.names[entityPlace]!,
          entityId,
          updatedAt,
          action: created ? "create" : "update",
          changed
        })
      }
    }
  }
  const observed = new Map<string, Observed>()
  for (const [name, group] of groups) {
    const changes = [...group.values()].sort((a, b) => a.updatedAt - b.updatedAt || a.entityId - b.entityId)
    const seen = new Set(changes.map(({ entityId }) => entityId)).size
    observed.set(name, { entities: whole.has(name) ? seen : seen + unseen(changes), changes })
  }
  return {
    observed: (account, entity) => observed.get(`${account} ${entity}`) ?? nothing,
    change: (account, entity, entityId, updatedAt) =>
      groups.get(`${account} ${entity}`)?.get(`${entityId} ${updatedAt}`)
  }
}

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
