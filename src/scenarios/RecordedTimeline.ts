/**
 * The timeline of an account, as far as its recording tells: the calls of the replayed window, and the changes in it,
 * from the item versions that were seen. `updated_at` gives the moment; the parent is whom the call was about.
 */
import type { Action } from "../domain/Event.js"
import type { EpochMillis } from "../domain/Time.js"
import { cataloguedEndpoint, dependantsThatTouch, listsAll, type Provider } from "../providers/index.js"
import {
  openDatabase,
  type CallOfStream as RecordedCall,
  readAccountGets,
  readAccountVersions,
  type SeenVersion
} from "../store/index.js"
import type { Window } from "../store/service.js"
import { unseenId } from "./UnseenIds.js"

export type { RecordedCall, SeenVersion }

/** The entities before the window, and the changes in it. */
export interface Timeline {
  readonly entities: ReadonlyArray<{
    readonly entity: string
    readonly id: string
    readonly updatedAt: EpochMillis
    readonly parent: string | null
    /** No poller saw it before the window, so that its last change is not known. */
    readonly unknown?: boolean
  }>
  readonly changes: ReadonlyArray<TimelineChange>
}

export interface TimelineChange {
  readonly at: EpochMillis
  readonly updatedAt: EpochMillis
  readonly entity: string
  readonly id: string
  readonly action: Action
  /** Empty when nothing but the stamp moved. */
  readonly fields: ReadonlyArray<string>
  readonly parent: string | null
  /** The stamp moved with a dependant that the timeline has as well. */
  readonly byReply: boolean
}

const day = 86_400_000

/** A window longer than a day is replayed for its last day. */
export const lastDay = ({ from, to }: Window): Window => ({ from: Math.max(from, to - day), to })

/** An account's GETs in the window, and every version that any of its integrations saw until its end. */
export const readRecording = (db: string, account: string, window: Window) => {
  const database = openDatabase(db, { mustExist: true, readsOnly: true })
  try {
    return {
      calls: readAccountGets(database, account, window),
      versions: readAccountVersions(database, account, window.to)
    }
  } finally {
    database.close()
  }
}

/**
 * Whose dependant each version's entity is: the subject of the call that listed it, or of the last listing before the
 * call that fetched it alone.
 */
const parentsOf = (
  calls: ReadonlyArray<RecordedCall>,
  provider: Provider
): ((version: SeenVersion, parentless: boolean) => string | null) => {
  const listedFor = new Map<number, string>()
  const last = new Map<string, string>()
  for (const call of calls) {
    const { integration, method, template } = call.of
    if (cataloguedEndpoint(provider, method, template)?.kind === "children" && call.subject !== null)
      last.set(integration, call.subject)
    const parent = last.get(integration)
    if (parent !== undefined) listedFor.set(call.id, parent)
  }
  return (version, parentless) =>
    parentless ? null : version.subject !== version.entityId ? version.subject : (listedFor.get(version.call) ?? null)
}

/** The first whole listing of each entity type: an entity that changed after it, and shows later, was created later. */
const firstListings = (
  versions: ReadonlyArray<SeenVersion>,
  calls: ReadonlyArray<RecordedCall>
): ReadonlyMap<string, EpochMillis> => {
  const whole = new Set(calls.flatMap(({ of }) => (listsAll(of) ? [of.id] : [])))
  const first = new Map<string, EpochMillis>()
  for (const { entity, seenAt, stream } of versions)
    if (whole.has(stream)) first.set(entity, Math.min(seenAt, first.get(entity) ?? Number.POSITIVE_INFINITY))
  return first
}

/** A change for each version that was seen, with the narrowest fields known. */
export const timelineOf = (
  versions: ReadonlyArray<SeenVersion>,
  calls: ReadonlyArray<RecordedCall>,
  provider: Provider,
  from: EpochMillis
): Timeline => {
  const parentOf = parentsOf(calls, provider)
  const isChild = (entity: string): boolean => provider.sweeps[entity]?.parent !== undefined
  const known = new Map<
    string,
    { readonly version: SeenVersion; fields: ReadonlyArray<string> | null; created: boolean }
  >()
  for (const version of versions) {
    if (provider.entities[version.entity] === undefined) continue
    const key = `${version.entity} ${version.entityId} ${version.updatedAt}`
    const fields = version.changed === null ? null : (JSON.parse(version.changed) as Array<string>)
    const entry = known.get(key)
    if (entry === undefined) known.set(key, { version, fields, created: version.created === 1 })
    else if (fields !== null && (entry.fields === null || fields.length < entry.fields.length)) entry.fields = fields
  }
  // The stamps that replies made in the window moved.
  const replied = new Set<string>()
  for (const { created, version } of known.values()) {
    const touches = provider.entities[version.entity]!.touches
    if (touches !== undefined && created && version.updatedAt! >= from)
      replied.add(`${touches.entity} ${parentOf(version, false)} ${version.updatedAt}`)
  }
  const momentOf = momentsOf(versions, provider)
  const listedFrom = firstListings(versions, calls)
  const entities: Array<Timeline["entities"][number]> = []
  const changes: Array<TimelineChange> = []
  const present = new Map<string, number>()
  for (const { created, fields, version } of known.values()) {
    const { entity, entityId: id } = version
    const updatedAt = version.updatedAt!
    const name = `${entity} ${id}`
    const parent = parentOf(version, !isChild(entity))
    if (updatedAt < from) {
      const before = present.get(name)
      const state = { entity, id, updatedAt, parent }
      if (before === undefined) present.set(name, entities.push(state) - 1)
      else entities[before] = state
      continue
    }
    const change = { at: momentOf(version), updatedAt, entity, id, parent }
    // Its stamp of creation was overwritten before a sweep came by.
    const appeared = !present.has(name) && updatedAt > (listedFrom.get(entity) ?? Number.POSITIVE_INFINITY)
    if (created || appeared) {
      changes.push({ ...change, action: "create", fields: [], byReply: false })
      present.set(name, -1)
      continue
    }
    if (!present.has(name))
      present.set(name, entities.push({ entity, id, updatedAt: from - day, parent, unknown: true }) - 1)
    // A reply explains a moved stamp by itself, also where the version before is not known.
    const byReply = (fields === null || fields.length === 0) && replied.has(`${name} ${updatedAt}`)
    const changed = byReply ? [] : (fields ?? [assumedField(provider, entity)])
    changes.push({ ...change, action: "update", fields: changed, byReply })
  }
  changes.push(...replies(changes, provider, new Set(versions.map(({ entity }) => entity))))
  // A reply moves its ticket's stamp also where another change of that moment hides it.
  const shown = new Set(changes.flatMap((one) => (one.byReply ? [`${one.entity} ${one.id} ${one.updatedAt}`] : [])))
  for (const { action, at, entity, parent, updatedAt } of [...changes]) {
    const touches = provider.entities[entity]!.touches
    if (action !== "create" || touches === undefined || parent === null || !present.has(`${touches.entity} ${parent}`))
      continue
    const name = `${touches.entity} ${parent} ${updatedAt}`
    if (shown.delete(name) || known.get(name)?.created === true) continue
    const of = { entity: touches.entity, id: parent, parent: null }
    changes.push({ ...of, at, updatedAt, action: "update", fields: [], byReply: true })
  }
  return { entities, changes: changes.sort((a, b) => a.at - b.at || a.updatedAt - b.updatedAt) }
}

/**
 * Replies that no poller read: where none reads replies, a stamp that moved alone is taken to have been moved by one,
 * as the plan takes it (providers/Coverage.ts). Marks those changes.
 */
const replies = (
  changes: Array<TimelineChange>,
  provider: Provider,
  recorded: ReadonlySet<string>
): ReadonlyArray<TimelineChange> => {
  const made: Array<TimelineChange> = []
  for (const [place, change] of changes.entries()) {
    const { action, byReply, entity, fields, id } = change
    const stamp = provider.entities[entity]?.updatedAtField
    if (action !== "update" || byReply || fields.some((field) => field !== stamp)) continue
    const dependant = dependantsThatTouch(provider, entity).find((name) => provider.sweeps[name] !== undefined)
    if (dependant === undefined || recorded.has(dependant)) continue
    changes[place] = { ...change, fields: [], byReply: true }
    const reply = { entity: dependant, id: unseenId(provider, dependant, made.length + 1), parent: id }
    made.push({ ...change, ...reply, action: "create", fields: [], byReply: false })
  }
  return made
}

/** Within the second that a whole-second stamp names, a change is taken to have been in the middle. */
const halfSecondMs = 500

/**
 * When each version came about: at its stamp where stamps have milliseconds, else in the middle of its second, or
 * earlier where a call saw it sooner. A reply and the stamp that it moved are one change.
 */
const momentsOf = (
  versions: ReadonlyArray<SeenVersion>,
  provider: Provider
): ((version: SeenVersion) => EpochMillis) => {
  if (versions.some(({ updatedAt }) => updatedAt! % 1_000 !== 0)) return ({ updatedAt }) => updatedAt!
  const seenAt = new Map<string, EpochMillis>()
  const nameOf = (entity: string, id: string | null, updatedAt: EpochMillis | null) => `${entity} ${id} ${updatedAt}`
  const moved = ({ entity, subject, updatedAt }: SeenVersion): string | null => {
    const touches = provider.entities[entity]?.touches
    return touches === undefined ? null : nameOf(touches.entity, subject, updatedAt)
  }
  for (const version of versions) {
    const name = nameOf(version.entity, version.entityId, version.updatedAt)
    seenAt.set(name, Math.min(seenAt.get(name) ?? Number.POSITIVE_INFINITY, version.seenAt))
  }
  return (version) => {
    const parent = moved(version)
    const seen = Math.min(
      seenAt.get(nameOf(version.entity, version.entityId, version.updatedAt))!,
      (parent === null ? undefined : seenAt.get(parent)) ?? Number.POSITIVE_INFINITY
    )
    return Math.max(version.updatedAt!, Math.min(version.updatedAt! + halfSecondMs, seen))
  }
}

/** Where the version before is not known, a field that fires an event is taken to have changed. */
export const assumedField = (provider: Provider, entity: string): string => {
  const fields = provider.routes.app?.[entity]?.updateFields
  return fields === undefined || fields === "all" ? "name" : ([...fields][0] ?? "name")
}
