/** A poller as the report shows it: its figures, its verdict and what would become of it. Pure. */
import { endpointName } from "../../domain/Endpoint.js"
import type { Judged, PollerChangeRate, RouteShare } from "../../domain/Poller.js"
import { roundEach, roundTo } from "../../domain/Quantiles.js"
import { isReplaced } from "../../domain/Verdict.js"
import { eventsOf } from "../../providers/index.js"
import { stretchTo } from "../costs/Extrapolation.js"
import { forecastFreshness } from "../costs/Forecast.js"
import type { PollerPart } from "../detection/Detection.js"
import type { ChangeRate } from "../estimates/ChangeRate.js"
import { shareInterval } from "../estimates/Confidence.js"
import { type AnalysisSettings, type Examined, entitiesOf, isSearchFeed, type SeenCoverage } from "../Settings.js"
import { alternativesOf, meets, type WebhookCost } from "./Alternatives.js"
import { lagQuantiles, timelineOf } from "./Timeline.js"
import { judge } from "./Verdicts.js"

export const judgePoller = (
  one: Examined,
  /** At several reconciliation intervals, the one that is set among them. */
  webhooks: ReadonlyArray<WebhookCost>,
  settings: AnalysisSettings
): Judged => {
  const { changeRate, coverage: byRoute, lags, poller, route, skewKnown, skewMs, yieldKnown } = one
  const cost = webhooks.find(({ reconcileSeconds }) => reconcileSeconds === settings.reconcileSeconds)!
  const callsAfterIfMigrated = cost.calls
  // A window shorter than the reconciliation interval counts one whole sweep: judged is a whole interval.
  const stretch = stretchTo(settings.reconcileSeconds, settings.window)
  const { adaptive, calls, details, endpoint, own, provider, rhythm, stream, sweeps } = poller
  // The first that was answered fills what the program knows.
  const later = sweeps.filter((sweep) => !sweep.failed && sweep.yield !== null).slice(1)
  const empty = yieldKnown && later.length > 0 ? later.filter((sweep) => sweep.yield === 0).length : null
  const failed = sweeps.filter((sweep) => sweep.failed).length
  const unread = sweeps.filter((sweep) => sweep.yield === null).length
  const entity = endpoint?.entity ?? null
  const events =
    provider === null || entity === null ? [] : entitiesOf(poller).flatMap((name) => eventsOf(provider, route, name))
  const coverage = byRoute[0]?.coverage ?? null
  const coverageShare = byRoute[0]?.share ?? null
  const coverageAtMost = byRoute[0]?.shareAtMost ?? null
  const goal = (entity === null ? undefined : settings.freshnessGoals?.[entity]) ?? null
  const pushedFreshness = forecastFreshness(coverageShare ?? 1, settings.reconcileSeconds)
  const bestFreshness = forecastFreshness(coverageAtMost ?? 1, settings.reconcileSeconds)
  const alternatives = alternativesOf(one, events.length === 0 ? [] : webhooks, goal)
  const verdict = judge({
    searches: endpoint?.kind === "search" && !isSearchFeed(poller),
    entity,
    headOnly: stream.method === "HEAD",
    pushedEvents: events.length,
    unbrought: events.length === 0 ? [] : unbroughtOf(one),
    yieldKnown,
    sweeps: sweeps.length,
    failed,
    unread,
    coverage: coverageShare,
    coverageAtMost,
    unknown: coverage?.unknown ?? 0,
    uncovered: Object.entries(coverage?.uncoveredFields ?? {}),
    changes: coverage?.changes ?? 0,
    calls,
    callsAfterIfMigrated,
    stretched:
      stretch === 1
        ? null
        : {
            windowSeconds: settings.reconcileSeconds / stretch,
            calls: Math.round(calls * stretch),
            callsAfterIfMigrated: Math.round(cost.calls - cost.withChanges + cost.withChanges * stretch)
          },
    emptyShare: empty === null || later.length === 0 ? null : empty / later.length,
    tuning: tuningOf(alternatives, calls),
    reconcileSeconds: settings.reconcileSeconds,
    goal:
      goal === null || entity === null
        ? null
        : {
            text: `${entity}=${goal.seconds}s@${goal.at}`,
            metByPolling: meets(lags.spread, goal),
            metByWebhooks: meets(pushedFreshness, goal),
            mayBeMetByWebhooks: meets(bestFreshness, goal),
            webhookSeconds: roundTo(pushedFreshness?.[goal.at] ?? 0, 1)
          }
  })
  const moves = isReplaced(verdict)
  const forecast = moves ? pushedFreshness : lags.spread
  const parts = [own, ...details]
  const timed = parts.every(hasDurations)
  const spanSeconds = Math.max(1, (sweeps.at(-1)!.endedAt - sweeps[0]!.startedAt) / 1_000)
  const busySeconds = sweeps.reduce((sum, sweep) => sum + (sweep.endedAt - sweep.startedAt), 0) / 1_000
  return {
    id: poller.id,
    integration: stream.integration,
    product: stream.product,
    account: stream.account,
    principal: stream.principal,
    endpoint: endpointName(stream.method, stream.template),
    query: stream.query,
    intervalSeconds: roundTo(rhythm.intervalSeconds, 1),
    jitterSeconds: roundTo(rhythm.jitterSeconds, 1),
    sweeps: sweeps.length,
    emptySweeps: empty,
    failedSweeps: failed,
    unreadSweeps: unread,
    calls,
    pagesPerSweep: roundTo(sweeps.reduce((sum, sweep) => sum + sweep.pages, 0) / sweeps.length, 2),
    detailCalls: sweeps.reduce((sum, sweep) => sum + sweep.detailCalls, 0),
    itemVersions: unread === 0 ? sweeps.reduce((sum, sweep) => sum + (sweep.yield ?? 0), 0) : null,
    freshnessSeconds: roundEach(lags.spread, 1),
    freshnessInterval: roundEach(lags.p50Interval, 1),
    throttled: sweeps.reduce((sum, sweep) => sum + sweep.throttled, 0),
    instances: rhythm.instances,
    adaptive:
      adaptive === null
        ? null
        : {
            ...adaptive,
            fromSeconds: roundTo(adaptive.fromSeconds, 1),
            toSeconds: roundTo(adaptive.toSeconds, 1)
          },
    // What follows the news has no phases.
    phases: (adaptive === null ? rhythm.phases : []).map((phase) => ({
      from: new Date(phase.from).toISOString(),
      to: new Date(phase.to).toISOString(),
      intervalSeconds: roundTo(phase.intervalSeconds, 1)
    })),
    gaps: rhythm.gaps,
    bytes: sumOf(parts, "responseBytes"),
    itemsRead: sumOf(parts, "items"),
    busyShare: timed ? roundTo(Math.min(1, busySeconds / spanSeconds), 4) : null,
    overlappingSweeps: timed
      ? sweeps.slice(1).filter((sweep, index) => sweep.startedAt < sweeps[index]!.endedAt).length
      : null,
    changeRate: "unknown" in changeRate ? null : publicRate(changeRate),
    changeRateUnknown: "unknown" in changeRate ? changeRate.unknown : null,
    clockSkewSeconds: skewKnown ? roundTo(skewMs / 1_000, 1) : null,
    verdict: verdict.verdict,
    reasons: verdict.reasons,
    events: moves ? events : [],
    callsAfter: moves ? callsAfterIfMigrated : calls,
    reduction: moves ? roundTo(1 - callsAfterIfMigrated / calls, 4) : 0,
    forecastFreshnessSeconds: roundEach(forecast, 1),
    coverage,
    coverageByRoute: byRoute.map(routeShareOf),
    alternatives,
    timeline: timelineOf(sweeps, yieldKnown, settings.window),
    freshnessQuantiles: lagQuantiles(lags.seconds)
  }
}

/** Unknown changes widen the interval to both ends of the range. */
const routeShareOf = ({ coverage, route, share, shareAtMost }: SeenCoverage): RouteShare => {
  const { changes, pushed, uncoveredFields, unknown = 0 } = coverage
  const all = changes + unknown
  const [least, most] = [shareInterval(pushed, all), shareInterval(pushed + unknown, all)]
  return {
    route,
    share: share === null || changes === 0 ? null : roundTo(share, 4),
    interval: least === null || most === null ? null : roundEach({ low: least.low, high: most.high }, 4),
    ...(unknown === 0 ? {} : { range: { low: roundTo(share ?? 0, 4), high: roundTo(shareAtMost ?? 1, 4) } }),
    uncoveredFields
  }
}

/** Types that it reads, no event tells of and no reconciliation can sweep. */
const unbroughtOf = ({ poller, route }: Examined): ReadonlyArray<string> => {
  const { provider } = poller
  if (provider === null) return []
  return entitiesOf(poller).filter(
    (entity) => provider.sweeps[entity] === undefined && eventsOf(provider, route, entity).length === 0
  )
}

/** Of the ways that go on polling, the one with the fewest calls. */
const tuningOf = (alternatives: Judged["alternatives"], calls: number): Judged["alternatives"][number] | null =>
  alternatives
    .filter((way) => way.admissible && way.calls < calls && !way.name.startsWith("webhooks"))
    .sort((a, b) => a.calls - b.calls)[0] ?? null

const hasDurations = ({ recording, sweepOf }: PollerPart): boolean =>
  recording.calls.durationMs.every((duration, row) => sweepOf[row]! < 0 || !Number.isNaN(duration))

/** `null` where one of them is unknown. */
const sumOf = (parts: ReadonlyArray<PollerPart>, column: "items" | "responseBytes"): number | null => {
  let sum = 0
  for (const { recording, sweepOf } of parts) {
    const { [column]: values, status } = recording.calls
    for (let row = 0; row < values.length; row++) {
      if (sweepOf[row]! < 0) continue
      const value = values[row]!
      if (value >= 0) sum += value
      else if (status[row]! >= 200 && status[row]! < 300) return null
    }
  }
  return sum
}

/** So many versions tell a rate within a fifth: 1.96 / sqrt(96) = 0.2. */
const enoughVersions = 96

const publicRate = ({
  dispersion,
  overwritten,
  perHour,
  perHourInterval,
  versionsSeen,
  watchedSeconds
}: ChangeRate): PollerChangeRate => ({
  perHour: roundTo(perHour, 2),
  perHourInterval: { low: roundTo(perHourInterval.low, 2), high: roundTo(perHourInterval.high, 2) },
  seen: versionsSeen,
  overwritten: roundTo(overwritten, 1),
  recordForSeconds:
    versionsSeen >= enoughVersions * dispersion
      ? null
      : versionsSeen === 0
        ? roundTo(watchedSeconds * 2, 0)
        : roundTo((watchedSeconds * enoughVersions * dispersion) / versionsSeen, 0),
  dispersion: roundTo(dispersion, 2)
})
