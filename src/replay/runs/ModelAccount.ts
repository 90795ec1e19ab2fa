/**
 * An account as the model takes it: its scenario, its entities' own ids, and the changes that polling could not see.
 */
import { type RandomStreams, randomStreams } from "../model/RandomStreams.js"
import { resample, type Unseen, withUnseen } from "../model/Resample.js"
import type { Scenario } from "../model/Scenario.js"
import { runSimulation, type SimulationFigures } from "../model/Simulation.js"

export interface ModelAccount {
  readonly scenario: Scenario
  readonly ids: ReadonlyArray<string>
  readonly unseen: ReadonlyArray<Unseen>
}

/** The scenario of a run: run 0 has the changes as they were recorded, every other one is another such day. */
export const scenarioOfRun = ({ scenario, unseen }: ModelAccount, run: number, draws: RandomStreams): Scenario => {
  const whole = withUnseen(scenario, unseen, draws("unseen changes"))
  return run === 0 ? whole : resample(whole, draws("another day"))
}

export const runAccount = (account: ModelAccount, run: number): SimulationFigures => {
  const { account: name, seed } = account.scenario
  const draws = randomStreams(seed, run, name)
  return runSimulation(scenarioOfRun(account, run, draws), { run, draws })
}
