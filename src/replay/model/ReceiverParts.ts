/** The parts that the modelled receiver is made of. */
import type { HistorySink } from "../../domain/History.js"
import type { Policy } from "../../policy/index.js"
import type { Account } from "./Account.js"
import type { ActiveFaults } from "./ActiveFaults.js"
import type { Calls } from "./Calls.js"
import type { DeliverySimulation } from "./DeliverySimulation.js"
import type { EventQueue } from "./EventQueue.js"
import type { OutcomeScorer } from "./OutcomeScorer.js"
import type { Draw } from "./RandomStreams.js"
import type { Scenario } from "./Scenario.js"
import type { Told } from "./Told.js"

export interface ReceiverParts {
  readonly scenario: Scenario
  readonly account: Account
  readonly deliveries: DeliverySimulation
  readonly calls: Calls
  readonly queue: EventQueue
  readonly scorer: OutcomeScorer
  readonly activeFaults: ActiveFaults
  readonly policy: Policy
  readonly drawSlow: Draw
  readonly sink: HistorySink | null
  readonly told: Told
}
