/** The state machines of both paths on one account, joined. */
import type { HistorySink } from "../../domain/History.js"
import { policy as ownPolicy, type Policy } from "../../policy/index.js"
import { type Account, makeAccount, type ReadLag } from "./Account.js"
import { type ActiveFaults, noActiveFaults } from "./ActiveFaults.js"
import { type Calls, makeCalls } from "./Calls.js"
import { type ChangeSource, changeSource } from "./ChangeSource.js"
import { type DeliverySimulation, makeDeliverySimulation } from "./DeliverySimulation.js"
import { type EventQueue, makeEventQueue } from "./EventQueue.js"
import { makeOutcomeScorer, type OutcomeScorer } from "./OutcomeScorer.js"
import { makePollers, type Pollers } from "./Pollers.js"
import { type RandomStreams, randomStreams } from "./RandomStreams.js"
import { makeReceiver, type Receiver } from "./Receiver.js"
import { makeReconciliation, type Reconciliation } from "./Reconciliation.js"
import type { Scenario } from "./Scenario.js"
import { surroundings as ownSurroundings, type Surroundings } from "./Surroundings.js"
import { type Told, toldOf } from "./Told.js"

export interface SimulationOptions {
  /** Which of the runs of this seed. */
  readonly run?: number
  readonly sink?: HistorySink
  readonly policy?: Policy
  readonly surroundings?: Surroundings
  /** Where the draws come from; the project's own streams unless given. */
  readonly draws?: RandomStreams
  /** In place of the draws: a scenario that is made smaller keeps the lags of the changes that are left. */
  readonly readLag?: ReadLag
  /** The entities' own ids, for the history. */
  readonly ids?: ReadonlyArray<string>
}

/** The machines of both paths, before anything has happened. */
export interface Machines {
  readonly scenario: Scenario
  readonly sink: HistorySink | null
  readonly told: Told
  readonly activeFaults: ActiveFaults
  readonly queue: EventQueue
  readonly account: Account
  readonly scorer: OutcomeScorer
  readonly polled: Calls
  readonly kept: Calls
  readonly deliveries: DeliverySimulation
  readonly receiver: Receiver
  readonly reconciliation: Reconciliation
  readonly pollers: Pollers
  readonly changes: ChangeSource
}

export const makeMachines = (scenario: Scenario, options: SimulationOptions): Machines => {
  const sink = options.sink ?? null
  const { policy = ownPolicy, surroundings = ownSurroundings } = options
  const draws = options.draws ?? randomStreams(scenario.seed, options.run ?? 0, scenario.account)
  const told = toldOf(scenario, options.ids ?? null)
  const activeFaults = noActiveFaults()
  const providerUp = (): boolean => activeFaults.providerDown === 0
  const queue = makeEventQueue()
  const account = makeAccount(scenario, options.readLag ?? draws("read lag"))
  const scorer = makeOutcomeScorer(scenario)
  const polled = makeCalls("polling", scenario, surroundings, sink)
  const kept = makeCalls("webhook", scenario, surroundings, sink)
  const deliveries = makeDeliverySimulation(scenario, draws, queue, activeFaults, surroundings, sink, told, kept)
  const drawSlow = draws("slow acknowledgements")
  const receiver = makeReceiver({
    scenario,
    account,
    deliveries,
    calls: kept,
    queue,
    scorer,
    activeFaults,
    policy,
    drawSlow,
    sink,
    told
  })
  const reconciliation = makeReconciliation({ scenario, account, receiver, calls: kept, policy, providerUp, sink })
  const draw = draws("pollers")
  const pollers = makePollers({ scenario, account, calls: polled, scorer, surroundings, draw, providerUp, sink, told })
  const changes = changeSource(scenario, draws("changes"))
  return {
    scenario,
    sink,
    told,
    activeFaults,
    queue,
    account,
    scorer,
    polled,
    kept,
    deliveries,
    receiver,
    reconciliation,
    pollers,
    changes
  }
}
