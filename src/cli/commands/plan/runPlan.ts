/** Makes the plan of a recording, explains it, and writes it. */
import { Effect, Option } from "effect"
import { type Analysis, migrationPlanOf, setIntervalOf } from "../../../analysis/index.js"
import { analyseStore } from "../../../audit/index.js"
import { roundedDuration, settingDuration } from "../../../domain/DurationText.js"
import { unrecorded, unrecordedSentence } from "../../../domain/MirrorWay.js"
import type { PollerAssessment } from "../../../domain/Poller.js"
import type { PushEvidence } from "../../../domain/PushEvidence.js"
import { spread } from "../../../domain/Quantiles.js"
import { type ReportedInterval, reportedText } from "../../../domain/SweepInterval.js"
import { becomes, isReplaced, mainReason } from "../../../domain/Verdict.js"
import {
  additionText,
  count,
  evidenceLine,
  firstLookNote,
  goalsIn,
  headline,
  measuredSentences,
  mirrorParts,
  missedGoalLines,
  noPollers,
  some,
  unreadGoalLines
} from "../../../report/index.js"
import { writePrivately } from "../../../store/index.js"
import { knownGoals, mirroredAccountsOf } from "../../Accounts.js"
import { UsageError } from "../../Failure.js"
import { columns, note, print, printJson } from "../../Output.js"
import { readStore } from "../../ReadStore.js"
import { scheduleOf } from "../../Schedule.js"
import { reconcileRemedy, unreconciledType } from "../../Unreconciled.js"
import { measuredPushes } from "../shadow/LiveComparison.js"
import type { PlanOptions } from "./PlanCommand.js"
import { type PlanMove, planMoves } from "./PlanMoves.js"

export const runPlan = (options: PlanOptions) =>
  Effect.gen(function* () {
    const schedule = yield* scheduleOf({
      ...options,
      reconcile: "planned",
      migration: Option.none(),
      takesStored: false
    })
    const { mirror, ...accounts } = yield* mirroredAccountsOf(options)
    const goals = yield* knownGoals(options.slo)
    const settings = {
      ...accounts,
      from: null,
      to: null,
      ...schedule,
      ...goals
    }
    const evidence = yield* measuredPushes(options)
    const analysis = yield* analyseStore({ ...settings, evidence, mirror })
    for (const line of unreadGoalLines(analysis.pollers, goals.freshnessGoals)) yield* note(`hookshift: ${line}`)
    const planned = (made: Analysis) =>
      migrationPlanOf(made, schedule.reconcileSeconds, { forMirror: options.mirror, slo: options.slo })
    const plan = planned(analysis)
    const moves: Moves | null = options.explain
      ? yield* Effect.map(analyseStore(settings), (assumed) => ({
          callsAfter: { assumed: assumed.callsAfter, measured: analysis.callsAfter },
          moved: planMoves(planned(assumed), plan)
        }))
      : null
    const text = `${JSON.stringify(plan, null, 2)}\n`
    if (Option.isSome(options.out)) {
      const file = options.out.value
      yield* Effect.try({
        try: () => writePrivately(file, [text]),
        catch: (error) =>
          new UsageError({
            message: `${file} cannot be written (${(error as NodeJS.ErrnoException).code}): check the folder, its permissions and the room on its disk`
          })
      })
    }
    if (options.json)
      return yield* printJson(moves === null ? plan : { plan, evidence: measuredOf(evidence), ...moves })
    yield* print(
      [
        ...explained(analysis),
        ...notPlannedLines(analysis, settings),
        ...(moves === null ? [] : ["", ...movesShown(evidence, moves)]),
        ...missedOf(analysis, goals),
        ...lookNote(analysis),
        ...(Option.isSome(options.out) ? ["", `written: ${options.out.value}`] : [])
      ].join("\n")
    )
  }).pipe(Effect.provide(readStore(options.db)))

const missedOf = (
  { pollers }: Analysis,
  { freshnessGoals }: Effect.Effect.Success<ReturnType<typeof knownGoals>>
): ReadonlyArray<string> => {
  const lines = missedGoalLines(goalsIn(pollers, freshnessGoals))
  return lines.length === 0 ? [] : ["", ...lines]
}

/** A recording of less than about a day is a first look. */
const lookNote = ({ window }: Analysis): ReadonlyArray<string> => {
  const note = firstLookNote((window.to - window.from) / 1_000)
  return note === null ? [] : ["", note]
}

/** Accounts that are reconciled by their setting, so that no plan is made of them. */
const notPlannedLines = (
  { accounts }: Analysis,
  settings: Parameters<typeof setIntervalOf>[0]
): ReadonlyArray<string> =>
  accounts.flatMap(({ account }) => {
    const everySeconds = setIntervalOf(settings, account)
    return everySeconds === null
      ? []
      : [
          "",
          `${account}: no plan is made, since its source sets reconcile.every (${settingDuration(everySeconds)}): take that out of the configuration to have it planned`
        ]
  })

interface Moves {
  /** Calls of the window once the plan is carried out: by assumptions alone, and by measured loss and latency. */
  readonly callsAfter: { readonly assumed: number; readonly measured: number }
  readonly moved: ReadonlyArray<PlanMove>
}

const measuredOf = (evidence: Readonly<Record<string, PushEvidence>>) =>
  Object.entries(evidence).map(([account, { deliveries, latencies, loss }]) => ({
    account,
    loss,
    deliveries,
    latencyMs: spread(latencies ?? [])
  }))

/** Measured loss and latency, and the parts of the plan that they moved. */
const movesShown = (
  evidence: Readonly<Record<string, PushEvidence>>,
  { callsAfter, moved }: Moves
): ReadonlyArray<string> => {
  const measured = Object.entries(evidence)
  if (measured.length === 0)
    return [
      "nothing was measured: no receiver ran beside the recording, so no push is taken to be lost, and each to take seconds (docs/plan.md)"
    ]
  const sentences = measured.flatMap(([account, one]) =>
    measuredSentences(evidenceLine(account, one)).map((sentence) => `${account}: ${sentence}`)
  )
  return [
    "measured:",
    ...sentences.map((sentence) => `  ${sentence}`),
    moved.length === 0
      ? `by this the plan did not move; calls after: ${count(callsAfter.assumed)} assumed, ${count(callsAfter.measured)} measured`
      : `by this moved (calls after: ${count(callsAfter.assumed)} assumed, ${count(callsAfter.measured)} measured):`,
    ...moved.map(({ account, from, to, what }) => `  ${account}, ${what}: ${from} → ${to}`)
  ]
}

const explained = (analysis: Analysis): ReadonlyArray<string> => {
  const { calls, callsAfter, mirror, plans, pollers } = analysis
  if (pollers.length === 0) return [noPollers(calls)]
  const moving = pollers.filter(isReplaced)
  return [
    headline({
      totals: {
        calls,
        callsAfter,
        reduction: calls === 0 ? 0 : 1 - callsAfter / calls,
        reductionInterval: analysis.reductionInterval,
        extrapolation: analysis.extrapolation
      },
      callsAfterBreakdown: analysis.callsAfterBreakdown
    }),
    `${moving.length} of ${some(pollers.length, "poller")} give way to webhooks`,
    "",
    columns(
      ["integration", "endpoint", "becomes", "calls", "after", "by mirror", "p95 now", "p95 then", "why"],
      pollers.map((poller) => [
        poller.integration,
        poller.endpoint,
        becomes(poller),
        count(poller.calls),
        count(poller.callsAfter),
        byMirror(poller),
        poller.freshnessSeconds === null ? "" : roundedDuration(poller.freshnessSeconds.p95),
        poller.forecastFreshnessSeconds === null ? "" : roundedDuration(poller.forecastFreshnessSeconds.p95),
        mainReason(poller.reasons)
      ]),
      new Set([3, 4, 5, 6, 7])
    ),
    ...unservedLines(analysis),
    ...plans.flatMap(({ account, bought, routes, schedule }) => [
      "",
      `${account}: events by ${routes.join(" + ")}${bought.map((one) => `; without ${one.route} ${some(one.calls, "call")} more`).join("")}`,
      ...(schedule.length === 0 ? [] : [`  reconciled: ${schedule.map(reconciledText).join(", ")}`])
    ]),
    ...(mirror === null
      ? []
      : [
          "",
          `through the mirror, the programs as they are: ${some(mirror.calls, "call")}; ${mirrorParts(mirror)}`,
          ...(mirror.added ?? []).map((added) => `  ${additionText(added)}`)
        ])
  ]
}

/** Why the mirror serves nothing of pollers that it could serve. */
const unservedLines = (analysis: Analysis): ReadonlyArray<string> => {
  const types = analysis.pollers.flatMap((poller) => unreconciledType(poller, analysis) ?? [])
  return [
    ...(types.length === 0 ? [] : ["", `by mirror, not served: ${reconcileRemedy(types)}`]),
    ...(analysis.pollers.some(isUnknown) ? ["", `by mirror, not known: ${unrecordedSentence}`] : [])
  ]
}

/** Its calls where it polls the mirror as it is. */
const byMirror = (poller: PollerAssessment): string => {
  const { mirror } = poller
  if (mirror == null) return ""
  return mirror.served ? count(mirror.calls) : isUnknown(poller) ? "not known" : "not served"
}

const isUnknown = ({ mirror }: PollerAssessment): boolean => mirror?.served === false && unrecorded in mirror.through

const reconciledText = (one: ReportedInterval & { readonly entity: string }): string =>
  `${one.entity} ${reportedText(one, settingDuration)}`
