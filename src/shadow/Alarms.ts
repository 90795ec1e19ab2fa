/** What has broken after a cut-over, or while both paths run. Pure. */
import { type Action, actionOf } from "../domain/Event.js"
import { getOrMake } from "../domain/Grouping.js"
import type { ShadowSection } from "../domain/Report.js"
import { isOwnPush, type PlannedEvents, pushOf } from "../providers/index.js"
import type { ArrivedVersion } from "../store/index.js"
import type { Arrivals } from "./Arrivals.js"
import type { ShadowSettings } from "./Settings.js"
import { silenceOf } from "./Silence.js"
import { iso, lasting } from "./Wording.js"

/** Covered changes in a row that no push brought: chance does not do that. */
const inARow = 3

/** Whether an event of its own was to come for what reconciliation brought. */
const isTold = (plan: PlannedEvents, { changed, entity, event }: ArrivedVersion): boolean =>
  isOwnPush(pushOf(plan, { entity, action: actionOf(event) as Action, changed }), entity)

/** A source whose pushes have fallen silent, or that misses what it should bring. */
export const alarmsOf = (
  settings: ShadowSettings,
  arrivals: ReadonlyMap<string, Arrivals>,
  plans: ReadonlyMap<string, PlannedEvents>
): ShadowSection["alarms"] => {
  const alarms: Array<ShadowSection["alarms"][number]> = []
  for (const account of settings.accounts.values()) {
    const { source } = account
    const all = arrivals.get(source)?.all ?? []
    const byEntity = new Map<string, Array<ArrivedVersion>>()
    for (const one of all) getOrMake(byEntity, one.entity, () => []).push(one)
    for (const [entity, ofEntity] of byEntity) {
      const pushes = ofEntity.filter(({ origin }) => origin === "webhook")
      if (pushes.length === 0) continue
      const lastPush = pushes.reduce((latest, { updatedAt }) => Math.max(latest, updatedAt), 0)
      // What came since by other ways although an event covers it; the pushes had their time to come.
      const missed = ofEntity.filter(
        (one) =>
          one.origin === "reconciliation" &&
          one.updatedAt > lastPush &&
          one.updatedAt <= settings.now - settings.settleMs &&
          isTold(plans.get(account.source)!, one)
      )
      const back =
        "switch polling back on (hookshift cutover --undo), and look at the subscription: hookshift subscriptions status"
      if (missed.length >= inARow) {
        alarms.push({
          source,
          entity,
          message: `the last push of a ${entity} was for a change at ${iso(lastPush)}; since then reconciliation has brought ${missed.length} changes that an event covers: ${back}`
        })
        continue
      }
      const moments = pushes.map(({ receivedAt }) => receivedAt)
      const silence = silenceOf(moments, moments[0]!, settings.now)
      if (silence.alarm)
        alarms.push({
          source,
          entity,
          message: `no push of a ${entity} for ${lasting(silence.silentMs / 1000)}, in which some ${Math.round(silence.expected)} were to be expected at these hours: ${back}`
        })
    }
  }
  return alarms
}
