/** The section on findings, new ones before those of the baseline. */
import { roundedDuration } from "../../domain/DurationText.js"
import type { Finding } from "../../domain/Finding.js"
import type { Report } from "../../domain/Report.js"
import { code, some, text } from "./Words.js"

export const findings = (report: Report): string => {
  const line = (finding: Finding) =>
    `- **${finding.severity}** ${code(finding.rule)}: ${text(finding.message)}.${costOf(finding)} *${text(finding.fix)}.*${finding.evidence.length === 0 ? "" : ` (calls ${finding.evidence.join(", ")})`}`
  const fresh = report.findings.filter(({ known }) => !known).map(line)
  const known = report.findings.filter((finding) => finding.known).map(line)
  return [
    "## Findings",
    "",
    ...(fresh.length === 0 ? [known.length === 0 ? "None." : "Nothing new."] : fresh),
    ...(known.length === 0 ? [] : ["", "Known, from the baseline:", "", ...known])
  ].join("\n")
}

const costOf = ({ consequence }: Finding): string => {
  if (consequence === null) return ""
  const parts = [
    consequence.calls === null ? null : some(consequence.calls, "call"),
    consequence.seconds === null ? null : roundedDuration(consequence.seconds)
  ].filter((part) => part !== null)
  return parts.length === 0 ? "" : ` Over this window: ${parts.join(", ")}.`
}
