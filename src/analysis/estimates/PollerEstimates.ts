/** All estimates for one poller: freshness lags, clock skew, change rate, coverage by routes. Pure. */
import type { Recording } from "../../domain/Recording.js"
import { routes as allRoutes, type PlannedEvents, plannedFor } from "../../providers/index.js"
import { type DetectedPoller, entitiesOf } from "../detection/DetectedPoller.js"
import { type ChangeRate, changeRateOf, type RateUnknown } from "./ChangeRate.js"
import type { ClockSkew } from "./ClockSkew.js"
import { type FreshnessLags, freshnessLagsOf } from "./FreshnessLags.js"
import type { ChangeIndex, ObservedChange } from "./ObservedChanges.js"
import { type ObservedCoverage, observedCoverage } from "./ObservedCoverage.js"
import { type SeenVersion, versionsSeenBy } from "./SeenVersions.js"

export interface PollerEstimates {
  readonly poller: DetectedPoller
  readonly versions: ReadonlyArray<SeenVersion>
  /** The changes behind them, as far as they have stamps. */
  readonly changed: ReadonlyArray<ObservedChange>
  readonly lags: FreshnessLags
  /** Provider's clock less the program's. */
  readonly skewMs: number
  /** Whether any response had a `Date`. */
  readonly skewKnown: boolean
  /** Of the entity type that the poller lists. */
  readonly changeRate: ChangeRate | RateUnknown
  /** By the configured routes together, then by each other way to choose a single one. */
  readonly coverage: ReadonlyArray<ObservedCoverage>
  /** By each route of the product alone. */
  readonly singles: ReadonlyArray<ObservedCoverage>
  /** The events of its account, by route. */
  readonly planned: PlannedEvents | null
  /** The bodies of all but a few sweeps could be read. */
  readonly yieldKnown: boolean
}

export const estimatePoller = (
  poller: DetectedPoller,
  recording: Recording,
  changes: ChangeIndex,
  skews: ReadonlyArray<ClockSkew>,
  planned: PlannedEvents | null
): PollerEstimates => {
  const { provider, stream } = poller
  const versions = versionsSeenBy(poller)
  const skew = skews.find((one) => one.account === stream.account && one.integration === stream.integration)
  const skewMs = skew?.skewMs ?? 0
  const own = poller.endpoint?.entity ?? null
  const yieldKnown = hasYield(poller)
  const changed = provider === null ? [] : changesOf(stream.account, versions, recording, changes)
  return {
    poller,
    versions,
    lags: freshnessLagsOf(versions, skewMs),
    skewMs,
    skewKnown: skew !== undefined,
    changeRate: yieldKnown
      ? own === null
        ? { unknown: "its endpoint is in no provider's catalogue" }
        : changeRateOf(poller, versions, recording.names.indexOf(own), skewMs)
      : { unknown: "the recording lacks response bodies" },
    changed,
    ...coverageOf(poller, planned, changed),
    planned,
    yieldKnown
  }
}

const coverageOf = (
  poller: DetectedPoller,
  planned: PlannedEvents | null,
  changed: ReadonlyArray<ObservedChange>
): Pick<PollerEstimates, "coverage" | "singles"> => {
  if (planned === null) return { coverage: [], singles: [] }
  const { provider } = planned
  const singles = allRoutes
    .filter((route) => provider.routes[route] !== undefined)
    .map((route) => observedCoverage(plannedFor(provider, [route], entitiesOf(poller)), changed))
  return { singles, coverage: [observedCoverage(planned, changed), ...others(singles, planned)] }
}

/** Each route of the product by itself, but the one that is planned alone. */
const others = (singles: ReadonlyArray<ObservedCoverage>, { routes }: PlannedEvents): ReadonlyArray<ObservedCoverage> =>
  singles.filter((single) => !(routes.length === 1 && routes[0] === single.routes[0]))

/** The same poller by other events. */
export const coveredBy = (one: PollerEstimates, planned: PlannedEvents): PollerEstimates =>
  one.poller.provider === null
    ? one
    : { ...one, planned, coverage: [observedCoverage(planned, one.changed), ...others(one.singles, planned)] }

/** Share of unreadable bodies (too large, cut off, not JSON) that leaves the figures of the others standing. */
const mostUnread = 0.05

const hasYield = ({ sweeps }: DetectedPoller): boolean => {
  const unread = sweeps.filter((sweep) => sweep.yield === null).length
  return unread <= Math.max(1, sweeps.length * mostUnread) && unread * 4 <= sweeps.length
}

/** The changes behind the versions that a poller brought, as far as they have stamps. */
const changesOf = (
  account: string,
  versions: ReadonlyArray<SeenVersion>,
  { names }: Recording,
  index: ChangeIndex
): ReadonlyArray<ObservedChange> => {
  const found: Array<ObservedChange> = []
  for (const { entity, entityId, updatedAt } of versions) {
    const change = updatedAt === null ? undefined : index.change(account, names[entity]!, entityId, updatedAt)
    if (change !== undefined) found.push(change)
  }
  return found
}
