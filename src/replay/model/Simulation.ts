/**
 * The model: the machines of both paths on one account, moved from one event to the next. The same scenario, seed and
 * run give the same figures, to the last bit, on any machine. Some 0.2 µs an event.
 */
import { purpose } from "./Calls.js"
import { eventKind } from "./EventKind.js"
import { beginHistory, endHistory } from "./historyFrame.js"
import type { LagHistogram } from "./LagHistogram.js"
import { type Machines, makeMachines, type SimulationOptions } from "./Machines.js"
import { makeReceiverProcess } from "./ReceiverProcess.js"
import {
  actions as actionNames,
  covered,
  estimated,
  pushes as isPushed,
  notCarried,
  pushedBy,
  routesIn,
  type Scenario
} from "./Scenario.js"

/** Outcome of a run. Calls are those within the window; lags are by entity type. */
export interface SimulationFigures {
  readonly changes: number
  readonly estimated: number
  readonly polling: {
    readonly calls: number
    readonly refused: number
    readonly sweeps: number
    readonly emptySweeps: number
    readonly seen: number
    readonly collapsed: number
    readonly missed: number
    readonly peakPerMinute: number
    readonly lags: ReadonlyArray<LagHistogram>
  }
  readonly webhook: {
    readonly reconciliation: number
    readonly hydration: number
    readonly retries: number
    readonly kept: number
    readonly deliveries: number
    readonly duplicates: number
    readonly rejected: number
    readonly dropped: number
    readonly pushed: number
    readonly recovered: number
    readonly uncovered: number
    readonly missed: number
    readonly peakPerMinute: number
    readonly lags: ReadonlyArray<LagHistogram>
  }
  /** Entities that the replaced pollers hold in a newer version than the receiver. */
  readonly differences: ReadonlyArray<{ readonly entity: number; readonly stamp: number; readonly held: number | null }>
  /** Entities that only the receiver holds, deletions included. */
  readonly onlyWebhook: number
  /** Deliveries that were given up while the receiver was down, and those healed since; `null` without an outage. */
  readonly afterOutage: { readonly lost: number; readonly healed: number } | null
  /** Changes, calls, deliveries, and steps of the receiver's state. */
  readonly events: number
}

/** All that is due at known moments is put into the queue. */
const begin = ({ pollers, queue, scenario, sink }: Machines): void => {
  const { faults, from } = scenario
  beginHistory(scenario, sink)
  for (const poller of scenario.pollers.keys()) queue.put(pollers.firstAt(poller), eventKind.poll, poller, 0)
  queue.put(from, eventKind.reconcile, 0, 0)
  faults.windows.forEach((window, at) => {
    queue.put(window.from, eventKind.window, at, 1)
    queue.put(window.to, eventKind.window, at, 0)
  })
  for (const at of faults.restarts) queue.put(at, eventKind.restart, 0, 0)
}

/** The next change happens at the provider. */
const change = ({ account, changes, scorer, deliveries, sink, told }: Machines, routes: number): void => {
  const { action: what, entity, flags, stamp } = changes
  const at = Math.floor(changes.at)
  account.change(at, entity, what, stamp, (flags & notCarried) !== 0)
  scorer.changed(entity, stamp, at, what, flags)
  const pushed = (flags & isPushed) !== 0
  if (sink !== null)
    sink({
      k: "change",
      t: at,
      entity: told.typeOf(entity),
      id: told.idOf(entity),
      updatedAt: stamp,
      action: actionNames[what]!,
      pushed,
      covered: (flags & covered) !== 0,
      version: account.version[entity]!
    })
  if (pushed) {
    const version = account.version[entity]!
    if (routes === 1) deliveries.send(at, entity, stamp, version, what, 0)
    else
      for (let route = 0; route < routes; route++)
        if ((flags & pushedBy(route)) !== 0) deliveries.send(at, entity, stamp, version, what, route)
  }
  changes.next()
}

export const runSimulation = (scenario: Scenario, options: SimulationOptions = {}): SimulationFigures => {
  const machines = makeMachines(scenario, options)
  const { changes, pollers, deliveries, queue, receiver } = machines
  const process = makeReceiverProcess(machines)
  begin(machines)
  const routes = routesIn(scenario).length
  let changed = 0
  let guessed = 0
  for (;;) {
    const due = queue.nextAt()
    if (changes.at <= due) {
      if (changes.at === Number.POSITIVE_INFINITY) break
      changed += 1
      if ((changes.flags & estimated) !== 0) guessed += 1
      change(machines, routes)
      continue
    }
    if (due > scenario.settledAt) break
    queue.take()
    const at = Math.floor(due)
    switch (queue.kind) {
      case eventKind.attempt:
        if (deliveries.goesOut(queue.what, at, queue.ticket)) receiver.deliver(queue.what, at)
        break
      case eventKind.drain:
        deliveries.drain(at)
        break
      case eventKind.onDisk:
        receiver.onDisk(queue.what, at)
        break
      case eventKind.tooLate:
        deliveries.answered(queue.what, at, false)
        break
      case eventKind.apply:
        receiver.apply(queue.what, at, queue.ticket)
        break
      case eventKind.fetched:
        receiver.fetched(queue.what, at, queue.ticket)
        break
      case eventKind.poll: {
        const poller = queue.what
        queue.put(pollers.sweep(poller, at), eventKind.poll, poller, 0)
        break
      }
      case eventKind.reconcile:
        process.sweep(queue.what, queue.ticket, at)
        break
      case eventKind.window:
        process.turnWindow(queue.what, queue.ticket === 1, at)
        break
      case eventKind.restart:
        process.restart(at)
        break
    }
  }
  return figuresOf(machines, changed, guessed)
}

const sum = (counts: Iterable<number>): number => {
  let total = 0
  for (const one of counts) total += one
  return total
}

/** Scores all that is still open, ends the history, and adds up. */
const figuresOf = (machines: Machines, changed: number, guessed: number): SimulationFigures => {
  const { scorer, kept, polled, pollers, deliveries, receiver, scenario } = machines
  scorer.close(
    (entity, stamp, isDeletion) => receiver.isGone(entity) || (!isDeletion && receiver.stamp[entity]! >= stamp)
  )
  endHistory(machines)
  const heldOf = (entity: number): number =>
    receiver.isGone(entity) ? Number.POSITIVE_INFINITY : receiver.stamp[entity]!
  const { entities, types } = scenario
  const lost = deliveries.lostInOutage.filter(({ entity }) => types[entities.type[entity]!]!.wanted)
  const stays = sum(scenario.keptPerMinute)
  const received = receiver.counts()
  return {
    changes: changed,
    estimated: guessed,
    differences: pollers.ahead(heldOf).map(({ entity, stamp }) => ({
      entity,
      stamp,
      held: receiver.knows(entity) ? receiver.stamp[entity]! : null
    })),
    onlyWebhook: pollers.unseen((entity) => receiver.knows(entity) || receiver.isGone(entity)),
    afterOutage: scenario.faults.windows.some(({ kind: fault }) => fault === "receiverDown")
      ? { lost: lost.length, healed: lost.filter(({ entity, stamp }) => heldOf(entity) >= stamp).length }
      : null,
    events: changed + polled.total() + kept.total() + deliveries.counts.attempts + received.applied,
    polling: {
      calls: sum(polled.counts) + stays,
      refused: polled.refused(),
      sweeps: pollers.counts.sweeps,
      emptySweeps: pollers.counts.empty,
      ...scorer.polling,
      peakPerMinute: polled.peakPerMinute()
    },
    webhook: {
      reconciliation: kept.counts[purpose.reconciliation]!,
      hydration: kept.counts[purpose.hydration]!,
      retries: kept.counts[purpose.retry]!,
      kept: stays,
      deliveries: deliveries.counts.attempts,
      duplicates: received.duplicates,
      rejected: received.rejected,
      dropped: deliveries.counts.dropped,
      ...scorer.webhook,
      peakPerMinute: kept.peakPerMinute()
    }
  }
}
