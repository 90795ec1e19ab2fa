/** Puts the report together from what the analysis forecast and the replay measured. Pure. */
import type { Analysis } from "../analysis/index.js"
import { roundTo } from "../domain/Quantiles.js"
import type { ReplayResult, Report, SubscriptionLine } from "../domain/Report.js"
import type { EpochMillis } from "../domain/Time.js"

export interface ReportInput {
  readonly analysis: Analysis
  readonly replay: ReplayResult | null
  readonly subscriptions: ReadonlyArray<SubscriptionLine>
  readonly reconcileSeconds: number
  readonly generatedAt: EpochMillis
  readonly measured: Report["measured"]
}

export const buildReport = (input: ReportInput): Report => {
  const { analysis } = input
  const { from, to } = analysis.window
  const pollingCalls = analysis.pollers.reduce((sum, poller) => sum + poller.calls, 0)
  const empties = analysis.pollers.map((poller) => poller.emptySweeps)
  return {
    schemaVersion: 1,
    generatedAt: new Date(input.generatedAt).toISOString(),
    window: { from: new Date(from).toISOString(), to: new Date(to).toISOString(), seconds: (to - from) / 1000 },
    settings: {
      reconcileSeconds: input.reconcileSeconds,
      route: [...new Set(analysis.needs.map((need) => need.route))].join(", ") || "none",
      plan: analysis.rateLimits.find((limit) => limit.plan !== null)?.plan ?? null,
      bodiesKept: analysis.bodiesKept
    },
    totals: {
      calls: analysis.calls,
      pollingCalls,
      callsAfter: analysis.callsAfter,
      reduction: analysis.calls === 0 ? 0 : roundTo(1 - analysis.callsAfter / analysis.calls, 4),
      emptySweeps: empties.includes(null) ? null : empties.reduce<number>((sum, count) => sum + (count ?? 0), 0),
      throttled: analysis.throttled,
      recordsLost: analysis.recordsLost,
      recordersCutOff: analysis.recordersCutOff
    },
    callsAfterBreakdown: analysis.callsAfterBreakdown,
    pollers: analysis.pollers,
    unattributed: analysis.unattributed,
    rateLimits: analysis.rateLimits,
    findings: analysis.findings,
    subscriptions: input.subscriptions,
    replay: input.replay,
    measured: input.measured
  }
}
