/** The section on the migration plan: its intervals, what further routes buy, what other plans would save. */

import { markdownTable } from "markdown-table"
import { roundedDuration, settingDuration } from "../../domain/DurationText.js"
import { counted as some, withArticle } from "../../domain/Figures.js"
import { groupBy } from "../../domain/Grouping.js"
import type { PlanSection } from "../../domain/PlanSection.js"
import { roundTo } from "../../domain/Quantiles.js"
import type { Report } from "../../domain/Report.js"
import { isShort } from "../decision/CallsADay.js"
import { notPlanned } from "../decision/HealingBound.js"
import { measuredSentences } from "./Measured.js"
import { mirrorRow, whenMirror } from "./MirrorWay.js"
import { code, count, percent, right, text } from "./Words.js"

export const plan = (report: Report): ReadonlyArray<string> => {
  const made = report.plan
  if (made === undefined) return []
  const { calls } = report.totals
  const fewer = (after: number): string => (calls === 0 ? "" : percent(roundTo(1 - after / calls, 4)))
  const lines: ReadonlyArray<readonly [string, number]> = [
    ["tuning alone, without webhooks", made.tuningOnly],
    ["webhooks, no poller staler at p95 than today", made.atTodaysFreshness],
    ["webhooks, whatever becomes of the freshness", made.atMost],
    ...mirrorRow(report),
    ["the fewest that could notice a loss within the bound", made.floor]
  ]
  return [
    [
      "## The plan",
      "",
      `${goals[made.goal]} A lost push is noticed within ${roundedDuration(made.healWithinSeconds)} (\`--heal-within\`).${noticedLater(made)}${notPlanned(report, "Neither holds")}`,
      "",
      isShort(report)
        ? "The recording is too short to compare other plans by their calls: record for a day."
        : markdownTable(
            [["plan", "calls", "fewer"], ...lines.map(([name, after]) => [name, count(after), fewer(after)])],
            {
              align: right("lrr"),
              alignDelimiters: false
            }
          ),
      ...creditsSentence(report.totals),
      ...(isShort(report) ? [] : whenMirror(report)),
      ...addedRoutes(made),
      ...(made.evidence ?? []).flatMap((one) => [
        "",
        `Measured on ${text(one.account)}: ${measuredSentences(one).join("; ")}.`
      ]),
      ...(made.schedules.length === 0
        ? []
        : [
            "",
            `Reconciliation, as each source's \`reconcile\` setting takes it${made.schedules.some(({ busy }) => busy !== undefined) ? " (`hours` are UTC)" : ""}:`,
            ...[...groupBy(made.schedules, ({ account }) => account)].flatMap(([account, schedules]) => [
              "",
              `- ${text(account)}: ${code(reconcileSetting(made.healWithinSeconds, schedules))}`
            ])
          ])
    ].join("\n")
  ]
}

/** The calls that each further route saves. */
const addedRoutes = ({ routes }: PlanSection): ReadonlyArray<string> => {
  const added = routes.flatMap(({ account, route, saves }) =>
    saves === null ? [] : [`${code(route)} on ${text(account)} (without: ${some(saves, "call")} more)`]
  )
  return added.length === 0 ? [] : ["", `Routes added: ${added.join(", ")}.`]
}

/** Changes that no list tells of within the bound. */
const noticedLater = ({ healWithinSeconds, schedules }: PlanSection): string => {
  const later = schedules.flatMap(({ account, entity, everySeconds, told }) =>
    everySeconds === null || everySeconds <= healWithinSeconds
      ? []
      : [
          `${text(withArticle(entity.replaceAll("_", " ")))} on ${text(account)} ${told === true ? "that a later change hides " : ""}within ${roundedDuration(everySeconds)}`
        ]
  )
  return later.length === 0 ? "" : ` Later, since no list tells of it sooner: ${later.join("; ")}.`
}

/** Where embeds make credits differ from calls. */
const creditsSentence = ({ calls, callsAfter, credits, creditsAfter }: Report["totals"]): ReadonlyArray<string> =>
  credits === undefined || creditsAfter === undefined || (credits === calls && creditsAfter === callsAfter)
    ? []
    : [
        "",
        `In credits of the rate limits (an embed, \`include=\`, costs some beyond its call): ${count(credits)} become ${count(creditsAfter)}, ${percent(roundTo(1 - creditsAfter / credits, 4))} fewer.`
      ]

const goals: Readonly<Record<PlanSection["goal"], string>> = {
  today: "No poller gets staler at p95 than it is today.",
  set: "**`--slo` sets the freshness that is kept, in place of today's** where polling keeps it now.",
  none: "**`--slo none`: this plan makes pollers staler than they are today.**",
  given: "**This plan is carried out as its file has it: it makes pollers staler than they are today.**"
}

/** `{ "every": "4h", "ticket": "15m" }` */
export const reconcileSetting = (everySeconds: number, schedules: PlanSection["schedules"]): string => {
  const own = schedules.filter(({ isSet }) => isSet)
  const settings = [
    ["every", everySeconds, undefined] as const,
    ...own.map((one) => [one.entity, one.everySeconds, one.busy] as const)
  ]
  return `{ ${settings.map(([name, every, busy]) => `${JSON.stringify(name)}: ${settingOf(every, busy)}`).join(", ")} }`
}

const settingOf = (every: number | null, busy: PlanSection["schedules"][number]["busy"]): string => {
  if (every === null) return '"off"'
  if (busy === undefined) return `"${settingDuration(every)}"`
  return `{ "every": "${settingDuration(every)}", "busy": "${settingDuration(busy.everySeconds)}", "hours": "${busy.hours}" }`
}
