/** The files of a report, by the names that `--format` takes. */
import type { Gate } from "../domain/Gate.js"
import type { Report } from "../domain/Report.js"
import { renderJUnit } from "./ci/JUnit.js"
import { renderSarif } from "./ci/Sarif.js"
import { renderStepSummary } from "./ci/StepSummary.js"
import { renderHtml } from "./html/Html.js"
import { renderJson } from "./Json.js"
import { renderMarkdown } from "./markdown/Markdown.js"

interface Format {
  /** File name. */
  readonly file: string
  readonly render: (report: Report, gates: ReadonlyArray<Gate>) => string
}

export const formats = {
  md: { file: "report.md", render: renderMarkdown },
  html: { file: "report.html", render: renderHtml },
  summary: { file: "summary.md", render: renderStepSummary },
  json: { file: "report.json", render: renderJson },
  sarif: { file: "report.sarif", render: renderSarif },
  junit: { file: "report.junit.xml", render: renderJUnit }
} as const satisfies Readonly<Record<string, Format>>

export type FormatName = keyof typeof formats
