/** Whether a route may push as much as there is to push: what exceeds its allowance arrives late, or never. Pure. */
import { groupBy } from "../../domain/Grouping.js"
import type { Finding } from "../../domain/Poller.js"
import { type Provider, periodMs, type Route } from "../../providers/index.js"
import { type ChangeIndex, type ObservedChange, pushOf } from "../estimates/Changes.js"
import { type AnalysisSettings, type Examined, entitiesOf } from "../Settings.js"

const allowanceFinding = (
  account: string,
  provider: Provider,
  route: Route,
  changes: ReadonlyArray<ObservedChange>,
  from: number
): Finding | null => {
  const allowance = provider.allowances[route]
  if (allowance === undefined) return null
  const period = periodMs[allowance.period]
  const counts = new Map<number, number>()
  for (const change of changes) {
    if (change.updatedAt < from || pushOf(provider, route, change)?.pushed !== true) continue
    const window = Math.floor(change.updatedAt / period)
    counts.set(window, (counts.get(window) ?? 0) + 1)
  }
  const over = [...counts].filter(([, count]) => count > allowance.requests)
  if (over.length === 0) return null
  const most = Math.max(...over.map(([, count]) => count))
  return {
    rule: "push-allowance-exceeded",
    severity: "warning",
    pollerId: null,
    message: `${account} would push ${most} events in its busiest ${allowance.period}, and the ${route} route may push ${allowance.requests} (${over.length} such ${allowance.period}${over.length === 1 ? "" : "s"}): the rest waits, or is dropped when it waits too long`,
    consequence: { calls: over.reduce((sum, [, count]) => sum + count - allowance.requests, 0), seconds: null },
    fix:
      route === "app"
        ? "ask the vendor for a higher limit for the app, or leave the busiest entity to reconciliation"
        : "narrow the conditions so that fewer changes fire, or use the app route",
    evidence: []
  }
}

/** The same for every account that something would move on. */
export const allowanceFindings = (
  movers: ReadonlyArray<Examined>,
  index: ChangeIndex,
  settings: AnalysisSettings
): ReadonlyArray<Finding> =>
  [...groupBy(movers, ({ poller }) => poller.stream.account)].flatMap(([account, here]) => {
    const { poller, route } = here[0]!
    if (poller.provider === null) return []
    const entities = [...new Set(here.flatMap((one) => entitiesOf(one.poller)))]
    const changes = entities.flatMap((entity) => index.observed(account, entity).changes)
    const finding = allowanceFinding(account, poller.provider, route, changes, settings.window.from)
    return finding === null ? [] : [finding]
  })
