/** Which of a poller's changes a route, or several together, would push. Pure. */
import type { Coverage } from "../../domain/Poller.js"
import { emptyTable } from "../../domain/Table.js"
import { type Provider, plannedFor, pushOf, type Route } from "../../providers/index.js"
import type { ObservedChange } from "./ObservedChanges.js"

export interface ObservedCoverage {
  readonly routes: ReadonlyArray<Route>
  readonly coverage: Coverage
  /** Share pushed if no unknown change is; `null` where no change was observed. */
  readonly share: number | null
  /** Share pushed if all unknown changes are. */
  readonly shareAtMost: number | null
}

/** Coverage of these changes by the events that the routes have for these entity types. */
export const observedCoverage = (
  routes: ReadonlyArray<Route>,
  provider: Provider,
  entities: ReadonlyArray<string>,
  changes: ReadonlyArray<ObservedChange>
): ObservedCoverage => {
  const plan = plannedFor(provider, routes, entities)
  let pushed = 0
  let known = 0
  let stampOnly = 0
  let firstSeen = 0
  const fields = emptyTable<number>()
  for (const change of changes) {
    const push = pushOf(plan, change)
    if (change.changed === null) firstSeen += 1
    else if (push.kind === "unknown") stampOnly += 1
    else {
      known += 1
      if (push.kind === "pushed") pushed += 1
      else for (const field of push.fields) fields[field] = (fields[field] ?? 0) + 1
    }
  }
  // Entities seen for the first time are taken to change like the others, where any are known.
  const unknown = stampOnly + (known + stampOnly === 0 ? firstSeen : 0)
  const all = known + unknown
  const uncoveredFields = Object.fromEntries(Object.entries(fields).sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)))
  return {
    routes,
    coverage: { changes: known, pushed, uncoveredFields, ...(unknown === 0 ? {} : { unknown }) },
    share: all === 0 ? null : pushed / all,
    shareAtMost: all === 0 ? null : (pushed + unknown) / all
  }
}
