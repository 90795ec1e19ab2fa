/** Whether pushes tell of a type's changes: without them an answer would be as old as the last sweep. Pure. */
import { entityOf } from "../../domain/Event.js"
import type { EpochMillis } from "../../domain/Time.js"
import {
  dependantsThatTouch,
  eventOnDependant,
  type PlannedEvents,
  type Provider,
  planByRoute,
  pushOf,
  routes
} from "../../providers/index.js"
import type { PushSigns } from "../../receiver/index.js"

/** A type whose subscription is not known counts as pushed for so long after its last delivery. */
const latelyMs = 7 * 86_400_000

/** Deliveries of a subscription that was taken away may be tried again for so long [assumed]. */
const repeatedWithinMs = 86_400_000

export interface TypePushes {
  /** Why no push tells of its updates; `null` where they are pushed, or no route could push them. */
  readonly untold: NotPushed | null
  /** Whether the coming of a dependant that moves its stamp is pushed, or no route could push it. */
  readonly dependants: boolean
}

/** Why no push tells of a type's updates: not subscribed, found switched off or gone, or none has come yet. */
export type NotPushed = "unsubscribed" | "off" | "waiting"

type Subscribed = PushSigns["subscribed"]

const comesLately = ({ types }: PushSigns, source: string, entity: string, after: EpochMillis): boolean =>
  types.some((one) => one.source === source && one.entity === entity && one.lastAt >= after)

/** Whether deliveries tell that somebody else has subscribed: after those that hookshift took away. */
const isSubscribedElsewhere = (signs: PushSigns, source: string, entity: string, now: EpochMillis): boolean => {
  const removedAt = signs.unsubscribed.find((one) => one.source === source)?.at ?? Number.NEGATIVE_INFINITY
  return comesLately(signs, source, entity, Math.max(now - latelyMs, removedAt + repeatedWithinMs))
}

/** The subscriptions of a source by which pushes come; `null` where none is known. */
export const deliveringOf = (signs: PushSigns, source: string, now: EpochMillis): Subscribed | null => {
  const own = signs.subscribed.filter((one) => one.source === source)
  // An app is installed with all of its events at once: one that has delivered shows that it is there.
  const installed = own.some(({ active, route }) => active && route === "app")
  const delivers = ({ active, event, route }: Subscribed[number]): boolean =>
    active || (installed && route === "app") || comesLately(signs, source, entityOf(event), now - latelyMs)
  return own.length === 0 ? null : own.filter((one) => !one.off && delivers(one))
}

/** Which changes these subscriptions push. */
export const planOfSubscribed = (provider: Provider, subscribed: Subscribed): PlannedEvents =>
  planByRoute(
    provider,
    new Map(
      routes.flatMap((route) => {
        const events = subscribed.flatMap((one) => (one.route === route ? [one.event] : []))
        return events.length === 0 ? [] : [[route, events] as const]
      })
    ),
    new Map(subscribed.flatMap(({ event, route, watches }) => (route === "app" ? [] : [[event, watches] as const])))
  )

const updatesBy = (provider: Provider, entity: string, { event, route }: Subscribed[number]): boolean =>
  routes.some((one) => one === route && event === (provider.routes[one]?.[entity]?.update ?? null))

const whyNotPushed = ({ subscribed }: PushSigns, source: string, provider: Provider, entity: string): NotPushed => {
  const own = subscribed.filter((one) => one.source === source && updatesBy(provider, entity, one))
  return own.length === 0 ? "unsubscribed" : own.every(({ off }) => off) ? "off" : "waiting"
}

/** Where no subscription of the source is known, deliveries tell: somebody else may have subscribed. */
export const pushesOf = (
  signs: PushSigns,
  source: string,
  provider: Provider,
  entity: string,
  now: EpochMillis
): TypePushes => {
  if (routes.every((route) => (provider.routes[route]?.[entity]?.update ?? null) === null))
    return { untold: null, dependants: true }
  const delivering = deliveringOf(signs, source, now)
  if (delivering === null)
    return { untold: isSubscribedElsewhere(signs, source, entity, now) ? null : "unsubscribed", dependants: true }
  const plan = planOfSubscribed(
    provider,
    signs.subscribed.filter((one) => one.source === source && !one.off)
  )
  const touching = dependantsThatTouch(provider, entity).filter((name) =>
    routes.some((route) => eventOnDependant(provider, route, entity, name) !== null)
  )
  return {
    untold: delivering.some((one) => updatesBy(provider, entity, one))
      ? null
      : whyNotPushed(signs, source, provider, entity),
    dependants: touching.length === 0 || pushOf(plan, { action: "update", entity, changed: [] }).kind === "pushed"
  }
}
