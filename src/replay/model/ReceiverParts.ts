/** The parts that the modelled receiver is made of. */
import type { HistorySink } from "../../domain/History.js"
import type { Policy } from "../../policy/index.js"
import type { Account } from "./Account.js"
import type { ActiveFaults } from "./ActiveFaults.js"
import type { Calls } from "./Calls.js"
import type { Draw } from "./Draws.js"
import type { EventQueue } from "./EventQueue.js"
import type { Judge } from "./Judge.js"
import type { Pushes } from "./Pushes.js"
import type { Scenario } from "./Scenario.js"
import type { Told } from "./Told.js"

export interface ReceiverParts {
  readonly scenario: Scenario
  readonly account: Account
  readonly pushes: Pushes
  readonly calls: Calls
  readonly queue: EventQueue
  readonly judge: Judge
  readonly weather: ActiveFaults
  readonly policy: Policy
  readonly drawSlow: Draw
  readonly sink: HistorySink | null
  readonly told: Told
}
