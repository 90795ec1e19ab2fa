/** Findings: a line for each rule, which unfolds to its findings with their fix and evidence. */
import { roundedDuration } from "../../domain/DurationText.js"
import { integrationOf } from "../../domain/Finding.js"
import type { Report } from "../../domain/Report.js"
import { byRule, costOf, type RuleFindings } from "../markdown/Findings.js"
import { code, some, text } from "../markdown/Words.js"
import { blocks, escape, fold, inline } from "./Markup.js"

export const findingRows = (report: Report): string => {
  const [fresh, known] = [false, true].map((isKnown) => byRule(report, isKnown).map((group) => rowOf(report, group)))
  return [
    ...(fresh!.length === 0 ? [`<p>${known!.length === 0 ? "None." : "Nothing new."}</p>`] : fresh!),
    ...(known!.length === 0 ? [] : ["<h3>Known, from the baseline</h3>", ...known!])
  ].join("")
}

const rowOf = (report: Report, { findings, rule, severity, title }: RuleFindings): string => {
  const names = findings.flatMap((finding) => {
    const name = integrationOf(finding, report.pollers)
    return name === null ? [] : [escape(name)]
  })
  const sum = (of: "calls" | "seconds"): number =>
    findings.reduce((total, { consequence }) => total + (consequence?.[of] ?? 0), 0)
  const cost = [
    ...(sum("calls") === 0 ? [] : [some(sum("calls"), "call")]),
    ...(sum("seconds") === 0 ? [] : [roundedDuration(sum("seconds"))])
  ].join(", ")
  // A finding of no program is told by its message.
  const about = names.length === 0 ? inline(text(findings[0]!.message)) : [...new Set(names)].join(", ")
  const told = findings.map(
    (finding) =>
      `- ${text(finding.message)}.${costOf(finding)} *${text(finding.fix)}.*${finding.evidence.length === 0 ? "" : ` (calls ${finding.evidence.join(", ")})`}`
  )
  return fold(
    `<span class="finding"><span class="badge ${severity}">${escape(severity)}</span><span><b>${escape(title ?? rule)}</b> ${inline(code(rule))}</span><span>${about}</span><span>${cost}</span></span>`,
    blocks(told.join("\n"), rule),
    "finding-fold"
  )
}
