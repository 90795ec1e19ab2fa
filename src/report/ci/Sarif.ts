/**
 * `report.sarif`: findings for code-scanning views (SARIF 2.1.0). A finding's location is its entry in `report.json`,
 * since the program at fault is elsewhere; its fingerprint is that of the baseline.
 */
import type { Log, ReportingConfiguration, ReportingDescriptor, Result } from "sarif"
import { findingRules } from "../../analysis/index.js"
import type { Finding, Severity } from "../../domain/Finding.js"
import { visible, visibleJson } from "../../domain/PlainText.js"
import type { Report } from "../../domain/Report.js"
import { version } from "../../version.js"
import { renderJson } from "../Json.js"

const levels: Readonly<Record<Severity, ReportingConfiguration.level>> = {
  error: "error",
  warning: "warning",
  info: "note"
}

/** Text without links, which a message may hold (SARIF 2.1.0, 3.11.6). */
const plain = (text: string): string => visible(text).replace(/[\\[\]]/g, (mark) => `\\${mark}`)

export const renderSarif = (report: Report): string => {
  const lines = renderJson(report).split("\n")
  const placeOf = ({ fingerprint }: Finding): number =>
    lines.findIndex((line) => line.includes(`"fingerprint": "${fingerprint}"`)) + 1

  const rules = findingRules.map(
    ({ id, severity, title }): ReportingDescriptor => ({
      id,
      shortDescription: { text: title },
      help: { text: `docs/findings/${id}.md` },
      defaultConfiguration: { level: levels[severity] }
    })
  )
  const results = report.findings.map((finding): Result => {
    const poller = report.pollers.find(({ id }) => id === finding.pollerId)
    return {
      ruleId: finding.rule,
      ruleIndex: rules.findIndex(({ id }) => id === finding.rule),
      level: levels[finding.severity],
      message: { text: plain(`${finding.message}. What to do: ${finding.fix}.`) },
      partialFingerprints: { "hookshift/v1": finding.fingerprint },
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: "report.json" },
            region: { startLine: Math.max(1, placeOf(finding)) }
          },
          ...(poller === undefined
            ? {}
            : {
                logicalLocations: [
                  {
                    name: visible(poller.integration),
                    fullyQualifiedName: visible(`${poller.account} ${poller.endpoint}`),
                    kind: "resource"
                  }
                ]
              })
        }
      ],
      ...(finding.known ? { suppressions: [{ kind: "external", justification: "in the baseline" }] } : {})
    }
  })
  const log: Log = {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [{ tool: { driver: { name: "hookshift", version, rules } }, results }]
  }
  return `${visibleJson(log, 2)}\n`
}
