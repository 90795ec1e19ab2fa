/** How many callers of each program stand how, for `mirror status`: written when it changes. */
import { groupBy } from "../../domain/Grouping.js"
import type { EpochMillis } from "../../domain/Time.js"
import type { MirrorCaller } from "../../store/index.js"
import type { CallerStanding } from "./Sights.js"

export class CallerNotes {
  private written = "[]"

  constructor(private readonly standings: () => ReadonlyArray<CallerStanding>) {}

  /** `null` where nothing has changed since the last call. */
  take(now: EpochMillis): ReadonlyArray<MirrorCaller> | null {
    const alike = groupBy(this.standings(), ({ entity, integration, source, standing }) =>
      JSON.stringify([source, integration, entity, standing])
    )
    const text = JSON.stringify([...alike].map(([key, callers]) => [key, callers.length]))
    if (text === this.written) return null
    this.written = text
    return [...alike.values()].map((callers) => {
      const { entity, ...one } = callers[0]!
      return { ...one, entity: entity ?? "", callers: callers.length, at: now }
    })
  }
}
