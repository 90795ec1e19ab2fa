/** Reconciliation intervals weighed: calls of the pollers that move, and the lag of the slowest. */
import { intervalDuration, roundedDuration } from "../../domain/DurationText.js"
import type { Report } from "../../domain/Report.js"
import { isReplaced } from "../../domain/Verdict.js"
import { count, table } from "./Words.js"

/** `null` where there are not two intervals to compare. */
export const reconcileIntervals = (report: Report): string | null => {
  const ways = report.pollers.filter(isReplaced).flatMap(({ alternatives }) => alternatives)
  const intervals = [...new Set(ways.flatMap(({ reconcileSeconds }) => reconcileSeconds ?? []))].sort((a, b) => a - b)
  if (intervals.length < 2) return null
  return table(
    "lrr",
    ["reconciled every", "calls of the pollers that move", "p95 of the slowest"],
    intervals.map((seconds) => {
      const at = ways.filter(({ reconcileSeconds }) => reconcileSeconds === seconds)
      const lags = at.flatMap(({ freshnessSeconds }) => (freshnessSeconds === null ? [] : [freshnessSeconds.p95]))
      return [
        intervalDuration(seconds),
        count(at.reduce((sum, { calls }) => sum + calls, 0)),
        lags.length === 0 ? "unknown" : roundedDuration(Math.max(...lags))
      ]
    })
  )
}
