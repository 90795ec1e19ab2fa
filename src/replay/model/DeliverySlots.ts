/** The deliveries that are under way or wait for a further try, a column for each property. Slots are used again. */
import { widened } from "./columns.js"

export interface DeliverySlots {
  readonly add: (
    entity: number,
    stamp: number,
    version: number,
    moment: number,
    deletion: boolean,
    changedAt: number,
    copy: boolean,
    route: number
  ) => number
  readonly release: (push: number) => void
  readonly entity: (push: number) => number
  readonly stamp: (push: number) => number
  readonly version: (push: number) => number
  readonly moment: (push: number) => number
  /** The place of the route that it comes by. */
  readonly route: (push: number) => number
  readonly deletion: (push: number) => boolean
  readonly changedAt: (push: number) => number
  /** Whether it is the second copy of a delivery: its end is not its change's. */
  readonly isCopy: (push: number) => boolean
  readonly tries: (push: number) => number
  readonly setTries: (push: number, tries: number) => void
  /** Counts deliveries from 1. */
  readonly number: (push: number) => number
}

export const makeDeliverySlots = (): DeliverySlots => {
  let capacity = 256
  let entities = new Int32Array(capacity)
  let stamps = new Float64Array(capacity)
  let versions = new Int32Array(capacity)
  let moments = new Float64Array(capacity)
  let changedAts = new Float64Array(capacity)
  let deletions = new Uint8Array(capacity)
  let copies = new Uint8Array(capacity)
  let routes = new Uint8Array(capacity)
  let tries = new Uint16Array(capacity)
  let numbers = new Float64Array(capacity)
  /** The chain of free slots. */
  let next = new Int32Array(capacity)
  let used = 0
  let free = -1
  let sent = 0

  const grow = (): void => {
    capacity *= 2
    entities = widened(new Int32Array(capacity), entities)
    stamps = widened(new Float64Array(capacity), stamps)
    versions = widened(new Int32Array(capacity), versions)
    moments = widened(new Float64Array(capacity), moments)
    changedAts = widened(new Float64Array(capacity), changedAts)
    deletions = widened(new Uint8Array(capacity), deletions)
    copies = widened(new Uint8Array(capacity), copies)
    routes = widened(new Uint8Array(capacity), routes)
    tries = widened(new Uint16Array(capacity), tries)
    numbers = widened(new Float64Array(capacity), numbers)
    next = widened(new Int32Array(capacity), next)
  }
  const slot = (): number => {
    const push = free
    if (push !== -1) {
      free = next[push]!
      return push
    }
    if (used === capacity) grow()
    return used++
  }

  return {
    add: (entity, stamp, version, moment, deletion, changedAt, copy, route) => {
      const push = slot()
      entities[push] = entity
      stamps[push] = stamp
      versions[push] = version
      moments[push] = moment
      changedAts[push] = changedAt
      deletions[push] = deletion ? 1 : 0
      copies[push] = copy ? 1 : 0
      routes[push] = route
      tries[push] = 0
      numbers[push] = ++sent
      return push
    },
    release: (push) => {
      next[push] = free
      free = push
    },
    entity: (push) => entities[push]!,
    stamp: (push) => stamps[push]!,
    version: (push) => versions[push]!,
    moment: (push) => moments[push]!,
    route: (push) => routes[push]!,
    deletion: (push) => deletions[push] === 1,
    changedAt: (push) => changedAts[push]!,
    isCopy: (push) => copies[push] === 1,
    tries: (push) => tries[push]!,
    setTries: (push, count) => {
      tries[push] = count
    },
    number: (push) => numbers[push]!
  }
}
