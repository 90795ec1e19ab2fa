/** The pollers of a recording, once or, with `--watch`, as it grows. */
import { existsSync } from "node:fs"
import { Effect, Schedule } from "effect"
import type { Analysis } from "../../../analysis/index.js"
import { analyseStore } from "../../../audit/index.js"
import { roundedDuration } from "../../../domain/DurationText.js"
import type { PollerAssessment } from "../../../domain/Poller.js"
import {
  count,
  emptyShareText,
  leftOutSentence,
  noPollers,
  pace,
  some,
  unreadGoalLines
} from "../../../report/index.js"
import { Store } from "../../../store/service.js"
import { accountsOf, knownGoals, mirroredAccountsOf } from "../../Accounts.js"
import { lookAgain, stampOf, watchedCalls } from "../../LookAgain.js"
import { tellOtherHosts } from "../../OtherHostsNote.js"
import { type Colour, note, print, printJson, printJsonLine, redraw, table } from "../../Output.js"
import { readStore } from "../../ReadStore.js"
import { scheduleOf } from "../../Schedule.js"
import { measuredPushes } from "../shadow/LiveComparison.js"
import type { PollersOptions } from "./PollersCommand.js"

const verdictColours: Readonly<Record<PollerAssessment["verdict"], Colour>> = {
  migrate: "green",
  hybrid: "cyan",
  tune: "yellow",
  keep: "dim"
}

/** `null` where the verdicts need no extrapolation. */
const tooShort = ({ extrapolation }: Analysis): string | null =>
  extrapolation === null
    ? null
    : `the recording is ${roundedDuration(extrapolation.fromSeconds)} long: verdicts are extrapolated to ${roundedDuration(extrapolation.toSeconds)} (${extrapolation.restsOn}), and a poller slower than ${roundedDuration(extrapolation.fromSeconds / 4)} does not show`

/** The table, or the reason why there is none yet. */
const shown = (analysis: Analysis): string => {
  const { calls, pollers, unattributed } = analysis
  if (pollers.length === 0) return noPollers(calls)
  const rows = pollers.map((poller) => [
    { text: poller.integration },
    { text: poller.endpoint },
    { text: pace(poller) },
    { text: count(poller.sweeps) },
    { text: emptyShareText(poller) },
    { text: count(poller.calls) },
    { text: poller.freshnessSeconds === null ? "unknown" : roundedDuration(poller.freshnessSeconds.p50) },
    { text: poller.verdict, colour: verdictColours[poller.verdict] }
  ])
  const drawn = table(
    [
      { title: "integration", shrinks: true },
      { title: "endpoint", shrinks: true },
      { title: "every" },
      { title: "sweeps", right: true, minor: true },
      { title: "empty", right: true },
      { title: "calls", right: true },
      { title: "freshness p50", right: true, minor: true },
      { title: "verdict" }
    ],
    rows
  )
  const notes = [
    unattributed.calls === 0
      ? null
      : `${some(unattributed.calls, "call")} ${unattributed.calls === 1 ? "belongs" : "belong"} to no poller`,
    tooShort(analysis)
  ].filter((note) => note !== null)
  return [drawn, ...notes].join("\n\n")
}

const watchEveryMs = 2_000

const extent = ({ analysis, cut }: { readonly analysis: Analysis; readonly cut: boolean }): string =>
  cut
    ? `the newest ${some(analysis.calls, "call")}: without --watch all are read`
    : `${some(analysis.calls, "call")} so far`

type Settings = Parameters<typeof analyseStore>[0]

const once = (options: PollersOptions, settings: Settings) =>
  Effect.gen(function* () {
    yield* tellOtherHosts
    const analysis = yield* analyseStore(settings)
    const leftOut = leftOutSentence(analysis.leftOut)
    if (leftOut !== null) yield* note(`hookshift: ${leftOut}`)
    const unread = unreadGoalLines(analysis.pollers, settings.freshnessGoals ?? {})
    for (const line of unread) yield* note(`hookshift: ${line}`)
    return yield* options.json ? printJson(analysis.pollers) : print(shown(analysis))
  })

const draw = (text: string): Effect.Effect<void> =>
  redraw(`${text}\n\n${new Date().toLocaleTimeString()}, again when there is more; Ctrl-C ends it`)

/** The recorder makes the database: until then there is nothing to show. */
const recordingBegun = ({ db, json }: PollersOptions) =>
  Effect.suspend(() =>
    existsSync(db)
      ? Effect.void
      : Effect.zipRight(
          json ? printJsonLine([]) : draw(`no call yet: there is no ${db} so far`),
          Effect.repeat(
            Effect.sync(() => existsSync(db)),
            { until: (there) => there, schedule: Schedule.spaced(watchEveryMs) }
          )
        )
  )

const watched = (options: PollersOptions, settings: Settings) =>
  Effect.gen(function* () {
    const store = yield* Store
    const analysed = Effect.gen(function* () {
      const from = yield* store.beginningOfNewest(watchedCalls)
      return { analysis: yield* analyseStore({ ...settings, from }), cut: from !== null }
    }).pipe(
      Effect.catchIf(
        (error) => error.reason === "nothingRecorded",
        () => Effect.succeed(null)
      )
    )
    let last = ""
    const look = Effect.gen(function* () {
      const stamp = stampOf(options.db)
      if (stamp === last) return
      last = stamp
      const found = yield* analysed
      if (options.json) return yield* printJsonLine(found?.analysis.pollers ?? [])
      yield* draw(found === null ? "no call yet" : `${extent(found)}\n\n${shown(found.analysis)}`)
    })
    yield* lookAgain(look, watchEveryMs)
  })

export const runPollers = (options: PollersOptions) =>
  Effect.gen(function* () {
    const schedule = yield* scheduleOf(options)
    const settings = {
      ...(yield* (options.json ? mirroredAccountsOf : accountsOf)(options)),
      from: null,
      to: null,
      ...schedule,
      evidence: yield* measuredPushes(options),
      ...(yield* knownGoals(options.slo, schedule))
    }
    if (options.watch) yield* recordingBegun(options)
    yield* (options.watch ? watched : once)(options, settings).pipe(Effect.provide(readStore(options.db)))
  })
