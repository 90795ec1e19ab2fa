/** Replays of a recording: in the model, or over the wire; with many days, trade-offs, and histories. */
import { Effect, Option } from "effect"
import type { Analysis } from "../../../analysis/index.js"
import { analyseStore, audit, type FaultSettings, onlyInModel } from "../../../audit/index.js"
import { demoOf, isDemoRecording, sampleWholePages, simulatedAccounts } from "../../../demo/index.js"
import { iso } from "../../../domain/Figures.js"
import { replayVerdict } from "../../../domain/ReplayVerdict.js"
import type { ReplayResult, Report } from "../../../domain/Report.js"
import { isReplaced } from "../../../domain/Verdict.js"
import { mirrorRule } from "../../../mirror/service.js"
import { usualRecheckMs } from "../../../policy/index.js"
import { type HistoryLine, type ModelAccount, replayInModel } from "../../../replay/index.js"
import { type ForecastCalls, forecastFor, forecastOf, sideBySide } from "../../../report/index.js"
import { readChanges, recordedReplay, scenariosOf, truthFileOf } from "../../../scenarios/index.js"
import { openPrivately, type Unfinished } from "../../../store/index.js"
import { accountsOf } from "../../Accounts.js"
import { GateFailed, UsageError } from "../../Failure.js"
import { keeping } from "../../Interruption.js"
import { faultsOf } from "../../OptionValues.js"
import { note, print, printJson } from "../../Output.js"
import { makeProgress, type Progress } from "../../Progress.js"
import { readStore } from "../../ReadStore.js"
import { type Schedule, scheduleOf } from "../../Schedule.js"
import { measuredPushes } from "../shadow/LiveComparison.js"
import type { ReplayOptions } from "./ReplayCommand.js"
import { watchHour } from "./watchHour.js"

export type ScenarioOptions = Pick<ReplayOptions, "db" | "config" | "from" | "seed" | "route">

const nothing = (analysis: Analysis): UsageError =>
  new UsageError({
    message:
      analysis.pollers.length === 0
        ? `${analysis.calls} ${analysis.calls === 1 ? "call was" : "calls were"} recorded, and none repeat at an interval, so there is nothing to replay: record for longer, four sweeps of the slowest poller at least`
        : "no poller can give way to webhooks, so there is nothing to replay: see hookshift pollers"
  })

/** The recording, analysed, and a scenario for each of its accounts. */
export const scenariosFor = (options: ScenarioOptions, schedule: Schedule, faults: FaultSettings) =>
  Effect.gen(function* () {
    const accounts = yield* accountsOf(options)
    const analysis = yield* analyseStore({
      ...accounts,
      from: null,
      to: null,
      ...schedule,
      evidence: yield* measuredPushes(options)
    })
    if (analysis.needs.length === 0) return yield* nothing(analysis)
    const changes = yield* changesFrom(options, analysis)
    const scenarios = scenariosOf(analysis, {
      db: options.db,
      seed: options.seed,
      reconcileSeconds: null,
      faults,
      changes
    })
    if (scenarios.length === 0) return yield* nothing(analysis)
    return { analysis, scenarios, changes }
  })

const changesFrom = ({ db, from }: ScenarioOptions, analysis: Analysis) => {
  if (from === "recording") return Effect.succeed(null)
  const file = from === "truth" ? truthFileOf(db) : from
  const changes = readChanges(file, analysis.needs)
  if (typeof changes !== "string") return Effect.succeed(changes)
  return Effect.fail(
    new UsageError({
      message:
        from === "truth" && changes.includes("ENOENT")
          ? `--from truth: there is no ${file}: only a recording that the simulator made has its truth beside it (hookshift audit --demo); use --from recording, or name a file of changes`
          : `--from: ${changes}`
    })
  )
}

/**
 * Where each account's history goes: one file, the accounts one after the other. It is dropped unless it was kept by
 * then.
 */
const historyFile = (file: string) =>
  Effect.acquireRelease(
    Effect.try({ try: () => openPrivately(file), catch: (error) => notWritable(file, error) }),
    (unfinished) => Effect.sync(unfinished.drop)
  )

const notWritable = (file: string, error: unknown): UsageError =>
  new UsageError({ message: `--history ${file} cannot be written to (${(error as NodeJS.ErrnoException).code})` })

const forecastBy = (
  { accounts, calls, callsAfter, pollers, window }: Analysis,
  { accounts: played }: ReplayResult
): ForecastCalls =>
  forecastFor(
    {
      accounts,
      pollers,
      totals: { calls, callsAfter },
      seldom: accounts.reduce((sum, { seldom }) => sum + seldom, 0),
      from: iso(window.from)
    },
    played
  )

const inModel = (options: ReplayOptions, schedule: Schedule, faults: FaultSettings, line: Progress) =>
  Effect.gen(function* () {
    const { analysis, scenarios } = yield* scenariosFor(options, schedule, faults)
    const file = Option.getOrNull(options.history)
    const history = file === null ? null : yield* historyFile(file)
    const result = yield* Effect.tryPromise({
      try: async () => {
        const replayed = await played(scenarios, options, history, (share) =>
          line.show(`replaying ${options.runs} days`, share)
        )
        history?.keep()
        return replayed
      },
      catch: (error) => error
    }).pipe(
      Effect.catchAll((error) =>
        file !== null && error instanceof Error && "code" in error
          ? Effect.fail(notWritable(file, error))
          : Effect.die(error)
      )
    )
    if (result.changes === 0)
      yield* note(
        "hookshift: the recording does not tell what changed (no bodies with item versions): only calls are replayed. Record through the client, or give the changes with --from FILE"
      )
    return { result, forecast: forecastBy(analysis, result) }
  })

const played = (
  accounts: ReadonlyArray<ModelAccount>,
  { faults, runs, watch }: ReplayOptions,
  history: Unfinished | null,
  onProgress: (share: number) => void
): Promise<ReplayResult> =>
  replayInModel({
    accounts,
    faultsText: faults,
    runs,
    withTimeline: watch,
    onProgress,
    ...(history === null ? {} : { sink: (one: HistoryLine) => history.write(`${JSON.stringify(one)}\n`) })
  })

const onTheWire = (options: ReplayOptions, schedule: Schedule, faults: FaultSettings, line: Progress) =>
  Effect.gen(function* () {
    const other = onlyInModel(faults)
    if (other !== null)
      return yield* new UsageError({
        message: `--faults: ${other} is for the model only: leave --wire out, or leave it out of the faults`
      })
    if (options.from !== "recording" || Option.isSome(options.history) || options.runs > 0 || options.watch)
      return yield* new UsageError({
        message: "--from, --runs, --watch and --history are for the model: leave --wire out, or leave them out"
      })
    if (options.mirror && !isDemoRecording(options.db, options.seed))
      return yield* new UsageError({
        message: `--mirror runs the demo's programs, and ${options.db} is no recording of the demo with --seed ${options.seed}: make one with hookshift audit --demo, or leave --mirror out`
      })
    const report = yield* audit({
      ...(yield* accountsOf(options)),
      ...(options.mirror ? { mirror: mirrorRule(usualRecheckMs, sampleWholePages) } : {}),
      from: null,
      to: null,
      ...schedule,
      faults,
      seed: options.seed,
      generatedAt: null,
      onProgress: (_, share) => line.show("replaying", share),
      replay: (analysis) => ({
        ...recordedReplay(simulatedAccounts, options.db, options.seed)(analysis),
        ...(options.mirror ? { mirrored: mirroredOf(analysis, options.seed) } : {})
      })
    })
    if (report.replay === null) return yield* new UsageError({ message: whyNoWire(report) })
    return { result: report.replay, forecast: forecastOf(report) }
  })

/** The demo's programs of the accounts that were recorded. */
const mirroredOf = ({ accounts }: Analysis, seed: number) =>
  demoOf([...new Set(accounts.flatMap(({ product }) => product ?? []))]).mirrored(seed)

const whyNoWire = ({ pollers }: Report): string => {
  const products = [...new Set(pollers.filter(isReplaced).map(({ product }) => product ?? "an unknown product"))]
  return products.length === 0
    ? "no poller can give way to webhooks, so there is nothing to replay: see hookshift pollers"
    : `--wire needs a simulator, and there is none of ${products.join(", ")}: leave --wire out, the model replays any provider`
}

export const runReplay = (options: ReplayOptions) =>
  Effect.gen(function* () {
    const faults = yield* faultsOf(options.faults)
    const schedule = yield* scheduleOf(options)
    if (options.runs < 0)
      return yield* new UsageError({ message: `--runs takes a number of days, such as 1000, not ${options.runs}` })
    if (options.mirror && !options.wire)
      return yield* new UsageError({ message: "--mirror runs real programs: add --wire, or leave it out" })
    const line = makeProgress({ quiet: options.quiet })
    const { forecast, result } = yield* (options.wire ? onTheWire : inModel)(options, schedule, faults, line).pipe(
      Effect.ensuring(Effect.sync(line.done)),
      keeping("nothing was written, and the recording is as it was")
    )
    if (options.watch && !options.json && result.timeline !== undefined) return yield* watchHour(result.timeline)
    yield* options.json ? printJson(result) : print(sideBySide(result, forecast).replace(/^## Side by side\n\n/, ""))
    const { holds, sentence } = replayVerdict(result)
    if (!holds) return yield* new GateFailed({ message: sentence })
  }).pipe(Effect.scoped, Effect.provide(readStore(options.db)))
