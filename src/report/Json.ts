/** `report.json`: for programs, and for people who look into it: a line of figures is one line. */
import type { Report } from "../domain/Report.js"

export const renderJson = (report: Report): string =>
  `${JSON.stringify(report, null, 2).replace(/\[\s+(-?[\d.]+(?:,\s+-?[\d.]+)*)\s+\]/g, (_, figures: string) => `[${figures.replace(/\s+/g, " ")}]`)}\n`
