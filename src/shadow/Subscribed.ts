/** Which events a source has, and whether one of them tells of an entity type. Pure. */
import { entityOf } from "../domain/Event.js"
import { type PlannedEvents, plannedFor, planOf } from "../providers/index.js"
import type { LiveEvidence } from "../store/index.js"
import type { ShadowedAccount } from "./Settings.js"

export interface Subscribed extends PlannedEvents {
  /** Subscribed to by hookshift: no other event comes. */
  readonly known: boolean
}

/** The events that a source has: those that were subscribed to, or all of its route where none were by hookshift. */
export const subscribedOf = ({ provider, route, source }: ShadowedAccount, evidence: LiveEvidence): Subscribed => {
  const subscribed = evidence.subscribed.get(source)
  const { events } =
    subscribed === undefined
      ? plannedFor(provider, route, Object.keys(provider.entities))
      : planOf(provider, route, subscribed)
  const watches = new Map(
    [...events].flatMap((event) => {
      const fields = evidence.watches.get(`${source} ${event}`)
      return fields === undefined ? [] : [[event, fields] as const]
    })
  )
  return { ...planOf(provider, route, events, watches), known: subscribed !== undefined }
}

/** Whether something was subscribed to that tells of this type, by itself or by a dependant that moves its stamp. */
export const toldOf = (
  { events, known, provider }: Subscribed,
  entity: string
): "subscribed" | "nothing" | "unknown" => {
  if (!known) return "unknown"
  const tells = (event: string) => {
    const of = entityOf(event)
    return of === entity || provider.entities[of]?.touches?.entity === entity
  }
  return [...events].some(tells) ? "subscribed" : "nothing"
}
