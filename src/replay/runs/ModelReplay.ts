/** A replay in the fast driver: the day itself, and as many more like it as are asked for. */
import type { ReplayResult } from "../../domain/Report.js"
import type { HistorySink } from "../history/HistoryLine.js"
import { drawsOf } from "../model/Draws.js"
import { runFast } from "../model/FastDriver.js"
import { type ModelAccount, scenarioOfRun } from "./ModelAccount.js"
import { outcomeOf } from "./Outcome.js"
import { makeRuns, runsResult } from "./Runs.js"

export interface ModelReplayOptions {
  readonly accounts: ReadonlyArray<ModelAccount>
  /** The faults as the user wrote them, for the report. */
  readonly faultsText: string
  /** More days like it; none unless asked for. */
  readonly runs: number
  /** Told what happens on an account in the day itself. */
  readonly sinkOf?: (account: string) => HistorySink
  readonly threads?: number
  readonly onProgress?: (share: number) => void
}

export const replayInModel = async (options: ModelReplayOptions): Promise<ReplayResult> => {
  const { accounts, faultsText, runs } = options
  const played = accounts.map((account) => {
    const { account: name, seed } = account.scenario
    const draws = drawsOf(seed, 0, name)
    // What is added by the estimated rate is known by number only.
    const scenario = scenarioOfRun(account, 0, draws)
    const sink = options.sinkOf?.(name)
    return runFast(scenario, { draws, ids: account.ids, ...(sink === undefined ? {} : { sink }) })
  })
  const result = outcomeOf(accounts, played, faultsText)
  if (runs < 1) return result
  const tally = await makeRuns(accounts, {
    runs,
    ...(options.threads === undefined ? {} : { threads: options.threads }),
    ...(options.onProgress === undefined ? {} : { onProgress: options.onProgress })
  })
  return { ...result, runs: runsResult(tally, result.seed) }
}
