/** A replay in the model: the day itself, and as many more like it as are asked for. */

import type { HistoryLine, HistorySink } from "../../domain/History.js"
import type { ReplayResult } from "../../domain/Report.js"
import { busiestHour, timelineOf } from "../history/Timeline.js"
import { randomStreams } from "../model/RandomStreams.js"
import { runSimulation } from "../model/Simulation.js"
import { type ModelAccount, scenarioOfRun } from "./ModelAccount.js"
import { outcomeOf } from "./Outcome.js"
import { makeRuns, runsResult } from "./Runs.js"

export interface ModelReplayOptions {
  readonly accounts: ReadonlyArray<ModelAccount>
  /** The faults as the user wrote them, for the report. */
  readonly faultsText: string
  /** More days like it; none unless asked for. */
  readonly runs: number
  /** Told what happens in the day itself, account after account. */
  readonly sink?: HistorySink
  /** Draw the busiest hour of the account that changed most. */
  readonly withTimeline?: boolean
  readonly threads?: number
  readonly onProgress?: (share: number) => void
}

export const replayInModel = async (options: ModelReplayOptions): Promise<ReplayResult> => {
  const { accounts, faultsText, runs } = options
  let drawn: { readonly account: string; readonly changes: number; readonly lines: ReadonlyArray<HistoryLine> } | null =
    null
  const played = accounts.map((account) => {
    const { account: name, seed } = account.scenario
    const draws = randomStreams(seed, 0, name)
    // Changes that the estimated rate adds are known by number only.
    const scenario = scenarioOfRun(account, 0, draws)
    const { sink: told, withTimeline = false } = options
    const lines: Array<HistoryLine> = []
    const sink = (line: HistoryLine): void => {
      told?.(line)
      if (withTimeline) lines.push(line)
    }
    const figures = runSimulation(scenario, {
      draws,
      ids: account.ids,
      ...(told === undefined && !withTimeline ? {} : { sink })
    })
    if (withTimeline && figures.changes > (drawn?.changes ?? 0))
      drawn = { account: name, changes: figures.changes, lines }
    return figures
  })
  const outcome = outcomeOf(accounts, played, faultsText)
  const result = drawn === null ? outcome : { ...outcome, ...timelineIn(drawn) }
  if (runs < 1) return result
  const statistics = await makeRuns(accounts, {
    runs,
    ...(options.threads === undefined ? {} : { threads: options.threads }),
    ...(options.onProgress === undefined ? {} : { onProgress: options.onProgress })
  })
  return { ...result, runs: runsResult(statistics, result.seed) }
}

const timelineIn = ({ account, lines }: { readonly account: string; readonly lines: ReadonlyArray<HistoryLine> }) => {
  const from = busiestHour(lines)
  return from === null ? {} : { timeline: timelineOf(lines, account, from) }
}
