/** Whether pushes tell of a type's changes: without them an answer would be as old as the last sweep. Pure. */
import type { EpochMillis } from "../../domain/Time.js"
import {
  dependantsThatTouch,
  eventOnDependant,
  type Provider,
  planByRoute,
  pushOf,
  routes
} from "../../providers/index.js"
import type { PushSigns } from "../../receiver/index.js"

/** A type whose subscription is not known counts as pushed for so long after its last delivery. */
const latelyMs = 7 * 86_400_000

export interface TypePushes {
  /** Whether updates of it are pushed, or no route could push them. */
  readonly updates: boolean
  /** Whether the coming of a dependant that moves its stamp is pushed, or no route could push it. */
  readonly dependants: boolean
}

/** Where no subscription of the source is known, deliveries tell: somebody else may have subscribed. */
export const pushesOf = (
  { subscribed, types }: PushSigns,
  source: string,
  provider: Provider,
  entity: string,
  now: EpochMillis
): TypePushes => {
  const isPushed = types.some((one) => one.source === source && one.entity === entity && now - one.lastAt <= latelyMs)
  const own = subscribed.filter((one) => one.source === source)
  const updateBy = (route: (typeof routes)[number]) => provider.routes[route]?.[entity]?.update ?? null
  if (routes.every((route) => updateBy(route) === null)) return { updates: true, dependants: true }
  if (own.length === 0) return { updates: isPushed, dependants: true }
  const plan = planByRoute(
    provider,
    new Map(
      routes.flatMap((route) => {
        const events = own.flatMap((one) => (one.route === route ? [one.event] : []))
        return events.length === 0 ? [] : [[route, events] as const]
      })
    ),
    new Map(own.flatMap(({ event, route, watches }) => (route === "app" ? [] : [[event, watches] as const])))
  )
  const touching = dependantsThatTouch(provider, entity).filter((name) =>
    routes.some((route) => eventOnDependant(provider, route, entity, name) !== null)
  )
  // An app is installed with all of its events at once: one that has delivered shows that it is there.
  const installed = own.some(({ active, route }) => active && route === "app")
  return {
    updates: own.some(({ active, event, route }) => {
      const delivers = active || isPushed || (installed && route === "app")
      return delivers && routes.some((one) => one === route && event === updateBy(one))
    }),
    dependants: touching.length === 0 || pushOf(plan, { action: "update", entity, changed: [] }).kind === "pushed"
  }
}
