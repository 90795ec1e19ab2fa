/** The costs of freshness: a grid of reconciliation intervals and faults, and the recommended setting. */
import { Effect, Option } from "effect"
import { noFaultSettings, parseSeconds } from "../../../audit/index.js"
import { roundedDuration } from "../../../domain/DurationText.js"
import type { TradeOffLine, TradeOffs } from "../../../domain/Replay.js"
import { type FreshnessGoal, tradeOffs } from "../../../replay/index.js"
import { count, some } from "../../../report/index.js"
import { renderTradeOffs } from "../../../report/service.js"
import { scenariosOf } from "../../../scenarios/index.js"
import { writePrivately } from "../../../store/index.js"
import { UsageError } from "../../Failure.js"
import { keeping } from "../../Interruption.js"
import { faultsOf, percentileGoalsOf } from "../../OptionValues.js"
import { columns, print, printJson } from "../../Output.js"
import { makeProgress } from "../../Progress.js"
import { readStore } from "../../ReadStore.js"
import type { GridOptions } from "./ReplayCommand.js"
import { scenariosFor } from "./runReplay.js"

const usualInterval = 3_600

const intervalsOf = (text: string): Effect.Effect<ReadonlyArray<number>, UsageError> => {
  const intervals = text.split(",").map((part) => parseSeconds(part))
  return intervals.some((one) => one === null || one < 60)
    ? Effect.fail(
        new UsageError({
          message: `--reconcile takes durations of a minute at least, such as 5m,15m,1h,6h, not "${text}"`
        })
      )
    : Effect.succeed([...new Set(intervals as ReadonlyArray<number>)].sort((a, b) => a - b))
}

const calls = ({ calls: band }: TradeOffLine): string =>
  band === null ? "unknown" : `${count(band.median)} (${count(band.low)} to ${count(band.high)})`

const yesOrNo = (kept: boolean | null): string => (kept === null ? "" : kept ? "yes" : "no")

const shown = (result: TradeOffs): string => {
  const goal = result.goals.length > 0
  const grid = columns(
    ["way", "reconcile", "faults", "calls", "999 of 1,000 within", "stalest", ...(goal ? ["keeps --slo"] : [])],
    result.lines.map((line) => [
      line.way,
      line.reconcileSeconds === null ? "" : roundedDuration(line.reconcileSeconds),
      line.faults === "" ? "none" : line.faults,
      calls(line),
      roundedDuration(line.p999Seconds),
      roundedDuration(line.worstSeconds),
      ...(goal ? [yesOrNo(line.meets)] : [])
    ]),
    new Set([3, 4, 5])
  )
  return [grid, "", ...adviceOf(result)].join("\n")
}

const adviceOf = ({ adaptiveWins, goals, recommended }: TradeOffs): ReadonlyArray<string> => {
  const wins =
    adaptiveWins.length === 0
      ? []
      : [
          `polling that adapts is cheaper, and no staler at the worst, than webhooks with ${adaptiveWins.map(({ faults, reconcileSeconds }) => `reconciliation every ${roundedDuration(reconcileSeconds)} (${faults === "" ? "no faults" : faults})`).join(", ")}`
        ]
  if (goals.length === 0) return [...wins, "set a goal to have a setting recommended: --slo ticket=5m@p99.9"]
  if (recommended === null)
    return [...wins, "no setting keeps the goal under all faults: sweep more often, or ask for less"]
  return [
    ...wins,
    recommended.reconcileSeconds === null
      ? `recommended: ${recommended.way}, ${some(recommended.calls, "call")}: it keeps the goal for less than webhooks`
      : `recommended: webhooks with --reconcile ${Math.round(recommended.reconcileSeconds)}s, ${some(recommended.calls, "call")}: the cheapest that keeps the goal under all faults; give it to hookshift audit, subscriptions plan and receive`
  ]
}

/** The grid, of a recording. */
export const gridOf = (
  options: Omit<GridOptions, "picture" | "json" | "debug" | "quiet" | "slo"> & {
    readonly goals: ReadonlyArray<FreshnessGoal>
  },
  onProgress: (share: number) => void
) =>
  Effect.gen(function* () {
    const intervals = yield* intervalsOf(options.reconcile)
    const texts = options.faults.split(";").map((text) => (text.trim() === "none" ? "" : text.trim()))
    const faultSets = yield* Effect.forEach(texts, (text) =>
      Effect.map(text === "" ? Effect.succeed(noFaultSettings) : faultsOf(text), (faults) => ({ text, faults }))
    )
    // Verdicts are given at the usual interval, so that all settings replace the same pollers.
    const { analysis, changes } = yield* scenariosFor(options, { reconcileSeconds: usualInterval }, noFaultSettings)
    return yield* Effect.promise(() =>
      tradeOffs({
        reconcileSeconds: intervals,
        faults: faultSets.map(({ faults, text }) => ({
          text,
          accountsAt: (reconcileSeconds) =>
            scenariosOf(analysis, { db: options.db, seed: options.seed, reconcileSeconds, faults, changes })
        })),
        goals: options.goals,
        runs: options.runs,
        seed: options.seed,
        onProgress
      })
    )
  })

export const runGrid = (options: GridOptions) =>
  Effect.gen(function* () {
    const goals = yield* percentileGoalsOf(options.slo)
    if (options.runs < 1)
      return yield* new UsageError({ message: `--runs takes a number of days, such as 200, not ${options.runs}` })
    const line = makeProgress({ quiet: options.quiet })
    const result = yield* gridOf({ ...options, goals }, (share) => line.show("trying settings", share)).pipe(
      Effect.ensuring(Effect.sync(line.done)),
      keeping("nothing was written, and the recording is as it was")
    )
    if (Option.isSome(options.picture)) {
      const file = options.picture.value
      yield* Effect.try({
        try: () => writePrivately(file, renderTradeOffs(result)),
        catch: (error) =>
          new UsageError({
            message: `--picture ${file} cannot be written to (${(error as NodeJS.ErrnoException).code}): name a file in a folder that is there`
          })
      })
    }
    yield* options.json ? printJson(result) : print(shown(result))
  }).pipe(Effect.provide(readStore(options.db)))
