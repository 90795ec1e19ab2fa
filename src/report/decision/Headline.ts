/** A report in one sentence; for a short window an extrapolation, or that the window is too short for one. */
import { roundedDuration } from "../../domain/DurationText.js"
import type { Extrapolation, Report } from "../../domain/Report.js"
import { become, count, percent, some } from "../markdown/Words.js"

/** The figures of a report that its sentence takes. */
export interface HeadlineFigures {
  readonly totals: Pick<Report["totals"], "calls" | "callsAfter" | "reduction" | "reductionInterval" | "extrapolation">
  readonly callsAfterBreakdown: Pick<Report["callsAfterBreakdown"], "reconciliation">
}

export const headline = (report: HeadlineFigures): string => {
  const { callsAfter, calls, reduction, reductionInterval: interval } = report.totals
  const sure = interval === null ? "" : ` (95 %: ${percent(interval.low)} to ${percent(interval.high)})`
  // Reports of earlier versions have no such key.
  const extrapolation = report.totals.extrapolation ?? null
  if (extrapolation !== null) return extrapolatedHeadline(report, extrapolation)
  return `${become(calls, callsAfter)}: ${percent(reduction)} fewer${sure}`
}

const extrapolatedHeadline = ({ callsAfterBreakdown, totals }: HeadlineFigures, far: Extrapolation): string => {
  const [from, to] = [roundedDuration(far.fromSeconds), roundedDuration(far.toSeconds)]
  const first = `${some(totals.calls, "call")} in ${from}`
  if (far.reduction === null || far.calls === null || far.callsAfter === null)
    return `${first}: too short a time to say what webhooks would save (${intervalNames[far.restsOn]}: ${to}), since no poller shows in it yet; record for longer`
  return `${first} ${totals.calls === 1 ? "becomes" : "become"} ${count(totals.callsAfter)}${callsAfterBreakdown.reconciliation > 0 ? ", one whole reconciliation counted" : ""}; extrapolated from ${from} to ${to} (${intervalNames[far.restsOn]}): ${become(far.calls, far.callsAfter)}, ${percent(far.reduction)} fewer`
}

const intervalNames: Readonly<Record<Extrapolation["restsOn"], string>> = {
  reconciliation: "the reconciliation interval",
  "slowest poller": "the slowest poller's interval",
  "hourly limit": "the limit's hour"
}
