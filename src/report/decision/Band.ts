/**
 * Whether the forecast lies within the band of the modelled days; also where there is no band, or none of the same
 * window.
 */
import type { Report } from "../../domain/Report.js"
import { asPlayed, type ForecastCalls, forecastOfDays } from "./Forecast.js"

export const isInBand = (report: Report): boolean => {
  const band = report.replay?.runs?.bands["webhookCalls"]
  const forecast = forecastOfDays(report)
  return band == null || forecast === null || isWithin(forecast, band)
}

/** Whether the calls of a replay by the forecast lie within the modelled days' band. */
export const isWithin = (
  forecast: ForecastCalls,
  { high, low }: { readonly low: number; readonly high: number }
): boolean => {
  const played = asPlayed(forecast)
  return played >= low && played <= high
}
