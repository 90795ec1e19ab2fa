/**
 * Types of which pushes should come and do not: none has come for longer than their rate explains, or sweeps heal what
 * pushes should have told. The rules are the policy's; the counts are the receiver's.
 */

import { approximateDuration } from "../../domain/DurationText.js"
import { type Action, actionOf, entityOf } from "../../domain/Event.js"
import { withArticle } from "../../domain/Figures.js"
import { getOrMake } from "../../domain/Grouping.js"
import type { EpochMillis } from "../../domain/Time.js"
import {
  firesAgain,
  isPushLost,
  isSwitchedOff,
  lossesKeptMs,
  type PushCounts,
  silenceFrom
} from "../../policy/index.js"
import { ownPushOf, type PlannedEvents, type Provider } from "../../providers/index.js"
import type { Completeness, HealedChange, PushSigns, StateFeed } from "../../receiver/index.js"
import { deliveringOf, planOfSubscribed } from "./Pushes.js"
import { PushTallies } from "./PushTallies.js"

export interface PushAlarm {
  readonly reason: "silence" | "lost-pushes"
  readonly why: string
}

type Healed = HealedChange & {
  /** The subscribed events that cover it; `null` for none. */
  readonly by: string | null
}

/** The evidence that a source is judged by. */
interface Evidence {
  readonly source: string
  readonly provider: Provider
  /** The subscriptions by which pushes come; `null` where none is known. */
  readonly delivering: PushSigns["subscribed"] | null
  readonly healed: ReadonlyArray<Healed>
  readonly complete: ReadonlyMap<string, Completeness>
  /** When the last outage ended: pushes of before may be lost. */
  readonly backAt: EpochMillis
  readonly now: EpochMillis
}

/** Changes that sweeps healed are read after each sweep, and so often: requests wait for the reading. */
const readEveryMs = 60_000

/** Between the events that cover a change. */
const separator = ", "

export class PushAlarms {
  private readonly tallies: PushTallies
  private healed: ReadonlyArray<HealedChange> = []
  /** The state that `healed` was read in: when sweeps had ended, and when. */
  private readFor = ""
  private readAt = Number.NEGATIVE_INFINITY
  private current: ReadonlyMap<string, PushAlarm> = new Map()
  /** By type: events that are taken for switched off, until they fire again. */
  private off: ReadonlyMap<string, ReadonlySet<string>> = new Map()

  constructor(
    private readonly feed: Pick<StateFeed, "healed" | "pushSlots">,
    private readonly providers: ReadonlyMap<string, Provider>
  ) {
    this.tallies = new PushTallies(feed)
  }

  of(source: string, entity: string): PushAlarm | null {
    return this.current.get(keyOf(source, entity)) ?? null
  }

  get any(): boolean {
    return this.current.size > 0
  }

  judge(signs: PushSigns, complete: ReadonlyArray<Completeness>, backAt: EpochMillis | null, now: EpochMillis): void {
    this.tallies.readOn()
    const healed = this.healedFor(complete, now)
    const found = new Map<string, PushAlarm>()
    const off = new Map<string, ReadonlySet<string>>()
    for (const [source, provider] of this.providers) {
      const delivering = deliveringOf(signs, source, now)
      const evidence: Evidence = {
        source,
        provider,
        delivering,
        healed: withCover(healed, source, delivering === null ? null : planOfSubscribed(provider, delivering)),
        complete: new Map(complete.flatMap((one) => (one.source === source ? [[one.entity, one] as const] : []))),
        backAt: backAt ?? Number.NEGATIVE_INFINITY,
        now
      }
      for (const entity of Object.keys(provider.entities)) {
        const losing = this.losing(evidence, entity)
        if (losing.size > 0) off.set(keyOf(source, entity), new Set(losing.keys()))
        const [alarm = this.silenceOf(evidence, entity)] = losing.values()
        if (alarm !== null) found.set(keyOf(source, entity), alarm)
      }
      // A dependant that no push tells of has moved its parent's stamp.
      for (const { name, touches } of Object.values(provider.entities)) {
        const alarm = found.get(keyOf(source, name))
        const parent = touches === undefined ? null : keyOf(source, touches.entity)
        if (alarm !== undefined && parent !== null && !found.has(parent)) found.set(parent, alarm)
      }
    }
    this.off = off
    this.current = found
  }

  /** Sweeps bring them; deliveries that are applied later take some away. */
  private healedFor(complete: ReadonlyArray<Completeness>, now: EpochMillis): ReadonlyArray<HealedChange> {
    const sweeps = complete.map(({ completeAt }) => completeAt).join()
    if (sweeps === this.readFor && now - this.readAt < readEveryMs) return this.healed
    this.readFor = sweeps
    this.readAt = now
    this.healed = this.feed.healed(now - lossesKeptMs)
    return this.healed
  }

  /** Alarms by the events that are taken for switched off. */
  private losing(evidence: Evidence, entity: string): ReadonlyMap<string, PushAlarm> {
    const { complete, healed, provider, source } = evidence
    const alarms = new Map<string, PushAlarm>()
    // Dependants are read beneath their parents.
    const swept = complete.get(entity) ?? complete.get(provider.entities[entity]?.touches?.entity ?? "")
    if (swept === undefined) return alarms
    const before = this.off.get(keyOf(source, entity)) ?? new Set<string>()
    const covering = healed.flatMap((one) => (one.entity === entity && one.by !== null ? [one.by] : []))
    for (const by of new Set([...covering, ...before])) {
      const counts = this.countsOf(evidence, entity, by, swept)
      if (counts === null) continue
      if (isSwitchedOff(counts) || (before.has(by) && !firesAgain(counts)))
        alarms.set(by, { reason: "lost-pushes", why: lossSentence(by, counts) })
    }
    return alarms
  }

  /** `null` where these events are not subscribed any more. */
  private countsOf(
    { backAt, delivering, healed, source }: Evidence,
    entity: string,
    by: string,
    { completeAt, everyMs }: Completeness
  ): PushCounts | null {
    const events = by.split(separator)
    const subscribed = delivering?.filter(({ event }) => events.includes(event)) ?? []
    if (subscribed.length === 0) return null
    const since = Math.max(backAt, ...subscribed.map((one) => this.tallies.watchedSince(one, delivering!)))
    const settledAt = (at: EpochMillis) => (one: Healed) => isPushLost(one.updatedAt, at, everyMs)
    const settled = healed
      .filter((one) => one.entity === entity && one.by === by && one.updatedAt > since)
      .filter(settledAt(completeAt))
    const sweptBefore = completeAt - everyMs
    const newest = this.tallies.newestOf(source, events)
    return {
      lost: settled.length - settled.filter(settledAt(sweptBefore)).length,
      pushed: this.tallies.countOf(source, events, Math.max(sweptBefore, since), completeAt),
      inARow: settled.filter(({ updatedAt }) => updatedAt > newest).length
    }
  }

  private silenceOf(evidence: Evidence, entity: string): PushAlarm | null {
    const { backAt, delivering, now, source } = evidence
    const events = this.tallies
      .eventsOf(source)
      .filter((event) => entityOf(event) === entity && (delivering?.some((one) => one.event === event) ?? true))
    const pushed = this.tallies.hoursOf(source, events)
    if (pushed === null) return null
    const last = Math.max(
      pushed.lastAt,
      backAt,
      this.quietUntil(evidence, entity, this.tallies.newestOf(source, events))
    )
    const { alarm, expected, silentMs } = silenceFrom(pushed.hours, pushed.since, last, now)
    if (!alarm) return null
    return {
      reason: "silence",
      why: `no push of ${withArticle(entity)} for ${approximateDuration(silentMs / 1_000)}, in which some ${Math.round(expected)} were to be expected at these hours: ${remedy}`
    }
  }

  /** The beginning of the last whole sweep, where it found that pushes had told all that there was. */
  private quietUntil({ complete, delivering, healed }: Evidence, entity: string, newest: EpochMillis): EpochMillis {
    const swept = complete.get(entity)
    const isUntold = (one: Healed): boolean =>
      one.entity === entity &&
      one.updatedAt > newest &&
      (delivering === null || one.by !== null || one.changed === null)
    return swept === undefined || healed.some(isUntold) ? Number.NEGATIVE_INFINITY : swept.completeAt
  }
}

const withCover = (
  healed: ReadonlyArray<HealedChange>,
  source: string,
  plan: PlannedEvents | null
): ReadonlyArray<Healed> => {
  const known = new Map<string, string | null>()
  return healed.flatMap((one) => {
    if (one.source !== source) return []
    // Most changes are of few kinds.
    const by = getOrMake(known, `${one.event} ${one.changed?.join() ?? "?"}`, () => {
      const action = actionOf(one.event) as Action
      const push = plan === null ? null : ownPushOf(plan, { entity: one.entity, action, changed: one.changed })
      return push === null ? null : [...new Set(push.by.map(({ event }) => event))].sort().join(separator)
    })
    return [{ ...one, by }]
  })
}

const lossSentence = (by: string, { inARow, lost, pushed }: PushCounts): string => {
  const healed = Math.max(lost, inARow)
  return healed === 0
    ? `sweeps have healed what ${by} should have told of, and it has not fired since: ${remedy}`
    : `sweeps healed ${healed} changes that ${by} should have told of, and ${pushed} pushes came meanwhile: ${remedy}`
}

const remedy = "look at hookshift subscriptions status"

const keyOf = (source: string, entity: string): string => `${source}\t${entity}`
