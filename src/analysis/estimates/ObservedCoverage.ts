/** Which of a poller's changes a route, or several together, would push. Pure. */

import { getOrMake, mostFirst } from "../../domain/Grouping.js"
import type { Coverage } from "../../domain/Poller.js"
import { roundTo } from "../../domain/Quantiles.js"
import { emptyTable } from "../../domain/Table.js"
import { type PlannedEvents, type Push, pushOf, type Route } from "../../providers/index.js"
import type { ObservedChange } from "./ObservedChanges.js"

export interface ObservedCoverage {
  readonly routes: ReadonlyArray<Route>
  readonly coverage: Coverage
  /** Share pushed if no unknown change is; `null` where no change was observed. */
  readonly share: number | null
  /** Share pushed if all unknown changes are. */
  readonly shareAtMost: number | null
  /**
   * By entity type: changes, unknown ones included, and those surely pushed. Changes of which the version before is not
   * known count as pushed by the share that the known ones suggest.
   */
  readonly byEntity: ReadonlyMap<string, EntityCoverage>
}

export interface EntityCoverage {
  changes: number
  pushed: number
}

/** `pushOf` of a plan. A recording's changes share their lists of fields: each list is judged once. */
export const pushTable = (plan: PlannedEvents): ((change: ObservedChange) => Push) => {
  const known = new Map<string, Map<ReadonlyArray<string> | null, Push>>()
  return (change) => {
    const { action, changed, entity } = change
    if (action !== "update") return pushOf(plan, change)
    const pushes = getOrMake(known, entity, () => new Map<ReadonlyArray<string> | null, Push>())
    return getOrMake(pushes, changed, () => pushOf(plan, change))
  }
}

/** Whether an event fires for each update of the type, whichever fields it changes. */
const pushesAll = ({ eventsBy, provider, routes, watches }: PlannedEvents, entity: string): boolean =>
  routes.some((route) => {
    const { update = null, updateFields } = provider.routes[route]?.[entity] ?? {}
    if (update === null || updateFields !== "all" || eventsBy.get(route)?.has(update) !== true) return false
    return route === "app" || (watches.get(update) ?? []).length === 0
  })

/** Share of the changes that has to count as not pushed, and how many at least: fewer move no p95 to speak of. */
const toldShare = 0.02
const toldChanges = 0.5

const isTold = ({ changes, pushed }: EntityCoverage, others: number): boolean =>
  changes - pushed >= Math.max(toldChanges, toldShare * (changes + others))

/** Coverage of these changes by the events of a plan. */
export const observedCoverage = (plan: PlannedEvents, changes: ReadonlyArray<ObservedChange>): ObservedCoverage => {
  let pushed = 0
  let known = 0
  let stampOnly = 0
  let firstSeen = 0
  const fields = emptyTable<number>()
  const byEntity = new Map<string, EntityCoverage>()
  const firstOf = new Map<string, number>()
  const pushFor = pushTable(plan)
  for (const change of changes) {
    const push = pushFor(change)
    if (change.changed === null) {
      firstSeen += 1
      firstOf.set(change.entity, (firstOf.get(change.entity) ?? 0) + 1)
      continue
    }
    const own = getOrMake(byEntity, change.entity, (): EntityCoverage => ({ changes: 0, pushed: 0 }))
    own.changes += 1
    if (push.kind === "unknown") stampOnly += 1
    else {
      known += 1
      if (push.kind === "pushed") {
        pushed += 1
        own.pushed += 1
      } else for (const field of push.fields) fields[field] = (fields[field] ?? 0) + 1
    }
  }
  // Entities seen for the first time are taken to change like the others, where any are known.
  const onlyFirst = known + stampOnly === 0
  const once = { changes: 0, pushed: 0 }
  const unknown = stampOnly + (onlyFirst ? firstSeen : 0)
  if (onlyFirst) for (const [entity, count] of firstOf) byEntity.set(entity, { changes: count, pushed: 0 })
  if (!onlyFirst)
    for (const [entity, count] of firstOf) {
      const own = byEntity.get(entity)
      if (own === undefined) continue
      // The mean over all shares, had each been as likely: a few known changes say little (rule of succession).
      const share = pushesAll(plan, entity) ? 1 : (own.pushed + 1) / (own.changes + 2)
      own.pushed += count * share
      own.changes += count
      once.changes += count
      once.pushed += count * share
    }
  const all = known + unknown
  const uncoveredFields = Object.fromEntries(mostFirst(Object.entries(fields)))
  return {
    routes: plan.routes,
    coverage: {
      changes: known,
      pushed,
      uncoveredFields,
      ...(unknown === 0 ? {} : { unknown }),
      ...(isTold(once, known + unknown) ? { seenOnce: { changes: once.changes, pushed: roundTo(once.pushed, 1) } } : {})
    },
    share: all === 0 ? null : pushed / all,
    shareAtMost: all === 0 ? null : (pushed + unknown) / all,
    byEntity
  }
}
