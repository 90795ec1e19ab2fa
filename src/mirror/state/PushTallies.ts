/** How many pushes of each event came when, as the receiver counts them. */
import { getOrMake } from "../../domain/Grouping.js"
import type { EpochMillis } from "../../domain/Time.js"
import type { HourlyEvents } from "../../policy/index.js"
import type { PushSigns, StateFeed } from "../../receiver/index.js"
import { PushRows } from "../../store/index.js"

const { pushSlotMs } = PushRows
const slotsAnHour = 3_600_000 / pushSlotMs

export class PushTallies {
  /** By source and event; their slots rise. */
  private readonly slots = new Map<string, Map<number, PushRows.PushSlot>>()
  private from = 0

  constructor(private readonly feed: Pick<StateFeed, "pushSlots">) {}

  /** Reads what has been counted since. */
  readOn(): void {
    const news = this.feed.pushSlots(this.from)
    for (const one of news) {
      const known = getOrMake(this.slots, `${one.source}\t${one.event}`, () => new Map<number, PushRows.PushSlot>())
      known.set(one.slot, one)
    }
    // The newest slot may grow, and the one before it by deliveries that were applied late.
    this.from = Math.max(this.from, (news.at(-1)?.slot ?? 0) - 1)
  }

  eventsOf(source: string): ReadonlyArray<string> {
    const mine = `${source}\t`
    return [...this.slots.keys()].flatMap((key) => (key.startsWith(mine) ? [key.slice(mine.length)] : []))
  }

  /** The newest stamp that pushes of these events have told; `-Infinity` before the first. */
  newestOf(source: string, events: ReadonlyArray<string>): EpochMillis {
    return this.of(source, events).reduce((newest, one) => Math.max(newest, one.newest), Number.NEGATIVE_INFINITY)
  }

  /** Pushes of these events between two moments, to within ten minutes: rather too many. */
  countOf(source: string, events: ReadonlyArray<string>, from: EpochMillis, to: EpochMillis): number {
    return this.of(source, events).reduce((count, { lastAt, pushes, slot }) => {
      const isWithin = lastAt >= from && slot * pushSlotMs <= to
      return isWithin ? count + pushes : count
    }, 0)
  }

  /** Pushes of these events by hour, since when they are counted, and when the last one came; `null` for none. */
  hoursOf(
    source: string,
    events: ReadonlyArray<string>
  ): { readonly hours: HourlyEvents; readonly since: EpochMillis; readonly lastAt: EpochMillis } | null {
    const all = this.of(source, events)
    if (all.length === 0) return null
    const hours = new Map<number, number>()
    let [since, lastAt] = [Number.POSITIVE_INFINITY, 0]
    for (const one of all) {
      const hour = Math.floor(one.slot / slotsAnHour)
      hours.set(hour, (hours.get(hour) ?? 0) + one.pushes)
      since = Math.min(since, one.slot * pushSlotMs)
      lastAt = Math.max(lastAt, one.lastAt)
    }
    return { hours, since, lastAt }
  }

  /**
   * Since when a subscription fires for sure: a rule since it was applied, an app or a page that a person sets up since
   * the first delivery after that.
   */
  watchedSince(
    { appliedAt, route, source }: PushSigns["subscribed"][number],
    delivering: PushSigns["subscribed"]
  ): EpochMillis {
    const applied = appliedAt ?? Number.NEGATIVE_INFINITY
    if (route === "rule") return applied
    const beside = delivering.flatMap((one) => (one.route === route ? [one.event] : []))
    return this.of(source, beside)
      .filter(({ lastAt }) => lastAt >= applied)
      .reduce((first, { lastAt }) => Math.min(first, lastAt), Number.POSITIVE_INFINITY)
  }

  private of(source: string, events: ReadonlyArray<string>): ReadonlyArray<PushRows.PushSlot> {
    return [...new Set(events)].flatMap((event) => [...(this.slots.get(`${source}\t${event}`)?.values() ?? [])])
  }
}
