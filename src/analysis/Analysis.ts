/**
 * The analysis: from recorded calls to pollers, what each costs and yields, a verdict with its reasons, and the calls
 * that remain. Pure: the same recording and settings give the same result.
 */

import type { ItemVersion } from "../domain/Call.js"
import { endpointName } from "../domain/Endpoint.js"
import type { EventName } from "../domain/Event.js"
import { groupBy } from "../domain/Grouping.js"
import type { Coverage, Finding, Judged } from "../domain/Poller.js"
import { roundTo, spread } from "../domain/Quantiles.js"
import type { CallsAfterBreakdown, RateLimitUse } from "../domain/Report.js"
import { eventsOf, type Route } from "../providers/index.js"
import type { Recording, Window } from "../store/service.js"
import { type AccountCosts, accountCosts } from "./AccountCosts.js"
import { allowanceFindings } from "./Allowance.js"
import { type ChangeIndex, changeOf, indexChanges, pushOf } from "./Changes.js"
import { type AnalysisSettings, type Examined, entitiesOf, replaced, routeOf } from "./Examined.js"
import { findAll } from "./Findings.js"
import { forecastFreshness } from "./Forecast.js"
import { accountLimits } from "./Headroom.js"
import { migrationCosts } from "./MigrationCosts.js"
import { type DetectedPoller, detectPollers } from "./Sweeps.js"
import { judge } from "./Verdicts.js"

/** What has to be subscribed to and reconciled on an account. */
export interface AccountNeeds {
  readonly account: string
  readonly product: string
  readonly route: Route
  readonly events: ReadonlyArray<EventName>
  /** Dependants included: the conversations of tickets. */
  readonly entities: ReadonlyArray<string>
  /** Fields that polling showed to change and that the events do not cover. */
  readonly uncoveredFields: ReadonlyArray<string>
}

export interface Analysis {
  readonly window: Window
  readonly calls: number
  readonly throttled: number
  readonly pollers: ReadonlyArray<Judged>
  readonly unattributed: {
    readonly calls: number
    readonly endpoints: ReadonlyArray<{ readonly endpoint: string; readonly calls: number }>
  }
  readonly callsAfterBreakdown: CallsAfterBreakdown
  readonly callsAfter: number
  /** By account; what the parts of an account add up to is in the whole. */
  readonly accounts: ReadonlyArray<AccountCosts>
  readonly rateLimits: ReadonlyArray<RateLimitUse>
  readonly findings: ReadonlyArray<Finding>
  readonly needs: ReadonlyArray<AccountNeeds>
  readonly recordsLost: number
  readonly recordersCutOff: number
  readonly bodiesKept: boolean
}

export const analyse = (recording: Recording, settings: AnalysisSettings): Analysis => {
  const { window } = settings
  const detection = detectPollers(recording)
  const changes = indexChanges(recording)
  const versionsByStream = groupBy(recording.versions, (version) => version.stream)

  const examined = detection.pollers.map((poller): Examined => {
    const streams = [poller.stream, ...poller.detailStreams]
    const route = routeOf(settings, poller.stream.account, poller.provider)
    const firstSweep = poller.sweeps[0]!
    // What was changed before the poller began, or came with its first sweep, shows nothing of its pace.
    const versions = streams
      .flatMap((stream) => versionsByStream.get(stream.id) ?? [])
      .filter(
        (version) =>
          version.seenAt > firstSweep.endedAt && (version.updatedAt ?? version.seenAt) >= firstSweep.startedAt
      )
    const { coverage, share } = coverageOf(poller, versions, changes, route)
    return {
      poller,
      versions,
      coverage,
      coverageShare: share,
      route,
      yieldKnown: poller.sweeps.every((sweep) => sweep.yield !== null)
    }
  })

  const costs = migrationCosts(examined, changes, settings)
  const judged = examined.map((one): { readonly one: Examined; readonly judged: Judged } => ({
    one,
    judged: judgePoller(one, costs.share(one), settings)
  }))
  // Sharing depends on who migrates, and who migrates on the shares: settle once more with those that do.
  const moving = judged.filter(({ judged: poller }) => replaced(poller)).map(({ one }) => one)
  const settled = migrationCosts(moving, changes, settings)
  const pollers = judged.map(({ judged: poller, one }): Judged => {
    if (!replaced(poller)) return poller
    const callsAfter = settled.share(one)
    return { ...poller, callsAfter, reduction: roundTo(1 - callsAfter / poller.calls, 4) }
  })

  const unattributedCalls = detection.unattributed.reduce((sum, { calls }) => sum + calls.length, 0)
  const accounts = accountCosts(recording, detection, pollers, settled, settings)
  const sumOf = (part: keyof CallsAfterBreakdown) =>
    accounts.reduce((sum, account) => sum + account.callsAfterBreakdown[part], 0)
  const breakdown: CallsAfterBreakdown = {
    reconciliation: sumOf("reconciliation"),
    hydration: sumOf("hydration"),
    kept: sumOf("kept"),
    upkeep: sumOf("upkeep"),
    retries: sumOf("retries")
  }
  const endpoints = new Map<string, number>()
  for (const { calls, stream } of detection.unattributed) {
    const name = endpointName(stream.method, stream.template)
    endpoints.set(name, (endpoints.get(name) ?? 0) + calls.length)
  }

  return {
    window,
    calls: recording.calls.length,
    throttled: recording.calls.filter((call) => call.status === 429).length,
    pollers,
    unattributed: {
      calls: unattributedCalls,
      endpoints: [...endpoints].map(([endpoint, calls]) => ({ endpoint, calls }))
    },
    callsAfterBreakdown: breakdown,
    callsAfter: Object.values(breakdown).reduce((sum, part) => sum + part, 0),
    accounts,
    rateLimits: accountLimits(
      recording,
      new Set(moving.flatMap(({ poller }) => poller.calls.map((call) => call.id))),
      settings,
      settled.perSweep
    ),
    findings: [...findAll(detection.pollers, recording), ...allowanceFindings(moving, changes, settings)],
    needs: needsOf(moving),
    recordsLost: recording.recordsLost,
    recordersCutOff: recording.recordersCutOff,
    bodiesKept: recording.bodiesKept
  }
}

const coverageOf = (
  { provider, stream }: DetectedPoller,
  versions: ReadonlyArray<ItemVersion>,
  index: ChangeIndex,
  route: Route
): { readonly coverage: Coverage | null; readonly share: number | null } => {
  if (provider === null) return { coverage: null, share: null }
  let pushed = 0
  let known = 0
  const uncoveredFields: Record<string, number> = {}
  for (const version of versions) {
    const change = changeOf(index, stream, version)
    const push = change === undefined ? null : pushOf(provider, route, change)
    if (push === null) continue
    known += 1
    if (push.pushed) pushed += 1
    else for (const field of push.fields) uncoveredFields[field] = (uncoveredFields[field] ?? 0) + 1
  }
  const sorted = Object.fromEntries(Object.entries(uncoveredFields).sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)))
  return { coverage: { changes: known, pushed, uncoveredFields: sorted }, share: known === 0 ? null : pushed / known }
}

const judgePoller = (
  { coverage, coverageShare, poller, route, versions, yieldKnown }: Examined,
  callsAfterIfMigrated: number,
  settings: AnalysisSettings
): Judged => {
  const { endpoint, provider, stream, sweeps } = poller
  const later = sweeps.slice(1)
  const empty = yieldKnown ? later.filter((sweep) => sweep.yield === 0).length : null
  const entity = endpoint?.entity ?? null
  const events =
    provider === null || entity === null ? [] : entitiesOf(poller).flatMap((name) => eventsOf(provider, route, name))
  const verdict = judge({
    kind: endpoint?.kind ?? null,
    entity,
    pushedEvents: events.length,
    yieldKnown,
    coverage: coverageShare,
    uncovered: Object.entries(coverage?.uncoveredFields ?? {}),
    changes: coverage?.changes ?? 0,
    calls: poller.calls.length,
    callsAfterIfMigrated,
    emptyShare: empty === null || later.length === 0 ? null : empty / later.length,
    intervalSeconds: roundTo(poller.intervalSeconds, 0),
    reconcileSeconds: settings.reconcileSeconds
  })
  const moves = verdict.verdict === "migrate" || verdict.verdict === "hybrid"
  const lags = spread(
    versions
      .filter((version) => version.updatedAt !== null)
      .map((version) => Math.max(0, version.seenAt - version.updatedAt!) / 1000)
  )
  const rounded =
    lags === null ? null : { p50: roundTo(lags.p50, 1), p95: roundTo(lags.p95, 1), max: roundTo(lags.max, 1) }
  const forecast = moves ? forecastFreshness(coverageShare ?? 1, settings.reconcileSeconds) : lags
  return {
    id: poller.id,
    integration: stream.integration,
    product: stream.product,
    account: stream.account,
    principal: stream.principal,
    endpoint: endpointName(stream.method, stream.template),
    query: stream.query,
    intervalSeconds: roundTo(poller.intervalSeconds, 1),
    jitterSeconds: roundTo(poller.jitterSeconds, 1),
    sweeps: sweeps.length,
    emptySweeps: empty,
    calls: poller.calls.length,
    pagesPerSweep: roundTo(sweeps.reduce((sum, sweep) => sum + sweep.pages, 0) / sweeps.length, 2),
    detailCalls: sweeps.reduce((sum, sweep) => sum + sweep.detailCalls, 0),
    itemVersions: yieldKnown ? sweeps.reduce((sum, sweep) => sum + (sweep.yield ?? 0), 0) : null,
    freshnessSeconds: rounded,
    throttled: sweeps.reduce((sum, sweep) => sum + sweep.throttled, 0),
    verdict: verdict.verdict,
    reasons: verdict.reasons,
    events: moves ? events : [],
    callsAfter: moves ? callsAfterIfMigrated : poller.calls.length,
    reduction: moves ? roundTo(1 - callsAfterIfMigrated / poller.calls.length, 4) : 0,
    forecastFreshnessSeconds:
      forecast === null
        ? null
        : { p50: roundTo(forecast.p50, 1), p95: roundTo(forecast.p95, 1), max: roundTo(forecast.max, 1) },
    coverage
  }
}

const needsOf = (movers: ReadonlyArray<Examined>): ReadonlyArray<AccountNeeds> =>
  [...groupBy(movers, ({ poller }) => poller.stream.account)].map(([account, here]) => {
    const { provider } = here[0]!.poller
    const route = here[0]!.route
    const entities = [...new Set(here.flatMap(({ poller }) => entitiesOf(poller)))].sort()
    return {
      account,
      product: provider?.product ?? "",
      route,
      events: provider === null ? [] : entities.flatMap((entity) => eventsOf(provider, route, entity)),
      entities: entities.filter((entity) => provider?.sweeps[entity] !== undefined),
      uncoveredFields: [...new Set(here.flatMap(({ coverage }) => Object.keys(coverage?.uncoveredFields ?? {})))].sort()
    }
  })
