/**
 * The fast driver: the machines of both paths on one account, moved from one event to the next. The same scenario, seed and
 * run give the same figures, to the last bit, on any machine. Some 0.2 µs an event.
 */
import type { HistorySink } from "../../domain/History.js"
import { policy as ownPolicy, type Policy } from "../../policy/index.js"
import { makeAccount } from "./Account.js"
import { makeCalls, purpose } from "./Calls.js"
import { changeSource } from "./ChangeSource.js"
import { type DrawsFor, drawsOf } from "./Draws.js"
import { makeEventQueue } from "./EventQueue.js"
import { beginHistory, endHistory } from "./historyFrame.js"
import { makeJudge } from "./Judge.js"
import { kind } from "./Kinds.js"
import type { LagHistogram } from "./LagHistogram.js"
import { makePollers } from "./Pollers.js"
import { makePushes, type Weather } from "./Pushes.js"
import { makeReceiver } from "./Receiver.js"
import { makeReconciliation } from "./Reconciliation.js"
import {
  action,
  actions as actionNames,
  covered,
  estimated,
  pushes as isPushed,
  notCarried,
  type Scenario
} from "./Scenario.js"
import { surroundings as ownSurroundings, type Surroundings } from "./Surroundings.js"
import { toldOf } from "./Told.js"

export interface FastOptions {
  /** Which of the runs of this seed. */
  readonly run?: number
  readonly sink?: HistorySink
  readonly policy?: Policy
  readonly surroundings?: Surroundings
  /** Where the draws come from; the project's own streams unless given. */
  readonly draws?: DrawsFor
  /** The entities' own ids, for the history. */
  readonly ids?: ReadonlyArray<string>
}

/** What came of one run. Calls are those within the window; lags are by entity type. */
export interface FastFigures {
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
  /** What was given up while the receiver was down, and what of it came all the same; `null` where it never was. */
  readonly afterOutage: { readonly lost: number; readonly healed: number } | null
  /** Changes, calls, deliveries, and steps of the receiver's state. */
  readonly events: number
}

/** `what` of a sweep that the limit held up. */
const sweepGoesOn = 1

export const runFast = (scenario: Scenario, options: FastOptions = {}): FastFigures => {
  const { faults, from, keptPerMinute, settledAt } = scenario
  const sink = options.sink ?? null
  const { policy = ownPolicy, surroundings = ownSurroundings } = options
  const draws = options.draws ?? drawsOf(scenario.seed, options.run ?? 0, scenario.account)
  const told = toldOf(scenario, options.ids ?? null)
  const weather: Weather = {
    receiverDown: 0,
    providerDown: 0,
    ruleOff: 0,
    secretRotated: 0,
    lossBurst: 0,
    providerUpAt: 0
  }
  const providerUp = (): boolean => weather.providerDown === 0
  const queue = makeEventQueue()
  const account = makeAccount(scenario, draws("read lag"))
  const judge = makeJudge(scenario)
  const polled = makeCalls("polling", scenario, surroundings, sink)
  const kept = makeCalls("webhook", scenario, surroundings, sink)
  const pushes = makePushes(scenario, draws, queue, weather, surroundings, sink, told)
  const receiver = makeReceiver({
    scenario,
    account,
    pushes,
    calls: kept,
    queue,
    judge,
    weather,
    policy,
    drawSlow: draws("slow acknowledgements"),
    sink,
    told
  })
  const reconciliation = makeReconciliation({
    scenario,
    account,
    receiver,
    calls: kept,
    policy,
    providerUp,
    sink
  })
  const pollers = makePollers({
    scenario,
    account,
    calls: polled,
    judge,
    surroundings,
    draw: draws("pollers"),
    providerUp,
    sink,
    told
  })
  const changes = changeSource(scenario, draws("changes"))

  beginHistory(scenario, sink)
  for (const poller of scenario.pollers.keys()) queue.put(pollers.firstAt(poller), kind.poll, poller, 0)
  // A beat for each life of the receiver.
  let beat = 0
  queue.put(from, kind.reconcile, 0, beat)
  faults.windows.forEach((window, at) => {
    queue.put(window.from, kind.window, at, 1)
    queue.put(window.to, kind.window, at, 0)
  })
  for (const at of faults.restarts) queue.put(at, kind.restart, 0, 0)

  const lifeEnds = (at: number): void => {
    beat += 1
    receiver.stop(at)
    reconciliation.forget()
    kept.forget()
  }
  const reconcile = (goesOnAt: number | null): void => {
    if (goesOnAt === null) queue.put(reconciliation.nextAt(), kind.reconcile, 0, beat)
    else queue.put(goesOnAt, kind.reconcile, sweepGoesOn, beat)
  }
  const lifeBegins = (at: number): void => {
    receiver.start(at)
    queue.put(at, kind.reconcile, 0, beat)
  }
  const turnWindow = (which: number, on: boolean, at: number): void => {
    const { kind: fault, to } = faults.windows[which]!
    weather[fault] += on ? 1 : -1
    if (on && fault === "providerDown") weather.providerUpAt = Math.max(weather.providerUpAt, to)
    if (fault !== "receiverDown" || weather.receiverDown !== (on ? 1 : 0)) return
    if (on) lifeEnds(at)
    else lifeBegins(at)
  }

  let changed = 0
  let guessed = 0
  for (;;) {
    const due = queue.nextAt()
    if (changes.at <= due) {
      const { at: exact, entity, flags, stamp } = changes
      if (exact === Number.POSITIVE_INFINITY) break
      const at = Math.floor(exact)
      const what = changes.action
      changed += 1
      if ((flags & estimated) !== 0) guessed += 1
      account.change(at, entity, what, stamp, (flags & notCarried) !== 0)
      judge.changed(entity, stamp, at, what, flags)
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
      if (pushed) pushes.send(at, entity, stamp, account.version[entity]!, what === action.delete)
      changes.next()
      continue
    }
    if (due > settledAt) break
    queue.take()
    const at = Math.floor(due)
    switch (queue.kind) {
      case kind.attempt:
        if (pushes.goesOut(queue.what, at)) receiver.deliver(queue.what, at)
        break
      case kind.onDisk:
        receiver.onDisk(queue.what, at)
        break
      case kind.tooLate:
        pushes.answered(queue.what, at, false)
        break
      case kind.apply:
        receiver.apply(queue.what, at, queue.ticket)
        break
      case kind.fetched:
        receiver.fetched(queue.what, at, queue.ticket)
        break
      case kind.poll: {
        const poller = queue.what
        queue.put(pollers.sweep(poller, at), kind.poll, poller, 0)
        break
      }
      case kind.reconcile:
        if (queue.ticket !== beat || weather.receiverDown > 0) break
        reconcile(queue.what === sweepGoesOn ? reconciliation.goOn() : reconciliation.sweep(at))
        break
      case kind.window:
        turnWindow(queue.what, queue.ticket === 1, at)
        break
      case kind.restart:
        if (weather.receiverDown > 0) break
        lifeEnds(at)
        lifeBegins(at)
        break
    }
  }

  judge.close(
    (entity, stamp, isDeletion) => receiver.isGone(entity) || (!isDeletion && receiver.stamp[entity]! >= stamp)
  )
  endHistory({ scenario, sink, receiver, kept, polled, pushes, told })
  const heldOf = (entity: number): number =>
    receiver.isGone(entity) ? Number.POSITIVE_INFINITY : receiver.stamp[entity]!
  const lost = pushes.lostInOutage
  const sum = (counts: Iterable<number>): number => {
    let total = 0
    for (const one of counts) total += one
    return total
  }
  const stays = sum(keptPerMinute)
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
    afterOutage: faults.windows.some(({ kind: fault }) => fault === "receiverDown")
      ? { lost: lost.length, healed: lost.filter(({ entity, stamp }) => heldOf(entity) >= stamp).length }
      : null,
    events: changed + polled.total() + kept.total() + pushes.counts.attempts + received.applied,
    polling: {
      calls: sum(polled.counts) + stays,
      refused: polled.refused(),
      sweeps: pollers.counts.sweeps,
      emptySweeps: pollers.counts.empty,
      ...judge.polling,
      peakPerMinute: polled.peakPerMinute()
    },
    webhook: {
      reconciliation: kept.counts[purpose.reconciliation]!,
      hydration: kept.counts[purpose.hydration]!,
      retries: kept.counts[purpose.retry]!,
      kept: stays,
      deliveries: pushes.counts.attempts,
      duplicates: received.duplicates,
      rejected: received.rejected,
      dropped: pushes.counts.dropped,
      ...judge.webhook,
      peakPerMinute: kept.peakPerMinute()
    }
  }
}
