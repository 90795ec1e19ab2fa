/**
 * What remains to be called once webhooks carry the changes, part by part (DESIGN: `callsAfter` is never "calls minus
 * polls"), and how fresh the data will be. Pure; every assumption has its name and source here.
 */
import type { Spread } from "../domain/Quantiles.js"
import { spread } from "../domain/Quantiles.js"
import type { EpochMillis } from "../domain/Time.js"
import type { Provider, Route } from "../providers/index.js"
import type { ObservedChange } from "./Changes.js"

export interface ForecastWindow {
  readonly from: EpochMillis
  readonly to: EpochMillis
}

/** Each sweep reads this much of the time before it again (receiver/Reconciliation.ts). */
const overlapMs = 120_000

/** From a change to its delivery, where the route pushes it: most take two seconds, some many [assumed]. */
const pushLatencySeconds = { floor: 0.7, meanTail: 1.8, longest: 30 }

/** Calls of the reconciliation sweeps for one entity type over the window. */
export const reconciliationCalls = (
  provider: Provider,
  entity: string,
  entities: number,
  changes: ReadonlyArray<ObservedChange>,
  window: ForecastWindow,
  everySeconds: number
): number => {
  const list = provider.endpoints.find((endpoint) => endpoint.entity === entity && endpoint.kind === "list")
  const wholeList = Math.max(1, Math.ceil(entities / provider.maxPerPage))
  const everyMs = everySeconds * 1000
  const sweeps = Math.max(1, Math.ceil((window.to - window.from) / everyMs))
  if (list?.timeFilter === undefined) return sweeps * wholeList
  let calls = wholeList // the first sweep fills the state
  for (let sweep = 1; sweep < sweeps; sweep++) {
    const at = window.from + sweep * everyMs
    const changed = new Set<string>()
    for (const change of changes) {
      if (change.updatedAt >= at - everyMs - overlapMs && change.updatedAt < at) changed.add(change.entityId)
    }
    calls += Math.max(1, Math.ceil(changed.size / provider.maxPerPage))
    if (entity === "ticket") calls += 2 // what is spam and what was deleted are in lists of their own
  }
  return calls
}

/**
 * GETs that fetch what deliveries lack: each sweep reads the conversations of every ticket that changed since the one
 * before, since a lost reply can hide behind a later change (receiver/Reconciliation.ts).
 */
export const hydrationCalls = (
  tickets: ReadonlyArray<ObservedChange>,
  window: ForecastWindow,
  everySeconds: number
): number => {
  const everyMs = everySeconds * 1000
  const lastSweep = window.from + (Math.max(1, Math.ceil((window.to - window.from) / everyMs)) - 1) * everyMs
  const read = new Set<string>()
  for (const { entityId, updatedAt } of tickets) {
    if (updatedAt >= window.from - everyMs && updatedAt < lastSweep)
      read.add(`${entityId} ${Math.floor((updatedAt - window.from) / everyMs)}`)
  }
  return read.size
}

/** Looking after the subscriptions: a look at the rules once a day; the app route has no API to ask. */
export const upkeepCalls = (route: Route, window: ForecastWindow): number =>
  route === "rule" ? 2 * Math.max(1, Math.ceil((window.to - window.from) / 86_400_000)) : 0

/** A share of the changes arrives by push, the rest waits for the next sweep, evenly over its interval. */
export const forecastFreshness = (pushedShare: number, everySeconds: number): Spread | null => {
  const points = 1_000
  const pushed = Math.round(pushedShare * points)
  const lags: Array<number> = []
  for (let n = 0; n < pushed; n++) {
    const tail = -Math.log(1 - (n + 0.5) / pushed) * pushLatencySeconds.meanTail
    lags.push(Math.min(pushLatencySeconds.longest, pushLatencySeconds.floor + tail))
  }
  const waiting = points - pushed
  for (let n = 0; n < waiting; n++) lags.push(((n + 0.5) / waiting) * everySeconds)
  const made = spread(lags)
  return made === null ? null : { ...made, max: waiting > 0 ? everySeconds : pushLatencySeconds.longest }
}

/** Whole numbers that add up to `total`, as even as they can be. */
export const splitEvenly = (total: number, parts: number): ReadonlyArray<number> =>
  Array.from(
    { length: parts },
    (_, index) => Math.floor((total * (index + 1)) / parts) - Math.floor((total * index) / parts)
  )
