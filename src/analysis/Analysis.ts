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
import { type ChangeIndex, changeOf, indexChanges, type ObservedChange, pushOf } from "./Changes.js"
import { findAll } from "./Findings.js"
import { forecastFreshness, hydrationCalls, reconciliationCalls, splitEvenly, upkeepCalls } from "./Forecast.js"
import { accountLimits } from "./Headroom.js"
import { type DetectedPoller, detectPollers } from "./Sweeps.js"
import { judge } from "./Verdicts.js"

export interface AnalysisSettings {
  readonly window: Window
  readonly reconcileSeconds: number
  /** By account. */
  readonly routes: Readonly<Record<string, Route>>
  /** By account: the plan's name where the configuration states one. */
  readonly plans: Readonly<Record<string, string>>
}

/** What has to be subscribed to and reconciled on an account. */
export interface AccountNeeds {
  readonly account: string
  readonly product: string
  readonly route: Route
  readonly events: ReadonlyArray<EventName>
  readonly entities: ReadonlyArray<string>
  readonly conversations: boolean
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
  readonly rateLimits: ReadonlyArray<RateLimitUse>
  readonly findings: ReadonlyArray<Finding>
  readonly needs: ReadonlyArray<AccountNeeds>
  readonly recordsLost: number
  readonly recordersCutOff: number
  readonly bodiesKept: boolean
}

const defaultRoute: Route = "app"

interface Examined {
  readonly poller: DetectedPoller
  readonly versions: ReadonlyArray<ItemVersion>
  readonly coverage: Coverage | null
  readonly coverageShare: number | null
  readonly route: Route
  readonly yieldKnown: boolean
}

export const analyse = (recording: Recording, settings: AnalysisSettings): Analysis => {
  const { window } = settings
  const detection = detectPollers(recording)
  const changes = indexChanges(recording)
  const versionsByStream = groupBy(recording.versions, (version) => version.stream)

  const examined = detection.pollers.map((poller): Examined => {
    const streams = [poller.stream, ...poller.detailStreams]
    const route = settings.routes[poller.stream.account] ?? defaultRoute
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
  const kept =
    pollers.filter((poller) => !replaced(poller)).reduce((sum, poller) => sum + poller.calls, 0) + unattributedCalls
  const serverErrors = recording.calls.filter((call) => call.status === null || call.status >= 500).length
  const own = settled.reconciliation + settled.hydration
  const retries = recording.calls.length === 0 ? 0 : Math.round((own * serverErrors) / recording.calls.length)
  const breakdown: CallsAfterBreakdown = {
    reconciliation: settled.reconciliation,
    hydration: settled.hydration,
    kept,
    upkeep: settled.upkeep,
    retries
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
    rateLimits: accountLimits(
      recording,
      new Set(moving.flatMap(({ poller }) => poller.calls.map((call) => call.id))),
      settings,
      settled.perSweep
    ),
    findings: findAll(detection.pollers),
    needs: needsOf(moving),
    recordsLost: recording.recordsLost,
    recordersCutOff: recording.recordersCutOff,
    bodiesKept: recording.bodiesKept
  }
}

const replaced = (poller: Judged): boolean => poller.verdict === "migrate" || poller.verdict === "hybrid"

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

/** The entity types that a poller brings: its list's, and those of its detail calls. */
const entitiesOf = ({ detailStreams, endpoint, provider }: DetectedPoller): ReadonlyArray<string> => {
  const names = new Set<string>(endpoint?.entity == null ? [] : [endpoint.entity])
  for (const stream of detailStreams) {
    const detail = provider?.endpoints.find(
      (known) => known.method === stream.method && known.template === stream.template
    )
    if (detail?.entity != null) names.add(detail.entity)
  }
  return [...names]
}

const wantsConversations = (one: Examined): boolean => entitiesOf(one.poller).includes("conversation")

interface MigrationCosts {
  readonly reconciliation: number
  readonly hydration: number
  readonly upkeep: number
  /** Calls of one reconciliation round, for the peak minute. */
  readonly perSweep: ReadonlyMap<string, number>
  /** A poller's part of them all. */
  readonly share: (one: Examined) => number
}

/** What webhooks for these pollers would still call, shared evenly among the pollers that a cost serves. */
const migrationCosts = (
  movers: ReadonlyArray<Examined>,
  index: ChangeIndex,
  settings: AnalysisSettings
): MigrationCosts => {
  const shares = new Map<string, number>()
  const charge = (pollers: ReadonlyArray<Examined>, calls: number) => {
    splitEvenly(calls, pollers.length).forEach((part, place) => {
      const { id } = pollers[place]!.poller
      shares.set(id, (shares.get(id) ?? 0) + part)
    })
  }
  let reconciliation = 0
  let hydration = 0
  let upkeep = 0
  const perSweep = new Map<string, number>()
  const sweeps = Math.max(
    1,
    Math.ceil((settings.window.to - settings.window.from) / (settings.reconcileSeconds * 1000))
  )
  for (const [account, here] of groupBy(movers, ({ poller }) => poller.stream.account)) {
    const provider = here[0]!.poller.provider
    if (provider === null) continue
    const route = here[0]!.route
    const onAccount = (entity: string): ReadonlyArray<ObservedChange> =>
      [...index].filter(([key]) => key.startsWith(`${account} ${entity} `)).map(([, change]) => change)
    for (const [entity, pollers] of groupBy(here, ({ poller }) => poller.endpoint?.entity ?? "")) {
      if (entity === "") continue
      const observed = onAccount(entity)
      const calls = reconciliationCalls(
        provider,
        entity,
        new Set(observed.map((change) => change.entityId)).size,
        observed,
        settings.window,
        settings.reconcileSeconds
      )
      reconciliation += calls
      perSweep.set(account, (perSweep.get(account) ?? 0) + Math.ceil(calls / sweeps))
      charge(pollers, calls)
    }
    const withConversations = here.filter(wantsConversations)
    if (withConversations.length > 0) {
      const calls = hydrationCalls(onAccount("ticket"), settings.window, settings.reconcileSeconds)
      hydration += calls
      charge(withConversations, calls)
    }
    const watching = upkeepCalls(route, settings.window)
    upkeep += watching
    charge(here, watching)
  }
  return { reconciliation, hydration, upkeep, perSweep, share: ({ poller }) => shares.get(poller.id) ?? 0 }
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
      entities: entities.filter(
        (entity) =>
          provider?.endpoints.some((endpoint) => endpoint.entity === entity && endpoint.kind === "list") === true
      ),
      conversations: here.some(wantsConversations),
      uncoveredFields: [...new Set(here.flatMap(({ coverage }) => Object.keys(coverage?.uncoveredFields ?? {})))].sort()
    }
  })
