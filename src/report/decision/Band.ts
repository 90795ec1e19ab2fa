/** Whether the forecast lies within the band of the modelled days; also where there is no band, or none of the same window. */
import type { Report } from "../../domain/Report.js"
import { asPlayed, forecastOfDays } from "./Forecast.js"

export const isInBand = (report: Report): boolean => {
  const band = report.replay?.runs?.bands["webhookCalls"]
  const forecast = forecastOfDays(report)
  if (band == null || forecast === null) return true
  const played = asPlayed(forecast)
  return played >= band.low && played <= band.high
}
