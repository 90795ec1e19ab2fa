/** The first screen: title, verdict, four figures, the first three steps, and what is open. */
import type { Report } from "../../domain/Report.js"
import { doubtsOf } from "../decision/Doubts.js"
import { firstSteps } from "../decision/FirstSteps.js"
import { tilesOf } from "../decision/Tiles.js"
import { subtitleOf, titleOf } from "../decision/Title.js"
import { verdict } from "../decision/Verdict.js"
import { bar, count, table } from "./Words.js"

export const firstScreen = (report: Report): ReadonlyArray<string> => [
  `# ${titleOf(report)}`,
  subtitleOf(report),
  verdict(report),
  tiles(report),
  doFirst(report),
  ...doubts(report)
]

export const tiles = (report: Report): string =>
  table(
    "lrrl",
    ["figure", "now", "after", "what it means"],
    tilesOf(report).map(({ after, label, note, now }) => [`**${label}**`, now, after, note])
  )

/** Without a heading where there is nothing to do. */
export const doFirst = (report: Report): string => {
  const steps = firstSteps(report)
  return steps.length === 0
    ? "Nothing to do."
    : ["## Do this first", "", ...steps.map(({ detail, title }, at) => `${at + 1}. **${title}.** ${detail}`)].join("\n")
}

/** Empty where nothing is open. */
export const doubts = (report: Report): ReadonlyArray<string> => {
  const open = doubtsOf(report)
  return open.length === 0 ? [] : ["**What these figures leave open**", open.map((one) => `- ${one}`).join("\n")]
}

/** Parts of the calls after, those that are any. */
export const partsAfter = ({ callsAfterBreakdown: parts }: Report) =>
  (["reconciliation", "hydration", "tuned", "kept", "upkeep", "retries"] as const).flatMap((name) =>
    (parts[name] ?? 0) > 0 ? [[name, parts[name]] as const] : []
  )

/** Calls now and after as bars of text. */
export const picture = (report: Report): string => {
  const { callsAfter, calls } = report.totals
  const share = (value: number) => value / Math.max(1, calls, callsAfter)
  const line = (label: string, value: number) =>
    `${label.padEnd(16)} ${count(value).padStart(7)} ${bar(share(value))}`.trimEnd()
  return [
    "```text",
    line("calls now", calls),
    line("calls after", callsAfter),
    ...partsAfter(report).map(([name, value]) => line(`  ${name}`, value)),
    "```"
  ].join("\n")
}
