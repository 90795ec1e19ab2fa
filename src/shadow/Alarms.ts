/** Regressions after a cut-over, or while both paths run: pushes that stopped, and pushes that went missing. Pure. */
import { type Action, actionOf } from "../domain/Event.js"
import { getOrMake } from "../domain/Grouping.js"
import type { EpochMillis } from "../domain/Time.js"
import { silenceOf } from "../policy/index.js"
import { ownPushOf, type PlannedEvents } from "../providers/index.js"
import type { ArrivedVersion } from "../store/index.js"
import type { Arrivals } from "./Arrivals.js"
import type { ShadowSettings } from "./Settings.js"

export interface Alarm {
  readonly source: string
  readonly entity: string
  readonly reason:
    | {
        readonly kind: "missed"
        /** Stamp of the newest change that a push brought. */
        readonly lastPushed: EpochMillis
        readonly changes: number
      }
    | { readonly kind: "silent"; readonly silentMs: number; readonly expected: number }
}

/** Covered changes in a row that came by reconciliation alone: too many for chance. */
const inARow = 3

/** Whether an event of its own covers a change that reconciliation brought. */
export const isCovered = (plan: PlannedEvents, { changed, entity, event }: ArrivedVersion): boolean =>
  ownPushOf(plan, { entity, action: actionOf(event) as Action, changed }) !== null

/** By source and entity type. A type without any push so far raises no alarm. */
export const alarmsOf = (
  settings: ShadowSettings,
  arrivals: ReadonlyMap<string, Arrivals>,
  plans: ReadonlyMap<string, PlannedEvents>
): ReadonlyArray<Alarm> => {
  const alarms: Array<Alarm> = []
  for (const { source } of settings.accounts.values()) {
    const byEntity = new Map<string, Array<ArrivedVersion>>()
    for (const one of arrivals.get(source)?.all ?? []) getOrMake(byEntity, one.entity, () => []).push(one)
    for (const [entity, arrived] of byEntity) {
      const reason = alarmReason(arrived, plans.get(source)!, settings)
      if (reason !== null) alarms.push({ source, entity, reason })
    }
  }
  return alarms
}

const alarmReason = (
  arrived: ReadonlyArray<ArrivedVersion>,
  plan: PlannedEvents,
  { now, settleMs }: ShadowSettings
): Alarm["reason"] | null => {
  const pushes = arrived.filter(({ origin }) => origin === "webhook")
  if (pushes.length === 0) return null
  const lastPushed = pushes.reduce((latest, { updatedAt }) => Math.max(latest, updatedAt), 0)
  // Covered changes since then that came by reconciliation alone, after their pushes had time to arrive.
  const missed = arrived.filter(
    (one) =>
      one.origin === "reconciliation" &&
      one.updatedAt > lastPushed &&
      one.updatedAt <= now - settleMs &&
      isCovered(plan, one)
  )
  if (missed.length >= inARow) return { kind: "missed", lastPushed, changes: missed.length }
  const moments = pushes.map(({ receivedAt }) => receivedAt)
  const { alarm, expected, silentMs } = silenceOf(moments, moments[0]!, now)
  return alarm ? { kind: "silent", silentMs, expected } : null
}
