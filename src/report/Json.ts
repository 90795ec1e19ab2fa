/** `report.json`: indented, with a list of numbers on one line. */
import { visibleJson } from "../domain/PlainText.js"
import type { Report } from "../domain/Report.js"

export const renderJson = (report: Report): string =>
  `${visibleJson(report, 2).replace(/\[\n\s*(-?[\d.]+(?:,\s+-?[\d.]+)*)\s+\]/g, (_, figures: string) => `[${figures.replace(/\s+/g, " ")}]`)}\n`
