/** All that is estimated of one poller, whatever becomes of it. Pure. */
import type { Coverage } from "../../domain/Poller.js"
import type { Recording } from "../../domain/Recording.js"
import { type Provider, type Route, routes } from "../../providers/index.js"
import type { DetectedPoller } from "../detection/Detection.js"
import { type AnalysisSettings, type Examined, routeOf } from "../Settings.js"
import { changeRateOf } from "./ChangeRate.js"
import { type ChangeIndex, type ObservedChange, pushOf } from "./Changes.js"
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
            coverageBy(one, provider, changed)
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

/** Which of the changes a route pushes, and which fields the others had. */
const coverageBy = (
  route: Route,
  provider: Provider,
  changes: ReadonlyArray<ObservedChange>
): { readonly route: Route; readonly coverage: Coverage; readonly share: number | null } => {
  let pushed = 0
  let known = 0
  const fields: Record<string, number> = {}
  for (const change of changes) {
    const push = pushOf(provider, route, change)
    if (push === null) continue
    known += 1
    if (push.pushed) pushed += 1
    else for (const field of push.fields) fields[field] = (fields[field] ?? 0) + 1
  }
  const uncoveredFields = Object.fromEntries(Object.entries(fields).sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)))
  return {
    route,
    coverage: { changes: known, pushed, uncoveredFields },
    share: known === 0 ? null : pushed / known
  }
}
