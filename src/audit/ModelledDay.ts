/** The replayed day in the model, beside the wire's; its bands over many days; and the picture of an hour. */
import { Effect } from "effect"
import type { Analysis } from "../analysis/index.js"
import { roundTo } from "../domain/Quantiles.js"
import type { RunsResult } from "../domain/Replay.js"
import type { ReplayResult } from "../domain/Report.js"
import { type ModelAccount, replayInModel } from "../replay/index.js"
import { type AuditFailed, replayFailed } from "./AuditFailed.js"
import type { FaultSettings } from "./Faults.js"

/** How many days are modelled, and of which accounts. */
export interface ModelSettings {
  readonly runs: number
  readonly accounts: (analysis: Analysis) => ReadonlyArray<ModelAccount>
}

interface DaySettings {
  readonly faults: FaultSettings
  readonly model?: ModelSettings
  readonly onProgress: (stage: "model", share: number) => void
}

export const modelledDay = (
  analysis: Analysis,
  { faults, model, onProgress }: DaySettings,
  { polling }: Pick<ReplayResult, "polling">
): Effect.Effect<Pick<ReplayResult, "model" | "runs" | "timeline">, AuditFailed> => {
  const accounts = model?.accounts(analysis) ?? []
  if (model === undefined || accounts.length === 0) return Effect.succeed({})
  return Effect.tryPromise({
    try: async () => {
      const played = await replayInModel({
        accounts,
        faultsText: faults.text,
        runs: model.runs,
        withTimeline: true,
        onProgress: (share) => onProgress("model", share)
      })
      const { changes, estimated, parity, runs, timeline, webhook } = played
      const differences = parity.differing ?? parity.differences.length
      return {
        model: {
          ...(played.accounts === undefined ? {} : { accounts: played.accounts }),
          changes,
          estimated: estimated ?? 0,
          missed: webhook.missed,
          differences,
          calls: webhook.calls
        },
        ...(runs === undefined ? {} : { runs: fewerThanRecorded(runs, polling.calls) }),
        ...(timeline === undefined ? {} : { timeline })
      }
    },
    catch: replayFailed
  })
}

/** By how much the modelled calls of the polling path may differ from the recorded ones. */
const alike = 0.1

/**
 * The model's pollers never pause. Where those of the recording did, and so made fewer calls, the reduction is that of
 * the calls which were recorded.
 */
export const fewerThanRecorded = (runs: RunsResult, recorded: number): RunsResult => {
  const { pollingCalls, webhookCalls } = runs.bands
  if (pollingCalls == null || webhookCalls == null || recorded === 0) return runs
  if (Math.abs(pollingCalls.median - recorded) <= alike * recorded) return runs
  const fewer = (calls: number): number => roundTo(1 - calls / recorded, 4)
  const { high, low, median } = webhookCalls
  return { ...runs, bands: { ...runs.bands, reduction: { low: fewer(high), median: fewer(median), high: fewer(low) } } }
}
