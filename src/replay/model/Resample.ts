/**
 * Another day like the recorded one. Each change of an entity that was there happens as often as a Poisson count of
 * mean 1 says, within half an hour of its recorded moment; each entity made in the window is made so often, with all
 * that happened to it; and unseen changes are added at the estimated rate. The rhythm of the day, the mix of
 * changes and the share that is pushed stay, on average.
 */
import type { Draw } from "./RandomStreams.js"
import { action, type ChangeTable, type EntityTable, estimated, type Scenario, wholeStamp } from "./Scenario.js"

/**
 * Unseen changes, by entity type: how many there are to be expected, and within what span before a seen one.
 */
export interface Unseen {
  readonly type: number
  readonly changes: number
  readonly withinMs: number
}

const halfHour = 1_800_000
const expMinusOne = 0.36787944117144233

/** A Poisson count of mean 1 (Knuth: multiplications alone, so that every machine draws the same). */
const poissonOne = (draw: Draw): number => {
  let count = 0
  for (let product = draw(); product > expMinusOne; product *= draw()) count += 1
  return count
}

interface Row {
  readonly at: number
  readonly entity: number
  readonly action: number
  readonly flags: number
}

const tableOf = (rows: ReadonlyArray<Row>, scenario: Scenario): ChangeTable => {
  const order = Array.from(rows.keys()).sort((a, b) => rows[a]!.at - rows[b]!.at || a - b)
  const at = Float64Array.from(order, (row) => rows[row]!.at)
  return {
    count: rows.length,
    at,
    stamp: at.map((moment) => wholeStamp(scenario, moment)),
    entity: Int32Array.from(order, (row) => rows[row]!.entity),
    action: Uint8Array.from(order, (row) => rows[row]!.action),
    flags: Uint8Array.from(order, (row) => rows[row]!.flags)
  }
}

/** The recorded changes, completed by unseen ones. */
export const withUnseen = (scenario: Scenario, unseen: ReadonlyArray<Unseen>, draw: Draw): Scenario => {
  const { changes, entities, from } = scenario
  if ("perSecond" in changes || unseen.every((one) => one.changes < 0.5)) return scenario
  const rows = Array.from({ length: changes.count }, (_, row) => rowOf(changes, row))
  const guessed: Array<Row> = []
  for (const { changes: expected, type, withinMs } of unseen) {
    const seen = rows.filter((row) => row.action === action.update && entities.type[row.entity] === type)
    if (seen.length === 0) continue
    const whole = Math.floor(expected) + (draw() < expected - Math.floor(expected) ? 1 : 0)
    for (let count = 0; count < whole; count++) {
      const after = seen[Math.floor(draw() * seen.length)]!
      const at = Math.max(from, Math.floor(after.at - 1 - draw() * withinMs))
      guessed.push({ ...after, at, flags: after.flags | estimated })
    }
  }
  return { ...scenario, changes: tableOf([...rows, ...guessed], scenario) }
}

const rowOf = (table: ChangeTable, row: number): Row => ({
  at: table.at[row]!,
  entity: table.entity[row]!,
  action: table.action[row]!,
  flags: table.flags[row]!
})

export const resample = (scenario: Scenario, draw: Draw): Scenario => {
  const { changes, entities, from, to } = scenario
  if ("perSecond" in changes) return scenario
  const types: Array<number> = Array.from(entities.type)
  const parents: Array<number> = Array.from(entities.parent)
  const rows: Array<Row> = []
  /** By recorded entity: the entities in its place; none where it is not made this time. */
  const copies = new Map<number, ReadonlyArray<{ readonly entity: number; readonly later: number | null }>>()
  const shifted = (at: number): number => Math.floor(Math.min(to - 1, Math.max(from, at + (draw() * 2 - 1) * halfHour)))
  /** The touch that a creation makes is made with each of its copies. */
  const touchOf = new Map<string, number>()
  for (let row = 0; row < changes.count; row++) {
    if (changes.action[row] === action.touch) touchOf.set(`${changes.entity[row]} ${changes.at[row]}`, row)
  }
  const taken = new Set<number>()
  const touchBy = (change: Row): number | undefined => {
    const parent = entities.parent[change.entity]!
    return parent === -1 ? undefined : touchOf.get(`${parent} ${change.at}`)
  }
  // Of the same moment, a touch may stand before the creation that makes it.
  for (let row = 0; row < changes.count; row++) {
    const touch = changes.action[row] === action.create ? touchBy(rowOf(changes, row)) : undefined
    if (touch !== undefined) taken.add(touch)
  }
  /** Those that were there from the beginning, by type. */
  const there = new Map<number, Array<number>>()
  for (let entity = 0; entity < entities.count; entity++) {
    if (Number.isNaN(entities.stamp[entity]!)) continue
    const same = there.get(entities.type[entity]!)
    if (same === undefined) there.set(entities.type[entity]!, [entity])
    else same.push(entity)
  }
  const another = (entity: number): number => {
    const same = there.get(entities.type[entity]!)
    return same === undefined ? entity : same[Math.floor(draw() * same.length)]!
  }

  for (let row = 0; row < changes.count; row++) {
    const change = rowOf(changes, row)
    const parent = entities.parent[change.entity]!
    if (change.action === action.create) {
      const touch = touchBy(change)
      const made: Array<{ readonly entity: number; readonly later: number }> = []
      // Beneath what was made in the window itself: beneath each that stands for it, as long after.
      const above = copies.get(parent) ?? [{ entity: parent, later: null }]
      for (const of of above) {
        for (let count = poissonOne(draw); count > 0; count--) {
          const first = made.length === 0
          const entity = first ? change.entity : types.length
          if (first) parents[entity] = of.entity
          else {
            types.push(types[change.entity]!)
            parents.push(of.entity)
          }
          const at = of.later === null ? shifted(change.at) : change.at + of.later
          if (at >= to) continue
          made.push({ entity, later: at - change.at })
          rows.push({ ...change, entity, at })
          if (touch !== undefined) rows.push({ ...rowOf(changes, touch), entity: of.entity, at })
        }
      }
      copies.set(change.entity, made)
      continue
    }
    const made = copies.get(change.entity)
    if (made !== undefined) {
      // Its changes happen to each entity in its place, as long after it was made.
      for (const { entity, later } of made) {
        const at = change.at + (later ?? 0)
        if (at < to && !taken.has(row)) rows.push({ ...change, entity, at })
      }
      continue
    }
    if (taken.has(row)) continue
    const most = change.action === action.delete ? 1 : Number.POSITIVE_INFINITY
    for (let count = Math.min(most, poissonOne(draw)), first = true; count > 0; count--, first = false) {
      // As many entities change as on the recorded day: a repeated change happens to another entity.
      const entity = first ? change.entity : another(change.entity)
      rows.push({ ...change, entity, at: shifted(change.at) })
    }
  }
  const table: EntityTable = {
    count: types.length,
    type: Uint8Array.from(types),
    parent: Int32Array.from(parents),
    stamp: Float64Array.from(types, (_, entity) => entities.stamp[entity] ?? Number.NaN)
  }
  return { ...scenario, entities: table, changes: tableOf(afterDeletions(rows), scenario) }
}

/** A deleted entity has no further changes. */
const afterDeletions = (rows: ReadonlyArray<Row>): ReadonlyArray<Row> => {
  const goneAt = new Map<number, number>()
  for (const row of rows)
    if (row.action === action.delete) goneAt.set(row.entity, Math.min(row.at, goneAt.get(row.entity) ?? row.at))
  return rows.filter((row) => {
    const gone = goneAt.get(row.entity)
    return gone === undefined || row.at < gone || (row.at === gone && row.action === action.delete)
  })
}
