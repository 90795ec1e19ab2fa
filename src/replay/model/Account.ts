/**
 * The provider's side of an account: what each entity is, what a read shows of it (a write is readable only after a
 * while), and which changed last. Columns of typed arrays; a change costs some 20 ns, a list what it lists.
 */
import { action, type Scenario } from "./Scenario.js"

export const status = { absent: 0, live: 1, deleted: 2 } as const

export interface Account {
  readonly changedAt: Float64Array
  readonly stamp: Float64Array
  /** Counts the changes of an entity's fields. */
  readonly version: Int32Array
  readonly change: (at: number, entity: number, what: number, stamp: number, notCarried: boolean) => void
  /** As a read at `now` shows it. */
  readonly stampSeen: (entity: number, now: number) => number
  readonly versionSeen: (entity: number, now: number) => number
  /** Counts the changes of fields that no push carries, as a read shows them. */
  readonly hiddenSeen: (entity: number, now: number) => number
  readonly stateSeen: (entity: number, now: number) => number
  /** The moment at which the newest of its dependants came of which this field of its embed tells; NaN for none. */
  readonly told: (entity: number, tell: number) => number
  /** When it came. */
  readonly createdAt: (entity: number) => number
  /** The one of a type that changed last, and from each the one that changed before it; -1 ends. */
  readonly newest: (type: number) => number
  readonly before: (entity: number) => number
  readonly firstChild: (entity: number) => number
  readonly nextChild: (entity: number) => number
  /** Live ones of a type, as a list at `now` counts them. */
  readonly countSeen: (type: number, now: number) => number
}

/** A change's share of the longest read lag. */
export type ReadLag = (entity: number, at: number) => number

export const makeAccount = ({ entities, readLagMs, types }: Scenario, readLag: ReadLag): Account => {
  const { count, parent, type } = entities
  const changedAt = new Float64Array(count)
  const stamp = new Float64Array(count)
  const stampBefore = new Float64Array(count)
  const version = new Int32Array(count)
  const versionBefore = new Int32Array(count)
  const hidden = new Int32Array(count)
  const hiddenBefore = new Int32Array(count)
  const state = new Uint8Array(count)
  const stateBefore = new Uint8Array(count)
  const readableAt = new Float64Array(count)
  const createdAt = Float64Array.from(entities.stamp)
  /** Whether it is in the lists: not before anything happened to it. */
  const linked = new Uint8Array(count)
  const older = new Int32Array(count).fill(-1)
  const newer = new Int32Array(count).fill(-1)
  const newest = new Int32Array(types.length).fill(-1)
  const firstChild = new Int32Array(count).fill(-1)
  const lastChild = new Int32Array(count).fill(-1)
  const nextChild = new Int32Array(count).fill(-1)
  /** Entities of each type that are live. */
  const live = new Int32Array(types.length)

  const link = (entity: number): void => {
    const of = type[entity]!
    const last = newest[of]!
    older[entity] = last
    newer[entity] = -1
    if (last !== -1) newer[last] = entity
    newest[of] = entity
  }
  const unlink = (entity: number): void => {
    const [a, b] = [older[entity]!, newer[entity]!]
    if (a !== -1) newer[a] = b
    if (b !== -1) older[b] = a
    else newest[type[entity]!] = a
  }
  const adopt = (entity: number): void => {
    const of = parent[entity]!
    if (of === -1) return
    const last = lastChild[of]!
    if (last === -1) firstChild[of] = entity
    else nextChild[last] = entity
    lastChild[of] = entity
  }

  // Entities at the start, the oldest first.
  const there: Array<number> = []
  for (let entity = 0; entity < count; entity++) if (!Number.isNaN(entities.stamp[entity]!)) there.push(entity)
  const rising = Float64Array.from(there, (entity) => entities.stamp[entity]!)
  for (const at of Array.from(there.keys()).sort((a, b) => rising[a]! - rising[b]! || a - b)) {
    const entity = there[at]!
    stamp[entity] = stampBefore[entity] = changedAt[entity] = rising[at]!
    version[entity] = versionBefore[entity] = 1
    state[entity] = stateBefore[entity] = status.live
    live[type[entity]!]! += 1
    linked[entity] = 1
    link(entity)
  }
  for (const entity of there) adopt(entity)

  return {
    changedAt,
    stamp,
    version,
    change: (at, entity, what, moment, notCarried) => {
      const was = state[entity]!
      stampBefore[entity] = stamp[entity]!
      versionBefore[entity] = version[entity]!
      hiddenBefore[entity] = hidden[entity]!
      stateBefore[entity] = was
      stamp[entity] = moment
      changedAt[entity] = at
      readableAt[entity] = at + readLag(entity, at) * readLagMs
      if (linked[entity] === 0) {
        linked[entity] = 1
        createdAt[entity] = moment
        adopt(entity)
      } else unlink(entity)
      link(entity)
      if (what === action.touch) return
      version[entity]! += 1
      if (notCarried) hidden[entity]! += 1
      const is = what === action.delete ? status.deleted : status.live
      state[entity] = is
      if (is !== was) live[type[entity]!]! += is === status.live ? 1 : -1
    },
    stampSeen: (entity, now) => (now >= readableAt[entity]! ? stamp[entity]! : stampBefore[entity]!),
    versionSeen: (entity, now) => (now >= readableAt[entity]! ? version[entity]! : versionBefore[entity]!),
    hiddenSeen: (entity, now) => (now >= readableAt[entity]! ? hidden[entity]! : hiddenBefore[entity]!),
    stateSeen: (entity, now) => (now >= readableAt[entity]! ? state[entity]! : stateBefore[entity]!),
    // Embeds are computed: they show what is there now.
    told: (entity, tell) => {
      let newestOf = Number.NaN
      for (let one = firstChild[entity]!; one !== -1; one = nextChild[one]!)
        if (entities.tell?.[one] === tell && state[one] === status.live && !(newestOf >= createdAt[one]!))
          newestOf = createdAt[one]!
      return newestOf
    },
    createdAt: (entity) => createdAt[entity]!,
    newest: (of) => newest[of]!,
    before: (entity) => older[entity]!,
    firstChild: (entity) => firstChild[entity]!,
    nextChild: (entity) => nextChild[entity]!,
    countSeen: (of, now) => {
      let seen = live[of]!
      for (let entity = newest[of]!; entity !== -1 && changedAt[entity]! > now - readLagMs; entity = older[entity]!) {
        if (now >= readableAt[entity]!) continue
        const [is, was] = [state[entity]! === status.live, stateBefore[entity]! === status.live]
        if (is !== was) seen += was ? 1 : -1
      }
      return seen
    }
  }
}
