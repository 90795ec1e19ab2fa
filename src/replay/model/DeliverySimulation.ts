/**
 * The provider's deliveries: each push with its latency, its route's allowance, what befalls it on the way, and the
 * further tries that the policy gives it. Slots in typed arrays, used again; a push costs some 100 ns.
 */

import type { HistorySink } from "../../domain/History.js"
import { versionOfThin } from "../../policy/index.js"
import {
  copyAfterMs,
  makeDeferral,
  makeDeferredPushes,
  type PushTiming,
  periodMs,
  timePush
} from "../../providers/index.js"
import type { ActiveFaults } from "./ActiveFaults.js"
import type { Calls } from "./Calls.js"
import { makeDeliverySlots } from "./DeliverySlots.js"
import { eventKind } from "./EventKind.js"
import type { EventQueue } from "./EventQueue.js"
import type { RandomStreams } from "./RandomStreams.js"
import { action, routesIn, type Scenario } from "./Scenario.js"
import type { Surroundings } from "./Surroundings.js"
import type { Told } from "./Told.js"

export interface DeliverySimulation {
  readonly entity: (push: number) => number
  readonly stamp: (push: number) => number
  /** Version of its content; of a thin event, the version in its place. */
  readonly version: (push: number) => number
  readonly deletion: (push: number) => boolean
  /** The moment of the change where the body tells it, else NaN. */
  readonly moment: (push: number) => number
  /** The place of the route that it comes by. */
  readonly route: (push: number) => number
  readonly name: (push: number) => string
  /**
   * A change is pushed by the route at a place. `what` is the change: a reply that moves the stamp of a new ticket is
   * not the ticket's creation.
   */
  readonly send: (at: number, entity: number, stamp: number, version: number, what: number, route: number) => void
  /** A try goes out; false where it vanished, the sender is down, or the limit has no call left. */
  readonly goesOut: (push: number, at: number, ticket: number) => boolean
  /** Deferred pushes have their turn: those with room in the limit go out. */
  readonly drain: (at: number) => void
  /** The receiver's answer, or none in time. */
  readonly answered: (push: number, at: number, ok: boolean) => void
  readonly counts: { attempts: number; dropped: number }
  /** Pushes of changes while the receiver was down that did not get through, whatever the reason. */
  readonly lostInOutage: ReadonlyArray<{ readonly entity: number; readonly stamp: number }>
}

/** The ticket of a deferred try that has its call of the limit already. */
const withinLimit = 1

export const makeDeliverySimulation = (
  scenario: Scenario,
  draws: RandomStreams,
  queue: EventQueue,
  activeFaults: ActiveFaults,
  { triesAfter }: Surroundings,
  sink: HistorySink | null,
  told: Told,
  calls: Pick<Calls, "takeForPush">
): DeliverySimulation => {
  const { delivery, faults } = scenario
  const retries = Float64Array.from(delivery.retryAfterMs)
  const draw = draws("deliveries")
  const timing: PushTiming = { dueMs: 0, dropped: false, duplicated: false }
  const routes = routesIn(scenario)
  const deferrals = routes.map(({ allowance }) =>
    makeDeferral(allowance === null || allowance === "limit" ? undefined : { ...allowance, source: "the scenario" })
  )
  const deferredPushes = makeDeferredPushes<number>(scenario.limit?.periodMs ?? periodMs.minute)
  const counts = { attempts: 0, dropped: 0 }
  const slots = makeDeliverySlots()
  const name = (push: number): string => String(slots.number(push))
  const keyOf = (push: number): string =>
    told.keyOf(slots.entity(push), slots.stamp(push), slots.version(push), routes[slots.route(push)]!.thin)

  const put = (
    due: number,
    entity: number,
    stamp: number,
    version: number,
    deletion: boolean,
    at: number,
    copy: boolean,
    route: number
  ): void => {
    const moment = routes[route]!.tellsMoment ? at : Number.NaN
    const push = slots.add(entity, stamp, version, moment, deletion, at, copy, route)
    queue.put(due, eventKind.attempt, push, 0)
    if (sink === null) return
    const [type, id] = [told.typeOf(entity), told.idOf(entity)]
    sink({ k: "push", t: at, push: name(push), key: keyOf(push), entity: type, id, updatedAt: stamp })
  }
  const lostInOutage: Array<{ readonly entity: number; readonly stamp: number }> = []
  const outages = faults.windows.filter(({ kind }) => kind === "receiverDown")
  const noteLoss = (entity: number, stamp: number, changedAt: number): void => {
    if (outages.some(({ from, to }) => changedAt >= from - 1_000 && changedAt < to))
      lostInOutage.push({ entity, stamp })
  }
  const giveUp = (push: number, at: number): void => {
    counts.dropped += 1
    if (!slots.isCopy(push)) noteLoss(slots.entity(push), slots.stamp(push), slots.changedAt(push))
    if (sink !== null) sink({ k: "dropped", t: at, push: name(push) })
    slots.release(push)
  }

  const drainAt = (at: number | null): void => {
    if (at !== null) queue.put(at, eventKind.drain, 0, 0)
  }
  /** False where it vanished. */
  const isSent = (push: number, at: number): boolean => {
    counts.attempts += 1
    if (sink !== null) sink({ k: "attempt", t: at, push: name(push), try: slots.tries(push) + 1 })
    if (activeFaults.lossBurst === 0) return true
    giveUp(push, at)
    return false
  }

  return {
    entity: slots.entity,
    stamp: slots.stamp,
    version: slots.version,
    deletion: slots.deletion,
    moment: slots.moment,
    route: slots.route,
    name,
    counts,
    lostInOutage,
    send: (at, entity, stamp, content, what, route) => {
      const deletion = what === action.delete
      const version = routes[route]!.thin ? versionOfThin(what === action.create, deletion) : content
      timePush(draw, faults, timing)
      const { dropped, dueMs, duplicated } = timing
      const deferred = deferrals[route]!(at + dueMs)
      if (activeFaults.ruleOff > 0 || dropped || deferred === null) {
        counts.dropped += 1
        noteLoss(entity, stamp, at)
        return
      }
      const due = dueMs + deferred
      put(at + due, entity, stamp, version, deletion, at, false, route)
      if (duplicated) put(at + due + copyAfterMs(draw), entity, stamp, version, deletion, at, true, route)
    },
    goesOut: (push, at, ticket) => {
      if (activeFaults.providerDown > 0) {
        queue.put(activeFaults.providerUpAt, eventKind.attempt, push, 0)
        return false
      }
      const usesLimit = ticket !== withinLimit && routes[slots.route(push)]!.allowance === "limit"
      if (usesLimit && !calls.takeForPush(at)) {
        drainAt(deferredPushes.defer(push, at))
        return false
      }
      return isSent(push, at)
    },
    drain: (at) => {
      if (activeFaults.providerDown > 0) return drainAt(activeFaults.providerUpAt)
      drainAt(
        deferredPushes.drain(at, {
          take: calls.takeForPush,
          // It arrives behind the calls that wait for the same moment.
          goesOut: (push) => queue.put(at, eventKind.attempt, push, withinLimit),
          dropped: (push) => giveUp(push, at)
        })
      )
    },
    answered: (push, at, ok) => {
      if (sink !== null) sink({ k: "answered", t: at, push: name(push), key: keyOf(push), ok })
      if (ok) return slots.release(push)
      const wait = retries[slots.tries(push)]
      if (wait === undefined) return giveUp(push, at)
      slots.setTries(push, triesAfter(slots.tries(push)))
      queue.put(at + wait, eventKind.attempt, push, 0)
    }
  }
}
