/**
 * The provider's deliveries: each push with its latency, the route's allowance, what befalls it on the way, and the
 * further tries that the policy gives it. Slots in typed arrays, used again; a push costs some 100 ns.
 */

import type { HistorySink } from "../../domain/History.js"
import { versionOfThin } from "../../policy/index.js"
import { copyAfterMs, makeDeferral, type PushTiming, timePush } from "../../providers/index.js"
import { widened } from "./columns.js"
import type { DrawsFor } from "./Draws.js"
import type { EventQueue } from "./EventQueue.js"
import { kind } from "./Kinds.js"
import type { Scenario } from "./Scenario.js"
import type { Surroundings } from "./Surroundings.js"
import type { Told } from "./Told.js"

export interface Pushes {
  readonly entity: (push: number) => number
  readonly stamp: (push: number) => number
  /** Of its content; of a thin one, what stands in its place. */
  readonly version: (push: number) => number
  readonly deletion: (push: number) => boolean
  /** The moment of the change where the body tells it, else NaN. */
  readonly moment: (push: number) => number
  readonly name: (push: number) => string
  readonly send: (at: number, entity: number, stamp: number, version: number, deletion: boolean) => void
  /** One try goes out; false where it vanished, or nobody is there to send. */
  readonly goesOut: (push: number, at: number) => boolean
  /** What the receiver said, or that it said nothing in time. */
  readonly answered: (push: number, at: number, ok: boolean) => void
  readonly counts: { attempts: number; dropped: number }
  /** Pushes of changes while the receiver was down that did not get through, whatever the reason. */
  readonly lostInOutage: ReadonlyArray<{ readonly entity: number; readonly stamp: number }>
}

/** The faults that are on now. */
export interface Weather {
  receiverDown: number
  providerDown: number
  ruleOff: number
  secretRotated: number
  lossBurst: number
  /** When the provider is up again. */
  providerUpAt: number
}

export const makePushes = (
  scenario: Scenario,
  draws: DrawsFor,
  queue: EventQueue,
  weather: Weather,
  { triesAfter }: Surroundings,
  sink: HistorySink | null,
  told: Told
): Pushes => {
  const { delivery, faults } = scenario
  const retries = Float64Array.from(delivery.retryAfterMs)
  const draw = draws("deliveries")
  const timing: PushTiming = { dueMs: 0, dropped: false, duplicated: false }
  const deferral = makeDeferral(
    delivery.allowance === null ? undefined : { ...delivery.allowance, source: "the scenario" }
  )
  const counts = { attempts: 0, dropped: 0 }
  let capacity = 256
  let entities = new Int32Array(capacity)
  let stamps = new Float64Array(capacity)
  let versions = new Int32Array(capacity)
  let moments = new Float64Array(capacity)
  let changedAts = new Float64Array(capacity)
  let deletions = new Uint8Array(capacity)
  /** A second copy of one: what becomes of it is no matter of its own. */
  let copies = new Uint8Array(capacity)
  let tries = new Uint16Array(capacity)
  let numbers = new Float64Array(capacity)
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
    tries = widened(new Uint16Array(capacity), tries)
    numbers = widened(new Float64Array(capacity), numbers)
    next = widened(new Int32Array(capacity), next)
  }
  const slotFor = (): number => {
    const slot = free
    if (slot !== -1) {
      free = next[slot]!
      return slot
    }
    if (used === capacity) grow()
    return used++
  }
  const release = (push: number): void => {
    next[push] = free
    free = push
  }
  const name = (push: number): string => String(numbers[push]!)

  const put = (
    due: number,
    entity: number,
    stamp: number,
    version: number,
    deletion: boolean,
    at: number,
    copy: boolean
  ): void => {
    const push = slotFor()
    entities[push] = entity
    stamps[push] = stamp
    versions[push] = version
    moments[push] = delivery.tellsMoment ? at : Number.NaN
    changedAts[push] = at
    deletions[push] = deletion ? 1 : 0
    copies[push] = copy ? 1 : 0
    tries[push] = 0
    numbers[push] = ++sent
    queue.put(due, kind.attempt, push, 0)
    if (sink !== null) tell(push, at)
  }
  const tell = (push: number, at: number): void => {
    const entity = entities[push]!
    sink?.({
      k: "push",
      t: at,
      push: name(push),
      key: told.keyOf(entity, stamps[push]!, versions[push]!),
      entity: told.typeOf(entity),
      id: told.idOf(entity),
      updatedAt: stamps[push]!
    })
  }
  const lostInOutage: Array<{ readonly entity: number; readonly stamp: number }> = []
  const outages = faults.windows.filter(({ kind }) => kind === "receiverDown")
  const noteLoss = (entity: number, stamp: number, changedAt: number): void => {
    if (outages.some(({ from, to }) => changedAt >= from - 1_000 && changedAt < to))
      lostInOutage.push({ entity, stamp })
  }
  const giveUp = (push: number, at: number): void => {
    counts.dropped += 1
    if (copies[push] === 0) noteLoss(entities[push]!, stamps[push]!, changedAts[push]!)
    if (sink !== null) sink({ k: "dropped", t: at, push: name(push) })
    release(push)
  }

  return {
    entity: (push) => entities[push]!,
    stamp: (push) => stamps[push]!,
    version: (push) => versions[push]!,
    deletion: (push) => deletions[push] === 1,
    moment: (push) => moments[push]!,
    name,
    counts,
    lostInOutage,
    send: (at, entity, stamp, content, deletion) => {
      const isCreation = content === 1 && Number.isNaN(scenario.entities.stamp[entity]!)
      const version = delivery.bare ? versionOfThin(isCreation, deletion) : content
      timePush(draw, faults, timing)
      const { dropped, dueMs, duplicated } = timing
      const deferred = deferral(at + dueMs)
      if (weather.ruleOff > 0 || dropped || deferred === null) {
        counts.dropped += 1
        noteLoss(entity, stamp, at)
        return
      }
      const due = dueMs + deferred
      put(at + due, entity, stamp, version, deletion, at, false)
      if (duplicated) put(at + due + copyAfterMs(draw), entity, stamp, version, deletion, at, true)
    },
    goesOut: (push, at) => {
      if (weather.providerDown > 0) {
        queue.put(weather.providerUpAt, kind.attempt, push, 0)
        return false
      }
      counts.attempts += 1
      if (sink !== null) sink({ k: "attempt", t: at, push: name(push), try: tries[push]! + 1 })
      if (weather.lossBurst === 0) return true
      giveUp(push, at)
      return false
    },
    answered: (push, at, ok) => {
      if (sink !== null)
        sink({
          k: "answered",
          t: at,
          push: name(push),
          key: told.keyOf(entities[push]!, stamps[push]!, versions[push]!),
          ok
        })
      if (ok) return release(push)
      const wait = retries[tries[push]!]
      if (wait === undefined) return giveUp(push, at)
      tries[push] = triesAfter(tries[push]!)
      queue.put(at + wait, kind.attempt, push, 0)
    }
  }
}
