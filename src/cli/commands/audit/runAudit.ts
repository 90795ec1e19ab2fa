/** Runs an audit: of the demo's recording, or of the user's own. */
import { Effect } from "effect"
import { type AuditSettings, audit, onlyInModel } from "../../../audit/index.js"
import { simulatedAccounts } from "../../../demo/index.js"
import { roundedDuration } from "../../../domain/DurationText.js"
import { replayVerdict } from "../../../domain/ReplayVerdict.js"
import type { Report } from "../../../domain/Report.js"
import { isReplaced } from "../../../domain/Verdict.js"
import { gatesOf } from "../../../gates/index.js"
import { allProviders, providerOf } from "../../../providers/index.js"
import {
  count,
  firstLookNote,
  forecastOf,
  headline,
  isShort,
  leftOutSentence,
  missedGoalLines,
  noPollers,
  pace,
  percent,
  playedPart,
  some,
  unreadGoalLines
} from "../../../report/index.js"
import { renderStepSummary } from "../../../report/service.js"
import { recordedReplay, scenariosOf } from "../../../scenarios/index.js"
import { knownGoals, mirroredAccountsOf } from "../../Accounts.js"
import { UsageError } from "../../Failure.js"
import { addStepSummary, baselineFor, failOnOf, failUnderOf, passGates } from "../../Gating.js"
import { keeping } from "../../Interruption.js"
import { faultsOf, percentileGoalsOf, windowOf } from "../../OptionValues.js"
import { tellOtherHosts } from "../../OtherHostsNote.js"
import { note, print, printJson, table } from "../../Output.js"
import { makeProgress } from "../../Progress.js"
import { readStore } from "../../ReadStore.js"
import { chosenFormats, writeReports } from "../../ReportFiles.js"
import { migrationChoiceOf, type Schedule, scheduleOf } from "../../Schedule.js"
import { gridOf } from "../replay/runGrid.js"
import { measuredBy, sectionOf, usualLook } from "../shadow/LiveComparison.js"
import type { AuditOptions } from "./AuditCommand.js"
import { daysInReport, demoAudit, misplacedMirror, type SharedSettings } from "./demoAudit.js"

/** `--reconcile cheapest`: the longest interval that keeps the goals in the model. */
const cheapestFor = (options: AuditOptions) =>
  Effect.gen(function* () {
    if (options.demo || options.slo === "")
      return yield* new UsageError({
        message: "--reconcile cheapest needs a recording of your own and a goal: --db FILE --slo ticket=5m@p99.9"
      })
    const goals = yield* percentileGoalsOf(options.slo)
    const { recommended } = yield* gridOf(
      { ...options, from: "recording", reconcile: ladder, faults: "none", runs: daysInReport, goals },
      () => undefined
    ).pipe(Effect.provide(readStore(options.db)))
    if (recommended?.reconcileSeconds == null)
      return yield* new UsageError({
        message: `--reconcile cheapest: of ${ladder} none keeps ${options.slo} for fewer calls than polling: see hookshift replay grid, and set --reconcile yourself`
      })
    yield* note(
      `hookshift: --reconcile ${recommended.reconcileSeconds}s is the cheapest of ${ladder} that keeps ${options.slo}`
    )
    return recommended.reconcileSeconds
  })

const ladder = "5m,15m,30m,1h,3h,6h"

/** Calls after a migration hold a whole reconciliation: beside the calls of a shorter window they say nothing. */
const summary = (report: Report): string => {
  if (report.pollers.length === 0) return noPollers(report.totals.calls)
  const short = isShort(report)
  return table(
    [
      { title: "integration", shrinks: true },
      { title: "endpoint", shrinks: true },
      { title: "every", right: true, minor: true },
      { title: "calls", right: true },
      ...(short
        ? []
        : [
            { title: "after", right: true },
            { title: "fewer", right: true }
          ]),
      { title: "verdict" }
    ],
    report.pollers.map((poller) =>
      [
        poller.integration,
        poller.endpoint,
        poller.adaptive == null ? roundedDuration(poller.intervalSeconds) : pace(poller),
        count(poller.calls),
        ...(short ? [] : [count(poller.callsAfter), percent(poller.reduction)]),
        poller.verdict
      ].map((text) => ({ text }))
    )
  )
}

/** `left`: with `--no-replay`. */
const noReplayMade = ({ pollers }: Report, left: boolean): string => {
  const moving = pollers.filter(isReplaced)
  const products = [...new Set(moving.map(({ product }) => product ?? "an unknown product"))]
  if (left) return "no replay was made, as --no-replay asks"
  const [stays] = pollers
  if (moving.length === 0 && stays !== undefined)
    return `no replay was made: no poller can give way to webhooks (${stays.integration} ${stays.endpoint}: ${stays.reasons[0] ?? stays.verdict})`
  return moving.length === 0
    ? "no replay was made: no poller can give way to webhooks"
    : `no replay was made: there is no simulator of ${products.join(", ")}; hookshift replay plays it in the model`
}

const closing = (report: Report, left: boolean): string => {
  if (report.replay === null) return noReplayMade(report, left)
  const { mirror, parity, webhook } = report.replay
  const forecast = forecastOf(report)
  const { tunedAway: tuned } = forecast
  const part = playedPart(forecast)
  const differing = parity.differing ?? parity.differences.length
  const held = replayVerdict(report.replay).holds ? "both paths end with the same" : `${count(differing)} differences`
  return `replay over ${some(report.replay.changes, "change")}${part === null ? "" : ` of ${part} (${some(forecast.calls, "call")} now)`}: ${some(webhook.calls, "call")}${tuned === 0 ? "" : `, ${count(tuned)} of which tuning would save`}, ${webhook.missed} missed, ${held}${mirror === undefined ? "" : `; through the mirror ${some(mirror.calls, "call")}`}`
}

export const runAudit = (options: AuditOptions) =>
  Effect.gen(function* () {
    const names = yield* chosenFormats(options.format)
    const failUnder = yield* failUnderOf(options.failUnder)
    const failOn = yield* failOnOf(options.failOn)
    const baseline = yield* baselineFor(options)
    const faults = yield* faultsOf(options.faults)
    const other = options.noReplay ? null : onlyInModel(faults)
    if (other !== null)
      return yield* new UsageError({
        message: `--faults: ${other} is for the model only: leave it out, or use hookshift replay`
      })
    const misplaced = misplacedMirror(options)
    if (misplaced !== null) return yield* new UsageError({ message: misplaced })
    const schedule: Schedule =
      options.reconcile === "cheapest"
        ? { reconcileSeconds: yield* cheapestFor(options) }
        : yield* scheduleOf({ ...options, takesStored: !options.demo })
    const accounts = yield* mirroredAccountsOf(options)
    const goals = yield* knownGoals(options.slo, schedule)
    const unknown = options.product.find((name) => providerOf(name) === null)
    if (unknown !== undefined)
      return yield* new UsageError({
        message: `--product ${unknown} is not known: choose one of ${allProviders()
          .map(({ product }) => product)
          .join(", ")}`
      })
    const line = makeProgress({ quiet: options.quiet })
    const startedAt = performance.now()
    const labels = {
      record: "recording a day of polling",
      analyse: "analysing",
      replay: "replaying the day with webhooks",
      mirror: "replaying the day through the mirror",
      model: "many days like it",
      report: "writing the report"
    }
    const onProgress: AuditSettings["onProgress"] = (stage, share) => line.show(labels[stage], share)
    const shared = {
      ...accounts,
      isKnown: baseline.isKnown,
      ...goals,
      ...schedule,
      faults,
      seed: options.seed,
      onProgress
    }

    const made = yield* (options.demo ? demoAudit(options, shared) : ownAudit(options, shared)).pipe(
      Effect.ensuring(Effect.sync(line.done)),
      keeping("no report was written, and the recording is as it was")
    )
    const report: Report = {
      ...made,
      measured: { ...made.measured, wallSeconds: Math.round(performance.now() - startedAt) / 1000 }
    }
    const leftOut = leftOutSentence(report.totals.leftOut ?? [])
    if (leftOut !== null) yield* note(`hookshift: ${leftOut}`)
    for (const line of unreadGoalLines(report.pollers, goals.freshnessGoals)) yield* note(`hookshift: ${line}`)
    const gates = gatesOf(report, { failUnder, failOn })
    const files = yield* writeReports(report, options.out, names, gates)
    yield* addStepSummary(renderStepSummary(report, gates))
    if (options.json) yield* printJson(report)
    else {
      const look = firstLookNote(report.window.seconds)
      yield* print(
        [
          headline(report),
          "",
          summary(report),
          "",
          ...(look === null ? [] : [look]),
          ...missedGoalLines(report.goals ?? []),
          closing(report, options.noReplay),
          `${Math.round(report.measured.wallSeconds * 10) / 10} s; reports: ${files.join(", ")}`
        ].join("\n")
      )
    }
    yield* baseline.settle(report)
    yield* passGates(gates)
  })

const ownAudit = (options: AuditOptions, shared: SharedSettings) =>
  Effect.gen(function* () {
    const { from, to } = yield* windowOf(options)
    yield* tellOtherHosts
    const seen = yield* usualLook({
      db: options.db,
      config: options.config,
      choice: migrationChoiceOf(options),
      reconcile: `${shared.reconcileSeconds}s`
    })
    return yield* audit({
      ...shared,
      evidence: measuredBy(seen),
      shadow: sectionOf(seen),
      from,
      to,
      products: options.product,
      generatedAt: null,
      model: {
        runs: daysInReport,
        accounts: (analysis) =>
          scenariosOf(analysis, {
            db: options.db,
            seed: shared.seed,
            reconcileSeconds: null,
            faults: shared.faults,
            changes: null
          })
      },
      replay: options.noReplay ? null : recordedReplay(simulatedAccounts, options.db, shared.seed)
    })
  }).pipe(Effect.provide(readStore(options.db)))
