/** The verdict: whether to move, the figures in one sentence, and what would forbid to trust them. */
import { roundedDuration } from "../../domain/DurationText.js"
import { countedSweeps } from "../../domain/EmptySweeps.js"
import { replayVerdict } from "../../domain/ReplayVerdict.js"
import type { Report } from "../../domain/Report.js"
import { becomes } from "../../domain/Verdict.js"
import { code, count, leftOutSentence, noPollers, percent, some, text } from "../markdown/Words.js"
import { isShort } from "./CallsADay.js"
import { forecastOf, playedPart } from "./Forecast.js"
import { goalsSentence } from "./Goals.js"
import { headline } from "./Headline.js"
import { notPlanned } from "./HealingBound.js"
import { movingOf } from "./Moving.js"

export const verdict = (report: Report): string =>
  [
    `**${advice(report)}: ${headline(report)}.**`,
    ...recordedSentences(report),
    ...goalSentence(report),
    ...faultsSentence(report),
    ...replaySentence(report),
    ...warnings(report)
  ].join(" ")

/** The advice, in a word. */
const advice = (report: Report): string => {
  const { pollers, replay, totals } = report
  if (totals.extrapolation != null && totals.extrapolation.reduction === null) return "Too early to say"
  if (replay !== null && !replayVerdict(replay).holds) return "Not yet"
  if (movingOf(report).pollers.length > 0) return "Worth moving"
  return pollers.some((poller) => becomes(poller) === "tuned") ? "Poll less, without webhooks" : "Leave it as it is"
}

const recordedSentences = ({ pollers, totals, window }: Report): ReadonlyArray<string> => {
  if (pollers.length === 0) return [`${noPollers(totals.calls)}.`]
  const moving = pollers.filter((poller) => becomes(poller) === "replaced").length
  const sweeps = pollers.reduce((sum, poller) => sum + countedSweeps(poller), 0)
  const empty =
    totals.emptySweeps === null
      ? ""
      : `, and ${count(totals.emptySweeps)} of their ${count(sweeps)} sweeps after the first found nothing new`
  return [
    `In ${roundedDuration(window.seconds)} ${some(pollers.length, "poller")} made ${count(totals.pollingCalls)} of ${some(totals.calls, "call")}${empty}.`,
    `${some(moving, "poller")} can give way to webhooks${moving === pollers.length ? "" : `, the others (${pollers.length - moving}) stay`}.`
  ]
}

const goalSentence = (report: Report): ReadonlyArray<string> => {
  const {
    goals,
    plan,
    settings,
    totals: { calls }
  } = report
  const told = goals === undefined ? null : goalsSentence(goals, text)
  if (plan === undefined) return told === null ? [] : [`${told}.`]
  if (calls === 0) return []
  // The calls of other plans say nothing beside those of a short window.
  const atTodays = isShort(report)
    ? ""
    : `; at today's freshness it would be ${percent(1 - plan.atTodaysFreshness / calls)}`
  return {
    today: [
      `No poller gets staler at p95 than it is today${settings.faults === undefined ? "" : ", the faults aside"}.${notPlanned(report, "That does not hold")}`
    ],
    // Reports of earlier versions do not tell the outcome of each goal.
    set:
      told === null
        ? [`**\`--slo\` sets the freshness, in place of today's**${atTodays}.`]
        : [`${told}.`, ...(atTodays === "" ? [] : [`${atTodays.replace("; a", "A")} fewer.`])],
    given: [`**Pollers get staler than they are, by the plan as its file has it**${atTodays}.`],
    none: [`**Pollers get staler than they are, as \`--slo none\` allows**${atTodays}.`]
  }[plan.goal]
}

const faultsSentence = ({ settings: { faults } }: Report): ReadonlyArray<string> =>
  faults === undefined ? [] : [`The calls after count what ${code(`--faults ${faults}`)} costs.`]

const replaySentence = (report: Report): ReadonlyArray<string> => {
  const { replay } = report
  if (replay === null) return []
  const { holds, sentence } = replayVerdict(replay)
  const part = playedPart(forecastOf(report))
  const over = `Over ${some(replay.changes, "change")}${part === null ? "" : ` of ${part}`}, ${sentence}`
  return [holds ? `${over}.` : `**${over}: do not cut over before they are understood.**`]
}

/** Warnings: figures that are too low, bodies that have to be kept safe. */
const warnings = ({ settings, totals }: Report): ReadonlyArray<string> => {
  const parts: Array<string> = []
  if (totals.recordsLost > 0)
    parts.push(`**The recorder lost ${some(totals.recordsLost, "call")}: every figure here is too low by as much.**`)
  const leftOut = leftOutSentence(totals.leftOut ?? [])
  if (leftOut !== null) parts.push(`**${leftOut}.**`)
  if (totals.recordersCutOff > 0)
    parts.push(
      `**${count(totals.recordersCutOff)} recording ${totals.recordersCutOff === 1 ? "process was" : "processes were"} cut off (killed, or the disk full):** calls of ${totals.recordersCutOff === 1 ? "its" : "their"} end are missing, and nobody could count them.`
    )
  if (settings.bodiesKept)
    parts.push(
      "**This recording holds request and response bodies**, redacted by field name and pattern: keep the database as you keep the data."
    )
  return parts
}
