/** The state machines of both paths on one account, joined. */
import type { HistorySink } from "../../domain/History.js"
import { policy as ownPolicy, type Policy } from "../../policy/index.js"
import { type Account, makeAccount } from "./Account.js"
import { type ActiveFaults, noActiveFaults } from "./ActiveFaults.js"
import { type Calls, makeCalls } from "./Calls.js"
import { type ChangeSource, changeSource } from "./ChangeSource.js"
import { type DrawsFor, drawsOf } from "./Draws.js"
import { type EventQueue, makeEventQueue } from "./EventQueue.js"
import { type Judge, makeJudge } from "./Judge.js"
import { makePollers, type Pollers } from "./Pollers.js"
import { makePushes, type Pushes } from "./Pushes.js"
import { makeReceiver, type Receiver } from "./Receiver.js"
import { makeReconciliation, type Reconciliation } from "./Reconciliation.js"
import type { Scenario } from "./Scenario.js"
import { surroundings as ownSurroundings, type Surroundings } from "./Surroundings.js"
import { type Told, toldOf } from "./Told.js"

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

/** The machines of both paths, before anything has happened. */
export interface Machines {
  readonly scenario: Scenario
  readonly sink: HistorySink | null
  readonly told: Told
  readonly weather: ActiveFaults
  readonly queue: EventQueue
  readonly account: Account
  readonly judge: Judge
  readonly polled: Calls
  readonly kept: Calls
  readonly pushes: Pushes
  readonly receiver: Receiver
  readonly reconciliation: Reconciliation
  readonly pollers: Pollers
  readonly changes: ChangeSource
}

export const makeMachines = (scenario: Scenario, options: FastOptions): Machines => {
  const sink = options.sink ?? null
  const { policy = ownPolicy, surroundings = ownSurroundings } = options
  const draws = options.draws ?? drawsOf(scenario.seed, options.run ?? 0, scenario.account)
  const told = toldOf(scenario, options.ids ?? null)
  const weather = noActiveFaults()
  const providerUp = (): boolean => weather.providerDown === 0
  const queue = makeEventQueue()
  const account = makeAccount(scenario, draws("read lag"))
  const judge = makeJudge(scenario)
  const polled = makeCalls("polling", scenario, surroundings, sink)
  const kept = makeCalls("webhook", scenario, surroundings, sink)
  const pushes = makePushes(scenario, draws, queue, weather, surroundings, sink, told)
  const drawSlow = draws("slow acknowledgements")
  const receiver = makeReceiver({
    scenario,
    account,
    pushes,
    calls: kept,
    queue,
    judge,
    weather,
    policy,
    drawSlow,
    sink,
    told
  })
  const reconciliation = makeReconciliation({ scenario, account, receiver, calls: kept, policy, providerUp, sink })
  const draw = draws("pollers")
  const pollers = makePollers({ scenario, account, calls: polled, judge, surroundings, draw, providerUp, sink, told })
  const changes = changeSource(scenario, draws("changes"))
  return {
    scenario,
    sink,
    told,
    weather,
    queue,
    account,
    judge,
    polled,
    kept,
    pushes,
    receiver,
    reconciliation,
    pollers,
    changes
  }
}
