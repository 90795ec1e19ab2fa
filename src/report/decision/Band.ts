/** Whether the forecast lies within the band of the modelled days; also where there is no band. */
import type { Report } from "../../domain/Report.js"
import { asPlayed, forecastOf } from "../markdown/SideBySide.js"

export const isInBand = (report: Report): boolean => {
  const band = report.replay?.runs?.bands["webhookCalls"]
  if (band == null) return true
  const played = asPlayed(forecastOf(report))
  return played >= band.low && played <= band.high
}
