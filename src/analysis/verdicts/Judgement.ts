/** A poller as the report shows it: its figures, its verdict and what would become of it. Pure. */
import { endpointName } from "../../domain/Endpoint.js"
import type { Judged, PollerChangeRate } from "../../domain/Poller.js"
import { roundEach, roundTo } from "../../domain/Quantiles.js"
import { isReplaced } from "../../domain/Verdict.js"
import { eventsOf } from "../../providers/index.js"
import { forecastFreshness } from "../costs/Forecast.js"
import type { PollerPart } from "../detection/Detection.js"
import type { ChangeRate } from "../estimates/ChangeRate.js"
import { shareInterval } from "../estimates/Confidence.js"
import { type AnalysisSettings, type Examined, entitiesOf, isSearchFeed } from "../Settings.js"
import { alternativesOf, meets, type WebhookCost } from "./Alternatives.js"
import { lagQuantiles, timelineOf } from "./Timeline.js"
import { judge } from "./Verdicts.js"

export const judgePoller = (
  one: Examined,
  /** At several reconciliation intervals, the one that is set among them. */
  webhooks: ReadonlyArray<WebhookCost>,
  settings: AnalysisSettings
): Judged => {
  const { changeRate, coverage: byRoute, lags, poller, route, skewMs, yieldKnown } = one
  const callsAfterIfMigrated = webhooks.find((cost) => cost.reconcileSeconds === settings.reconcileSeconds)!.calls
  const { calls, details, endpoint, own, provider, rhythm, stream, sweeps } = poller
  const later = sweeps.slice(1)
  const empty = yieldKnown ? later.filter((sweep) => sweep.yield === 0).length : null
  const entity = endpoint?.entity ?? null
  const events =
    provider === null || entity === null ? [] : entitiesOf(poller).flatMap((name) => eventsOf(provider, route, name))
  const coverage = byRoute[0]?.coverage ?? null
  const coverageShare = byRoute[0]?.share ?? null
  const goal = (entity === null ? undefined : settings.freshnessGoals?.[entity]) ?? null
  const pushedFreshness = forecastFreshness(coverageShare ?? 1, settings.reconcileSeconds)
  const alternatives = alternativesOf(one, events.length === 0 ? [] : webhooks, goal)
  const verdict = judge({
    searches: endpoint?.kind === "search" && !isSearchFeed(poller),
    entity,
    pushedEvents: events.length,
    unbrought: events.length === 0 ? [] : unbroughtOf(one),
    yieldKnown,
    coverage: coverageShare,
    uncovered: Object.entries(coverage?.uncoveredFields ?? {}),
    changes: coverage?.changes ?? 0,
    calls,
    callsAfterIfMigrated,
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
            webhookSeconds: roundTo(pushedFreshness?.[goal.at] ?? 0, 1)
          }
  })
  const moves = isReplaced(verdict)
  const forecast = moves ? pushedFreshness : lags.spread
  const parts = [own, ...details]
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
    calls,
    pagesPerSweep: roundTo(sweeps.reduce((sum, sweep) => sum + sweep.pages, 0) / sweeps.length, 2),
    detailCalls: sweeps.reduce((sum, sweep) => sum + sweep.detailCalls, 0),
    itemVersions: yieldKnown ? sweeps.reduce((sum, sweep) => sum + (sweep.yield ?? 0), 0) : null,
    freshnessSeconds: roundEach(lags.spread, 1),
    freshnessInterval: roundEach(lags.p50Interval, 1),
    throttled: sweeps.reduce((sum, sweep) => sum + sweep.throttled, 0),
    instances: rhythm.instances,
    phases: rhythm.phases.map((phase) => ({
      from: new Date(phase.from).toISOString(),
      to: new Date(phase.to).toISOString(),
      intervalSeconds: roundTo(phase.intervalSeconds, 1)
    })),
    gaps: rhythm.gaps,
    bytes: sumOf(parts, "responseBytes"),
    itemsRead: yieldKnown ? sumOf(parts, "items") : null,
    busyShare: roundTo(Math.min(1, busySeconds / spanSeconds), 4),
    overlappingSweeps: later.filter((sweep, index) => sweep.startedAt < sweeps[index]!.endedAt).length,
    changeRate: changeRate === null ? null : publicRate(changeRate),
    clockSkewSeconds: roundTo(skewMs / 1_000, 1),
    verdict: verdict.verdict,
    reasons: verdict.reasons,
    events: moves ? events : [],
    callsAfter: moves ? callsAfterIfMigrated : calls,
    reduction: moves ? roundTo(1 - callsAfterIfMigrated / calls, 4) : 0,
    forecastFreshnessSeconds: roundEach(forecast, 1),
    coverage,
    coverageByRoute: byRoute.map(({ coverage: seen, route: name, share }) => ({
      route: name,
      share: share === null ? null : roundTo(share, 4),
      interval: roundEach(shareInterval(seen.pushed, seen.changes), 4),
      uncoveredFields: seen.uncoveredFields
    })),
    alternatives,
    timeline: timelineOf(sweeps, yieldKnown, settings.window),
    freshnessQuantiles: lagQuantiles(lags.seconds)
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
    versionsSeen >= enoughVersions
      ? null
      : versionsSeen === 0
        ? roundTo(watchedSeconds * 2, 0)
        : roundTo((watchedSeconds * enoughVersions) / versionsSeen, 0)
})
