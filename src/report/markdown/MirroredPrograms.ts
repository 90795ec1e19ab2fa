/** The replay's third path: the programs through the mirror, beside what they saw by polling. */
import { roundedDuration } from "../../domain/DurationText.js"
import { mostFirst } from "../../domain/Grouping.js"
import type { ReplayResult } from "../../domain/Report.js"
import type { MirroredIntegration, MirrorOutcome, SeenLater } from "../../domain/ThroughMirror.js"
import { count, percent, some, table, text } from "./Words.js"

/** At p95, a program may see a change so much later than by polling. */
const allowedSeconds = 5

export const mirroredOutcome = ({ mirror, polling }: ReplayResult): ReadonlyArray<string> =>
  mirror === undefined
    ? []
    : ["", callsSentence(mirror, polling.calls), "", lateness(mirror.byIntegration), ...unseenLines(mirror)]

const callsSentence = ({ calls, callsBreakdown, hits, requests }: MirrorOutcome, before: number): string => {
  const { hydration, other, passed, reads, reconciliation, retries } = callsBreakdown
  const through = Object.values(passed).reduce((sum, one) => sum + one, 0)
  const change =
    calls <= before ? `${percent(1 - calls / Math.max(1, before))} fewer` : `${percent(calls / before - 1)} more`
  const parts = [
    `${count(through)} went through (${reasonsText(passed, fewReasons)})`,
    ...(
      [
        [reads, "reads of its own"],
        [reconciliation, "reconciliation"],
        [hydration, "hydration"],
        [retries, "retries"],
        [other, "past it"]
      ] as const
    ).flatMap(([number, words]) => (number === 0 ? [] : [`${count(number)} ${words}`]))
  ]
  return `**Through the mirror**, by another base URL alone: ${count(hits)} of ${count(requests)} requests answered from the state; ${some(calls, "call")} at the provider, ${change}: ${parts.join(", ")}.`
}

/** Of all programs; the page's table has more of each. */
const fewReasons = 3
const moreReasons = 8

const reasonsText = (passed: MirroredIntegration["passed"], most: number): string => {
  const all = mostFirst(Object.entries(passed))
  const rest = all.slice(most).reduce((sum, [, number]) => sum + number, 0)
  const named = all.slice(0, most).map(([reason, number]) => `${text(reason)} ${count(number)}`)
  return [...named, ...(rest === 0 ? [] : [`others ${count(rest)}`])].join(", ")
}

const isLater = (seen: SeenLater | null): seen is SeenLater =>
  seen !== null && seen.mirror.p95 > seen.polling.p95 + allowedSeconds

const laterBy = (
  lines: ReadonlyArray<MirroredIntegration>,
  of: (line: MirroredIntegration) => SeenLater | null
): ReadonlyArray<string> =>
  lines.flatMap((line) => {
    const seen = of(line)
    return isLater(seen)
      ? [
          text(
            `${line.integration} (${roundedDuration(seen.mirror.p95)} in place of ${roundedDuration(seen.polling.p95)})`
          )
        ]
      : []
  })

const lateness = (lines: ReadonlyArray<MirroredIntegration>): string => {
  const pushed = laterBy(lines, (line) => line.pushed)
  const others = laterBy(lines, (line) => line.others)
  return [
    pushed.length === 0
      ? `No program (of ${count(lines.length)}) sees a pushed change later than by polling and ${allowedSeconds} s, at p95.`
      : `**Pushed changes later than by polling and ${allowedSeconds} s, at p95:** ${pushed.join(", ")}.`,
    ...(others.length === 0 ? [] : [`Others: ${others.join(", ")}.`])
  ].join(" ")
}

const unseenLines = ({ byIntegration }: MirrorOutcome): ReadonlyArray<string> => {
  const missing = byIntegration.filter(({ unseen }) => unseen > 0)
  return missing.length === 0
    ? []
    : [
        "",
        `**Seen by polling and not through the mirror:** ${missing.map(({ integration, unseen }) => text(`${integration} (${count(unseen)})`)).join(", ")}.`
      ]
}

const p95Of = (seen: SeenLater | null): string =>
  seen === null ? "" : `${roundedDuration(seen.polling.p95)} / ${roundedDuration(seen.mirror.p95)}`

export const mirroredTable = ({ byIntegration }: MirrorOutcome): string =>
  table(
    "llrrlrr",
    [
      "integration",
      "account",
      "requests",
      "from the state",
      "went through",
      "pushed changes at p95, polling / mirror",
      "other changes"
    ],
    byIntegration.map(({ account, hits, integration, others, passed, pushed, requests }) => [
      text(integration),
      text(account),
      count(requests),
      count(hits),
      reasonsText(passed, moreReasons),
      p95Of(pushed),
      p95Of(others)
    ])
  )
