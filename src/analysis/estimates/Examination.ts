/** All that is estimated of one poller, whatever becomes of it. Pure. */
import type { Coverage } from "../../domain/Poller.js"
import type { Recording } from "../../domain/Recording.js"
import { type Provider, type Route, routes } from "../../providers/index.js"
import type { DetectedPoller } from "../detection/Detection.js"
import { type AnalysisSettings, type Examined, routeOf } from "../Settings.js"
import { changeRateOf } from "./ChangeRate.js"
import { type ChangeIndex, pushOf } from "./Changes.js"
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
  const skewMs =
    skews.find((one) => one.account === stream.account && one.integration === stream.integration)?.skewMs ?? 0
  const route = routeOf(settings, stream.account, provider)
  const own = poller.endpoint?.entity ?? null
  const entity = own === null ? -1 : recording.names.indexOf(own)
  const yieldKnown = poller.sweeps.every((sweep) => sweep.yield !== null)
  return {
    poller,
    versions,
    lags: lagsOf(versions, skewMs),
    skewMs,
    changeRate: yieldKnown && entity >= 0 ? changeRateOf(poller, versions, entity, skewMs) : null,
    coverage:
      provider === null
        ? []
        : [route, ...routes.filter((other) => other !== route && provider.routes[other] !== undefined)].map((one) =>
            coverageBy(one, provider, poller, versions, recording, changes)
          ),
    route,
    yieldKnown
  }
}

/** Which of the observed changes a route pushes, and which fields the others had. */
const coverageBy = (
  route: Route,
  provider: Provider,
  { stream }: DetectedPoller,
  versions: ReadonlyArray<SeenVersion>,
  { names }: Recording,
  index: ChangeIndex
): { readonly route: Route; readonly coverage: Coverage; readonly share: number | null } => {
  let pushed = 0
  let known = 0
  const fields: Record<string, number> = {}
  for (const { entity, entityId, updatedAt } of versions) {
    if (updatedAt === null) continue
    const change = index.change(stream.account, names[entity]!, entityId, updatedAt)
    const push = change === undefined ? null : pushOf(provider, route, change)
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
