/**
 * The changes of a run, one after the other: from a table, or drawn as they are needed, so that no number of them takes
 * room.
 */
import { exponential } from "../../domain/Exponential.js"
import type { Draw } from "./RandomStreams.js"
import { action, type ChangeProcess, type ChangeTable, covered, pushes, type Scenario, wholeStamp } from "./Scenario.js"

export interface ChangeSource {
  /** Of the next change; infinite when there is none. */
  at: number
  stamp: number
  entity: number
  action: number
  flags: number
  /** Goes on to the one after. */
  readonly next: () => void
}

const fromTable = (table: ChangeTable): ChangeSource => {
  let row = -1
  const source: ChangeSource = {
    at: 0,
    stamp: 0,
    entity: 0,
    action: 0,
    flags: 0,
    next: () => {
      row += 1
      if (row >= table.count) {
        source.at = Number.POSITIVE_INFINITY
        return
      }
      source.at = table.at[row]!
      source.stamp = table.stamp[row]!
      source.entity = table.entity[row]!
      source.action = table.action[row]!
      source.flags = table.flags[row]!
    }
  }
  source.next()
  return source
}

const drawn = ({ perSecond, pushedShare }: ChangeProcess, scenario: Scenario, draw: Draw): ChangeSource => {
  const { entities, from, to } = scenario
  const meanMs = 1_000 / perSecond
  const source: ChangeSource = {
    at: from,
    stamp: 0,
    entity: 0,
    action: action.update,
    flags: 0,
    next: () => {
      const at = source.at + exponential(draw, meanMs)
      source.at = at < to ? at : Number.POSITIVE_INFINITY
      source.stamp = wholeStamp(scenario, at)
      source.entity = Math.floor(draw() * entities.count)
      source.flags = draw() < pushedShare ? pushes | covered : 0
    }
  }
  source.next()
  return source
}

export const changeSource = (scenario: Scenario, draw: Draw): ChangeSource =>
  "perSecond" in scenario.changes ? drawn(scenario.changes, scenario, draw) : fromTable(scenario.changes)
