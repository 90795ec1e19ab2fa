/** How many pushes of each event came when, as the receiver counts them, and for as long as it keeps the counts. */
import { getOrMake } from "../../domain/Grouping.js"
import type { EpochMillis } from "../../domain/Time.js"
import type { HourlyEvents } from "../../policy/index.js"
import type { PushSigns, StateFeed } from "../../receiver/index.js"
import { PushRows } from "../../store/index.js"

const { pushSlotMs, slotsKept } = PushRows
const slotsAnHour = 3_600_000 / pushSlotMs

/** The pushes of one event. */
interface Tally {
  /** The oldest first. */
  readonly slots: Map<number, PushRows.PushSlot>
  readonly hours: Map<number, number>
  /** When the first of those that are kept and the last of all came, and the newest stamp that they told. */
  since: EpochMillis
  lastAt: EpochMillis
  newest: EpochMillis
}

export class PushTallies {
  /** By source and event. */
  private readonly tallies = new Map<string, Tally>()
  private from = 0

  constructor(private readonly feed: Pick<StateFeed, "pushSlots">) {}

  /** Reads what has been counted since. */
  readOn(): void {
    const news = this.feed.pushSlots(this.from)
    for (const one of news) this.take(one)
    // The newest slot may grow, and the one before it by deliveries that were applied late.
    this.from = Math.max(this.from, (news.at(-1)?.slot ?? 0) - 1)
  }

  private take(one: PushRows.PushSlot): void {
    const tally = getOrMake(this.tallies, `${one.source}\t${one.event}`, () => ({
      slots: new Map<number, PushRows.PushSlot>(),
      hours: new Map<number, number>(),
      since: one.slot * pushSlotMs,
      lastAt: one.lastAt,
      newest: one.newest
    }))
    if (one.slot < firstKept(tally.lastAt)) return
    const hour = hourOf(one.slot)
    const before = tally.slots.get(one.slot)?.pushes ?? 0
    tally.hours.set(hour, (tally.hours.get(hour) ?? 0) + one.pushes - before)
    tally.slots.set(one.slot, one)
    tally.lastAt = Math.max(tally.lastAt, one.lastAt)
    tally.newest = Math.max(tally.newest, one.newest)
    forgetOld(tally)
  }

  eventsOf(source: string): ReadonlyArray<string> {
    const mine = `${source}\t`
    return [...this.tallies.keys()].flatMap((key) => (key.startsWith(mine) ? [key.slice(mine.length)] : []))
  }

  /** The newest stamp that pushes of these events have told; `-Infinity` before the first. */
  newestOf(source: string, events: ReadonlyArray<string>): EpochMillis {
    return this.of(source, events).reduce((at, { newest }) => Math.max(at, newest), Number.NEGATIVE_INFINITY)
  }

  /** Pushes of these events between two moments, to within ten minutes: rather too many. */
  countOf(source: string, events: ReadonlyArray<string>, from: EpochMillis, to: EpochMillis): number {
    let count = 0
    for (const { slots } of this.of(source, events))
      for (let slot = Math.floor(from / pushSlotMs); slot * pushSlotMs <= to; slot++) {
        const within = slots.get(slot)
        if (within !== undefined && within.lastAt >= from) count += within.pushes
      }
    return count
  }

  /**
   * Pushes of these events by hour, since when they are counted, and when the last one came; `null` for none. An event
   * that has ended keeps its counts: those from before the last push's own four weeks are left out.
   */
  hoursOf(
    source: string,
    events: ReadonlyArray<string>
  ): { readonly hours: HourlyEvents; readonly since: EpochMillis; readonly lastAt: EpochMillis } | null {
    const all = this.of(source, events)
    if (all.length === 0) return null
    const lastAt = all.reduce((last, tally) => Math.max(last, tally.lastAt), 0)
    const counted = all.reduce((first, { since }) => Math.min(first, since), Number.POSITIVE_INFINITY)
    const since = Math.max(counted, firstKept(lastAt) * pushSlotMs)
    const hours = new Map<number, number>()
    for (const tally of all)
      for (const [hour, pushes] of tally.hours)
        if (hour >= hourOf(since / pushSlotMs)) hours.set(hour, (hours.get(hour) ?? 0) + pushes)
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
    let first = Number.POSITIVE_INFINITY
    for (const { slots } of this.of(source, beside))
      for (const { lastAt } of slots.values()) if (lastAt >= applied) first = Math.min(first, lastAt)
    return first
  }

  private of(source: string, events: ReadonlyArray<string>): ReadonlyArray<Tally> {
    return [...new Set(events)].flatMap((event) => this.tallies.get(`${source}\t${event}`) ?? [])
  }
}

const hourOf = (slot: number): number => Math.floor(slot / slotsAnHour)

/** The first slot whose count is kept, as the store keeps them. */
const firstKept = (lastAt: EpochMillis): number => Math.floor(lastAt / pushSlotMs) - slotsKept

const forgetOld = (tally: Tally): void => {
  for (const [slot, { pushes }] of tally.slots) {
    if (slot >= firstKept(tally.lastAt)) {
      tally.since = Math.max(tally.since, slot * pushSlotMs)
      return
    }
    tally.slots.delete(slot)
    const hour = hourOf(slot)
    const left = tally.hours.get(hour)! - pushes
    if (left === 0) tally.hours.delete(hour)
    else tally.hours.set(hour, left)
  }
}
