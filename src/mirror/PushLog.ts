/** Tells operators of which types pushes do not tell, or do not come, and when they do again. */
import { withArticle } from "../domain/Figures.js"
import type { Log } from "./Log.js"
import type { NotPushed } from "./state/Pushes.js"
import type { State } from "./state/State.js"

export class PushLog {
  /** By type: the last that was said. */
  private readonly said = new Map<string, string>()
  private readonly alarms = new Set<string>()

  constructor(private readonly log: Log) {}

  tell(state: State, now: number): void {
    this.tellOfEvents(state, now)
    this.tellOfAlarms(state, now)
  }

  /** Says of each type that is reconciled which of its changes no push tells of. */
  private tellOfEvents(state: State, now: number): void {
    for (const { asOf, entity, source } of state.watermarks(now)) {
      if (asOf === "never-swept") continue
      const { dependants, untold } = state.pushesOf(source, entity, now)
      const key = `${source} ${entity}`
      const sentence =
        untold !== null ? sentences[untold](source, entity) : dependants ? "" : unsubscribedDependants(entity)
      const before = this.said.get(key) ?? ""
      if (sentence === before) continue
      this.said.set(key, sentence)
      if (sentence !== "") this.log("warning", sentence, { source, entity })
      else this.log("info", "pushes tell of its changes now", { source, entity })
    }
  }

  /** One line when pushes are taken for lost, and one when they are trusted again. */
  private tellOfAlarms(state: State, now: number): void {
    for (const { entity, source } of state.watermarks(now)) {
      const key = `${source} ${entity}`
      const alarm = state.alarms.of(source, entity)
      if ((alarm !== null) === this.alarms.has(key)) continue
      if (alarm === null) {
        this.alarms.delete(key)
        this.log("info", "pushes are trusted again: they come, or a sweep has found that none is missing", {
          source,
          entity
        })
      } else {
        this.alarms.add(key)
        this.log("warning", `${alarm.why}; requests go through meanwhile`, { source, entity, reason: alarm.reason })
      }
    }
  }
}

const sentences: Readonly<Record<NotPushed, (source: string, entity: string) => string>> = {
  unsubscribed: (_, entity) =>
    `no push tells of changes: requests go through until its events are subscribed (hookshift subscriptions apply --events ${entity}_create,${entity}_update)`,
  off: (source) =>
    `no push tells of changes: subscriptions status has found its event switched off or gone; requests go through until it is back (hookshift subscriptions apply --source ${source} --refresh)`,
  waiting: () =>
    "no push of its subscribed events has come yet: requests go through until the first one, which shows that they come"
}

const unsubscribedDependants = (entity: string): string =>
  `no subscribed event tells of what is written beneath ${withArticle(entity)} (replies, notes): these changes show at the next sweep`
