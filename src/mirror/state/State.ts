/**
 * The receiver's states as the mirror holds them: followed from the database, and completed by answers that go through.
 * Everything that an answer needs is in memory but the bodies.
 */
import { setImmediate } from "node:timers/promises"
import { getOrMake } from "../../domain/Grouping.js"
import { isRecord } from "../../domain/Json.js"
import { type EpochMillis, parseTimestamp } from "../../domain/Time.js"
import { answerBoundMs, isBehind, readableAfterMs } from "../../policy/index.js"
import { dependantRulesOf, type EntityType, listsOf, type Provider } from "../../providers/index.js"
import type { Completeness, FedEntity, PushSigns, ReceiverSigns, StateFeed } from "../../receiver/index.js"
import type { Reason } from "../Question.js"
import { comparedAt, deletionsWithin } from "./Deletions.js"
import { PushAlarms } from "./PushAlarms.js"
import { pushesOf, type TypePushes } from "./Pushes.js"
import type { Row } from "./Row.js"
import type { Fields } from "./Shape.js"
import { TypeState } from "./TypeState.js"

const rowsAtOnce = 500
/** The rest of a large sweep is read the next time: requests are answered meanwhile. */
const batchesAtOnce = 4
/** The state is looked for news at most this often. */
const lookEveryMs = 20
/** A receiver whose heartbeat is older does not keep the state current. */
const receiverGoneMs = 15_000
/** Deliveries that wait longer than this: the state is behind what has been acknowledged. */
const backlogMs = 10_000

/** Whether pushes come is looked at so often, and after each sweep; where they do not, they may come again. */
const judgeAllEveryMs = 60_000
const judgeAlarmsEveryMs = 5_000

export interface MirroredSource {
  readonly name: string
  readonly provider: Provider
}

export class State {
  readonly providers: ReadonlyMap<string, Provider>
  private readonly types = new Map<string, TypeState>()
  private readonly complete = new Map<string, Completeness>()
  /** Of types whose deletions show where known ids are compared with the provider's: how long that takes. */
  private readonly deletionsWithin = new Map<string, (everyMs: number) => number>()
  /** Types that move their parents' stamps. */
  private readonly touching = new Map<string, EntityType>()
  /** Called for each new state of such a type, with the id of its parent, and its snapshot. */
  onDependant: (parent: string, type: EntityType, fed: FedEntity, shown: Fields) => void = () => undefined
  /** Called for each entity that a push tells of for the first time. */
  onNew: (source: string, entity: string, row: Row) => void = () => undefined
  /** Called with ids of which an answer has shown what the receiver's state does not have. */
  onUntold: (source: string, entity: string, ids: ReadonlyArray<string>, at: EpochMillis) => void = () => undefined
  /** Types of which answers are repeated until they are told of. */
  private readonly told = new Set<string>()
  /** Called for each new state of such a type, at the moment it was read. */
  onTold: (fed: FedEntity, shown: Fields | null, at: EpochMillis) => void = () => undefined
  /** When all was read; `null` before it. */
  loadedAt: EpochMillis | null = null
  /** By type; made when it is asked for. */
  private readonly pushed = new Map<string, TypePushes>()
  private pushes: PushSigns = { subscribed: [], types: [], unsubscribed: [], refused: [] }
  readonly alarms: PushAlarms
  private judgedAt = Number.NEGATIVE_INFINITY
  private signs: ReceiverSigns = { beatAt: null, oldestUnapplied: null, backAt: null }
  /** Whether no other mirror can have taken the database over. */
  isOwner: () => boolean = () => true
  private version = 0
  /** Rows are left to be read. */
  private behind = false
  private lookedAt = 0

  constructor(
    private readonly feed: StateFeed,
    sources: ReadonlyArray<MirroredSource>
  ) {
    this.providers = new Map(sources.map(({ name, provider }) => [name, provider]))
    this.alarms = new PushAlarms(feed, this.providers)
    for (const { name, provider } of sources) {
      const rules = new Map(listsOf(provider).map((rule) => [rule.entity, rule]))
      for (const type of Object.values(provider.entities))
        if (type.touches !== undefined) this.touching.set(keyOf(name, type.name), type)
      const dependants = new Set(dependantRulesOf(provider).map(({ entity }) => entity))
      for (const entity of dependants) this.told.add(keyOf(name, entity))
      for (const endpoint of provider.endpoints) {
        const type = endpoint.entity === null ? undefined : provider.entities[endpoint.entity]
        if (type === undefined) continue
        if (!["list", "item"].includes(endpoint.kind) && !dependants.has(type.name)) continue
        const within = deletionsWithin(provider, type.name)
        if (within !== null) this.deletionsWithin.set(keyOf(name, type.name), within)
        getOrMake(this.types, keyOf(name, type.name), () => {
          const stateOf = (id: string): Fields | null => this.snapshotOf(name, type.name, id)
          return new TypeState(rules.get(type.name) ?? null, type, name, undefined, stateOf)
        })
      }
    }
  }

  of(source: string, entity: string): TypeState | null {
    return this.types.get(keyOf(source, entity)) ?? null
  }

  /** Reads all states; pauses between batches, since requests pass through meanwhile. */
  async load(now: number): Promise<void> {
    while (this.takeBatch()) await setImmediate()
    this.follow(now)
    this.loadedAt = now
  }

  /** Takes up what other processes have written since, where it has not just looked. */
  follow(now: number): void {
    if (now - this.lookedAt < lookEveryMs && now >= this.lookedAt) return
    this.lookedAt = now
    this.takeNews()
    const judgeEveryMs = this.alarms.any ? judgeAlarmsEveryMs : judgeAllEveryMs
    if (!this.behind && now - this.judgedAt >= judgeEveryMs) this.judge(now)
    for (const type of this.types.values()) type.arrivals.notice(now)
  }

  private judge(now: number): void {
    this.judgedAt = now
    this.alarms.judge(this.pushes, [...this.complete.values()], this.signs.backAt, now)
  }

  private takeNews(): void {
    if (!this.feed.changed() && !this.behind) return
    // Read before the rows: a sweep that ends meanwhile counts the next time.
    const complete = this.feed.completeness()
    this.behind = true
    for (let batch = 0; batch < batchesAtOnce; batch++) {
      if (this.takeBatch()) continue
      this.behind = false
      break
    }
    this.signs = this.feed.receiver()
    this.pushes = this.feed.pushes()
    this.pushed.clear()
    if (this.behind) return
    for (const one of complete) {
      const key = keyOf(one.source, one.entity)
      // A sweep has ended.
      if (this.complete.get(key)?.completeAt !== one.completeAt) this.judgedAt = Number.NEGATIVE_INFINITY
      this.complete.set(key, one)
      this.types.get(key)?.takeSweep(one.completeAt)
      if (this.deletionsWithin.has(key)) this.types.get(key)?.takeComparison(comparedAt(one))
    }
    const unread = new Map<string, Set<string>>()
    for (const { entity, entityId, source } of this.feed.unread())
      getOrMake(unread, keyOf(source, entity), () => new Set<string>()).add(entityId)
    for (const [key, type] of this.types) type.unread = unread.get(key) ?? none
  }

  private takeBatch(): boolean {
    const rows = this.feed.after(this.version, rowsAtOnce)
    for (const row of rows) {
      const key = keyOf(row.source, row.entity)
      const type = this.types.get(key)
      const isNew = this.loadedAt !== null && type !== undefined && !type.rows.has(row.entityId)
      type?.takeState(row)
      if (isNew && row.pushedAt !== null) this.announce(row, type.rows.get(row.entityId)!)
      // Until all is loaded nothing is kept that it could be told to.
      const touching = this.loadedAt === null ? undefined : this.touching.get(key)
      if (touching !== undefined) this.tell(touching, row)
      if (this.loadedAt !== null && this.told.has(key)) this.onTold(row, snapshotIn(row), this.lookedAt)
      this.version = row.version
    }
    return rows.length === rowsAtOnce
  }

  /** An entity that was made before the start may have had dependants before it as well. */
  private announce({ entity, source }: FedEntity, row: Row): void {
    if (row.createdAt > (this.loadedAt ?? Number.POSITIVE_INFINITY)) this.onNew(source, entity, row)
  }

  private snapshotOf(source: string, entity: string, id: string): Fields | null {
    const row = this.feed.find(source, entity, id)
    return row === null ? null : snapshotIn(row)
  }

  private tell(type: EntityType, row: FedEntity): void {
    const shown = snapshotIn(row)
    const parent = shown?.[type.touches!.idField]
    if (shown !== null && (typeof parent === "number" || typeof parent === "string"))
      this.onDependant(String(parent), type, row, shown)
  }

  /** Whether a receiver keeps the state current. */
  hasReceiver(now: number): boolean {
    const { beatAt } = this.signs
    return beatAt !== null && now - beatAt <= receiverGoneMs
  }

  /** Up to which moment all changes of the type are in the state; or why that is not known, or too long ago. */
  asOf(source: string, entity: string, now: number): number | Reason {
    if (!this.isOwner()) return "owned"
    if (this.loadedAt === null) return "loading"
    const { backAt, oldestUnapplied } = this.signs
    if (!this.hasReceiver(now)) return "receiver"
    if (oldestUnapplied !== null && now - oldestUnapplied > backlogMs) return "backlog"
    const complete = this.complete.get(keyOf(source, entity))
    if (complete === undefined) return "never-swept"
    if (this.pushesOf(source, entity, now).untold !== null) return "never-pushed"
    // Pushes of an outage may be lost: every list is swept when it ends.
    if (isBehind(complete.completeAt, backAt ?? Number.NaN)) return "outage"
    const refused = this.pushes.refused.find((one) => one.source === source)
    if (refused !== undefined && refused.lastAt >= complete.completeAt - readableAfterMs) return "refused"
    const alarm = this.alarms.of(source, entity)
    if (alarm !== null) return alarm.reason
    if ((this.of(source, entity)?.distrustedUntil ?? 0) >= complete.completeAt) return "distrusted"
    const asOf = complete.completeAt - readableAfterMs
    const within = this.deletionsWithin.get(keyOf(source, entity))
    if (within !== undefined && now - comparedAt(complete) > answerBoundMs(within(complete.everyMs))) return "stale"
    return now - asOf > answerBoundMs(complete.everyMs) ? "stale" : asOf
  }

  pushesOf(source: string, entity: string, now: number): TypePushes {
    return getOrMake(this.pushed, keyOf(source, entity), () => {
      const provider = this.providers.get(source)
      return provider === undefined ? all : pushesOf(this.pushes, source, provider, entity, now)
    })
  }

  /** Up to which moment deletions are known as well: where no list shows them, since ids were last compared. */
  deletedAsOf(source: string, entity: string, asOf: number): number {
    const key = keyOf(source, entity)
    const complete = this.complete.get(key)
    return complete === undefined || !this.deletionsWithin.has(key)
      ? asOf
      : Math.min(asOf, comparedAt(complete) - readableAfterMs)
  }

  /** No answer of before is trusted, and none from the state before a sweep that begins after this. */
  distrust(source: string, entity: string, until: number): void {
    const type = this.of(source, entity)
    if (type !== null) type.distrustedUntil = Math.max(type.distrustedUntil, until)
  }

  /** How old an answer about the type may be, in milliseconds. */
  boundOf(source: string, entity: string): number {
    const complete = this.complete.get(keyOf(source, entity))
    return complete === undefined ? 0 : answerBoundMs(complete.everyMs)
  }

  /** The stamp from which on all entities are held. */
  reachOf(source: string, entity: string): number {
    const complete = this.complete.get(keyOf(source, entity))
    if (complete === undefined) return Number.POSITIVE_INFINITY
    const days = this.of(source, entity)?.rule?.firstReachDays ?? null
    return complete.reach === 0 || days === null ? 0 : complete.filledAt - days * 86_400_000
  }

  /** How far each type is complete, for people. */
  watermarks(now: number): ReadonlyArray<{ source: string; entity: string; asOf: number | Reason }> {
    return [...this.types.values()].map(({ source, type: { name } }) => ({
      source,
      entity: name,
      asOf: this.asOf(source, name, now)
    }))
  }

  /** Of a type that was never swept nothing is answered, so that nothing can be shown older than before. */
  noteUntold(source: string, entity: string, ids: ReadonlyArray<string>, at: EpochMillis): void {
    const mayBeAnswered = this.loadedAt === null || (this.of(source, entity)?.completeAt ?? 0) > 0
    if (ids.length > 0 && mayBeAnswered) this.onUntold(source, entity, ids, at)
  }

  /** Items that the provider has shown to someone who may see everything. */
  takeRead(
    source: string,
    entity: string,
    items: ReadonlyArray<unknown>,
    readAt: number,
    as: "list" | "item",
    /** Names of the parts of their own that the answer embeds. */
    embedded: ReadonlyArray<string> = []
  ): void {
    const type = this.of(source, entity)
    if (type === null) return
    const { idField, updatedAtField } = type.type
    const untold: Array<string> = []
    for (const item of items) {
      if (!isRecord(item)) continue
      const id = item[idField]
      const stamp = parseTimestamp(item[updatedAtField])
      if ((typeof id !== "number" && typeof id !== "string") || stamp === null) continue
      if (type.takeRead(String(id), item as Fields, stamp, readAt, as, embedded)) untold.push(String(id))
    }
    this.noteUntold(source, entity, untold, readAt)
  }
}

/** `null` where it cannot be opened. */
const snapshotIn = ({ text }: FedEntity): Fields | null => {
  const shown: unknown = text === null ? null : JSON.parse(text)
  return isRecord(shown) ? shown : null
}

const keyOf = (source: string, entity: string): string => `${source}\t${entity}`

const none: ReadonlySet<string> = new Set()
const all: TypePushes = { untold: null, dependants: true }
