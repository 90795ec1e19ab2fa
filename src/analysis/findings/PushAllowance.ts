/** Rule on push allowances: more events than a route may push arrive late, or are dropped. */
import { groupBy } from "../../domain/Grouping.js"
import type { RateLimitUse } from "../../domain/Report.js"
import {
  isShared,
  onlyBy,
  type PlannedEvents,
  periodMs,
  pushOf,
  type Route,
  restrictTo
} from "../../providers/index.js"
import type { DetectedPoller } from "../detection/DetectedPoller.js"
import { callsInTime, entitiesOf } from "../detection/DetectedPoller.js"
import type { ObservedChange } from "../estimates/ObservedChanges.js"
import { evidenceOf, type Rule, type RuleFinding } from "./Rule.js"

const exceeded = (
  account: string,
  plan: PlannedEvents,
  route: Route,
  changes: ReadonlyArray<ObservedChange>,
  from: number,
  pollers: ReadonlyArray<DetectedPoller>
): ReadonlyArray<RuleFinding> => {
  const allowance = plan.provider.allowances[route]
  if (allowance === undefined || isShared(allowance)) return []
  const period = periodMs[allowance.period]
  const counts = new Map<number, number>()
  for (const change of changes) {
    if (change.updatedAt < from || pushOf(plan, change).kind !== "pushed") continue
    const window = Math.floor(change.updatedAt / period)
    counts.set(window, (counts.get(window) ?? 0) + 1)
  }
  const over = [...counts].filter(([, count]) => count > allowance.requests)
  if (over.length === 0) return []
  const [busiest, most] = over.reduce((a, b) => (b[1] > a[1] ? b : a))
  return [
    {
      pollerId: null,
      about: [account, route],
      message: `${account} would push ${most} events in its busiest ${allowance.period}, and the ${route} route may push ${allowance.requests} (${over.length} such ${allowance.period}${over.length === 1 ? "" : "s"}): the rest waits, or is dropped when it waits too long`,
      consequence: { calls: over.reduce((sum, [, count]) => sum + count - allowance.requests, 0), seconds: null },
      fix:
        route === "app"
          ? "ask the vendor for a higher limit for the app, or leave the busiest entity to reconciliation"
          : "narrow the conditions so that fewer changes fire, or use the app route",
      evidence: nextCalls(pollers, busiest * period)
    }
  ]
}

/** The next calls after the busiest period: they brought its changes. */
const nextCalls = (pollers: ReadonlyArray<DetectedPoller>, from: number): RuleFinding["evidence"] =>
  evidenceOf(
    pollers.flatMap((poller) => {
      for (const call of callsInTime(poller)) if (call.recording.calls.startedAt[call.row]! >= from) return [call]
      return []
    })
  )

/** Pushes that count as calls, in an account whose limit they and the calls that stay exceed. */
const exceededTogether = (
  { account, limitPerHour, limitPerMinute, minutes, peakPerHourAfter, peakPerMinuteAfter, pushes = 0 }: RateLimitUse,
  route: Route,
  pollers: ReadonlyArray<DetectedPoller>
): ReadonlyArray<RuleFinding> => {
  const [limit, most, period] =
    limitPerHour === null ? [limitPerMinute, peakPerMinuteAfter, "minute"] : [limitPerHour, peakPerHourAfter, "hour"]
  if (pushes === 0 || limit === null || most === null || most <= limit) return []
  const busiest = Math.max(0, minutes.after.indexOf(peakPerMinuteAfter)) * minutes.stepMinutes * 60_000
  return [
    {
      pollerId: null,
      about: [account, route],
      message: `${account} would use ${most} calls in its busiest ${period}, deliveries of the ${route} route included, which count against its limit of ${limit}: deliveries beyond it wait for the next hour, and are dropped after 24 h`,
      consequence: { calls: most - limit, seconds: null },
      fix: "use the app route, whose deliveries do not count, narrow the rule's conditions so that fewer changes fire, or leave the busiest entity to reconciliation",
      evidence: nextCalls(pollers, Date.parse(minutes.from) + busiest)
    }
  ]
}

export const pushAllowanceExceeded: Rule = {
  id: "push-allowance-exceeded",
  severity: "warning",
  title: "More events than the route may push",
  find: ({ changes, migrating, rateLimits, settings }) =>
    [...groupBy(migrating, ({ poller }) => poller.stream.account)].flatMap(([account, here]) => {
      const { planned } = here[0]!
      if (planned === null) return []
      const entities = [...new Set(here.flatMap((one) => entitiesOf(one.poller)))]
      const observed = entities.flatMap((entity) => changes.observed(account, entity).changes)
      const { provider, routes } = planned
      const pollers = here.map(({ poller: one }) => one)
      const use = rateLimits.find((one) => one.account === account)
      // Each route's deliveries count by themselves, or with the account's calls.
      return routes.flatMap((route) =>
        isShared(provider.allowances[route])
          ? use === undefined
            ? []
            : exceededTogether(use, route, pollers)
          : exceeded(
              account,
              restrictTo(onlyBy(planned, route), entities),
              route,
              observed,
              settings.window.from,
              pollers
            )
      )
    })
}
