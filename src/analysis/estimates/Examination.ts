/** All that is estimated of one poller, whatever becomes of it. Pure. */
import type { Recording } from "../../domain/Recording.js"
import { emptyTable } from "../../domain/Table.js"
import { type Provider, plannedFor, pushOf, type Route, routes } from "../../providers/index.js"
import type { DetectedPoller } from "../detection/Detection.js"
import { type AnalysisSettings, type Examined, entitiesOf, routeOf, type SeenCoverage } from "../Settings.js"
import { changeRateOf } from "./ChangeRate.js"
import type { ChangeIndex, ObservedChange } from "./Changes.js"
import type { ClockSkew } from "./ClockSkew.js"
import { lagsOf } from "./Lags.js"
import { type SeenVersion, versionsSeenBy } from "./SeenVersions.js"

export const examine = (
  poller: DetectedPoller,
  recording: Recording,
  changes: ChangeIndex,
  skews: ReadonlyArray<ClockSkew>,
  settings: AnalysisSettings
): Examined => {
  const { provider, stream } = poller
  const versions = versionsSeenBy(poller)
  const skew = skews.find((one) => one.account === stream.account && one.integration === stream.integration)
  const skewMs = skew?.skewMs ?? 0
  const route = routeOf(settings, stream.account, provider)
  const own = poller.endpoint?.entity ?? null
  const unread = poller.sweeps.filter((sweep) => sweep.yield === null).length
  const yieldKnown = unread <= Math.max(1, poller.sweeps.length * mostUnread) && unread * 4 <= poller.sweeps.length
  const changed = provider === null ? [] : changesOf(stream.account, versions, recording, changes)
  return {
    poller,
    versions,
    lags: lagsOf(versions, skewMs),
    skewMs,
    skewKnown: skew !== undefined,
    changeRate: yieldKnown
      ? own === null
        ? { unknown: "its endpoint is in no provider's catalogue" }
        : changeRateOf(poller, versions, recording.names.indexOf(own), skewMs)
      : { unknown: "the recording lacks response bodies" },
    coverage:
      provider === null
        ? []
        : [route, ...routes.filter((other) => other !== route && provider.routes[other] !== undefined)].map((one) =>
            coverageBy(one, provider, entitiesOf(poller), changed)
          ),
    route,
    yieldKnown
  }
}

/** A body now and then is too large, cut off or no JSON: so few leave the others' figures standing. */
const mostUnread = 0.05

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

/** Which of the changes the events planned for a poller push by a route, and which fields the others had. */
const coverageBy = (
  route: Route,
  provider: Provider,
  entities: ReadonlyArray<string>,
  changes: ReadonlyArray<ObservedChange>
): SeenCoverage => {
  const plan = plannedFor(provider, route, entities)
  let pushed = 0
  let known = 0
  let moved = 0
  let firstSeen = 0
  const fields = emptyTable<number>()
  for (const change of changes) {
    const push = pushOf(plan, change)
    if (change.changed === null) firstSeen += 1
    else if (push.kind === "unknown") moved += 1
    else {
      known += 1
      if (push.kind === "pushed") pushed += 1
      else for (const field of push.fields) fields[field] = (fields[field] ?? 0) + 1
    }
  }
  // Entities that were seen for the first time change like the others, where any others are known.
  const unknown = moved + (known + moved === 0 ? firstSeen : 0)
  const all = known + unknown
  const uncoveredFields = Object.fromEntries(Object.entries(fields).sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)))
  return {
    route,
    coverage: { changes: known, pushed, uncoveredFields, ...(unknown === 0 ? {} : { unknown }) },
    share: all === 0 ? null : pushed / all,
    shareAtMost: all === 0 ? null : (pushed + unknown) / all
  }
}
