/** The section on findings, new ones before those of the baseline. */
import { findingRules } from "../../analysis/index.js"
import { roundedDuration } from "../../domain/DurationText.js"
import { type Finding, integrationOf, severities } from "../../domain/Finding.js"
import { groupBy } from "../../domain/Grouping.js"
import type { Report } from "../../domain/Report.js"
import { code, count, some, text } from "./Words.js"

const titles: ReadonlyMap<string, string> = new Map(findingRules.map(({ id, title }) => [id, title]))

/** A rule's findings of one severity, the gravest rules first. */
export interface RuleFindings {
  readonly rule: string
  readonly title: string | null
  readonly severity: Finding["severity"]
  readonly findings: ReadonlyArray<Finding>
}

/** New findings, and those that the baseline names. */
export const byRule = ({ findings }: Report, known: boolean): ReadonlyArray<RuleFindings> =>
  [
    ...groupBy(
      findings.filter((finding) => finding.known === known),
      ({ rule, severity }) => `${severity} ${rule}`
    )
  ]
    .map(([, group]) => ({
      rule: group[0]!.rule,
      title: titles.get(group[0]!.rule) ?? null,
      severity: group[0]!.severity,
      findings: group
    }))
    .sort((one, other) => severities.indexOf(one.severity) - severities.indexOf(other.severity))

export const findings = (report: Report): string => {
  const [fresh, known] = [findingLines(report, false), findingLines(report, true)]
  return [
    ...(fresh.length === 0 ? [known.length === 0 ? "None." : "Nothing new."] : fresh),
    ...(known.length === 0 ? [] : ["", "Known, from the baseline:", "", ...known])
  ].join("\n")
}

/** A line for each rule. */
export const findingLines = (report: Report, known: boolean): ReadonlyArray<string> =>
  byRule(report, known).map((group) => lineOf(report, group))

/** An error in full; of other rules with several findings, whom each is about and its cost. */
const lineOf = (report: Report, { findings: group, rule, severity, title }: RuleFindings): string => {
  const names = group.map((finding) => {
    const calls = finding.consequence?.calls
    const name = integrationOf(finding, report.pollers)
    return name === null ? null : `${text(name)}${calls == null ? "" : ` (${some(calls, "call")})`}`
  })
  const told = group.map((finding) => `${text(finding.message)}.${costOf(finding)}`)
  const words =
    group.length === 1 || names.includes(null)
      ? told.join(" ")
      : severity === "error" || title === null
        ? `${told[0]} Likewise ${names.slice(1).join(", ")}.`
        : `${text(title)}: ${names.join(", ")}.`
  return `- **${severity}** ${code(rule)}: ${words} *${merged(group.map(({ fix }) => text(fix)))}.*`
}

/** Sentences that differ in their middle, as one: `ask with a= / b= and an overlap`. */
const merged = (sentences: ReadonlyArray<string>): string => {
  const all = [...new Set(sentences)].map((sentence) => sentence.split(" "))
  const shortest = Math.min(...all.map(({ length }) => length))
  const shared = (wordOf: (words: ReadonlyArray<string>, at: number) => string | undefined, most: number): number => {
    let at = 0
    while (at < most && all.every((words) => wordOf(words, at) === wordOf(all[0]!, at))) at++
    return at
  }
  const start = shared((words, at) => words[at], shortest)
  const end = shared((words, at) => words.at(-1 - at), shortest - start)
  if (all.length === 1 || start + end === 0) return [...new Set(sentences)].join("; ")
  const middles = all.map((words) => words.slice(start, words.length - end).join(" "))
  return [...all[0]!.slice(0, start), middles.join(" / "), ...all[0]!.slice(all[0]!.length - end)].join(" ")
}

/** With a blank before it; empty where no cost is known. */
export const costOf = ({ consequence, message }: Finding): string => {
  if (consequence === null) return ""
  const { calls, seconds } = consequence
  // A message that tells the number has said it.
  const told = calls !== null && (message.includes(`${calls} `) || message.includes(`${count(calls)} `))
  const parts = [
    calls === null || told ? null : some(calls, "call"),
    seconds === null ? null : roundedDuration(seconds)
  ]
  const known = parts.filter((part) => part !== null)
  return known.length === 0 ? "" : ` Over this window: ${known.join(", ")}.`
}
