/** Reads what the state knows in part, before a list is answered: one reading for all who wait for it. */
import { getOrMake } from "../domain/Grouping.js"
import type { EpochMillis } from "../domain/Time.js"
import { mostSingleReadings, readableAfterMs, readingOf } from "../policy/index.js"
import type { Row } from "./state/Row.js"
import type { State } from "./state/State.js"
import type { TypeState } from "./state/TypeState.js"

/** Reads the provider with the source's own credential, under the account's limiter. */
export interface ProviderReading {
  /** Whether the list can be narrowed by change time. */
  readonly lists: (entity: string) => boolean
  /** Whether one can be asked for by itself. */
  readonly shows: (entity: string) => boolean
  /** As a plain list shows them, with parts of their own. */
  readonly changedSince: (
    entity: string,
    since: EpochMillis,
    embedded: ReadonlyArray<string>
  ) => Promise<ReadonlyArray<unknown>>
  /** The account's views of a type; `null` where the product has none. */
  readonly views: (entity: string) => Promise<ReadonlyArray<unknown> | null>
  /** `null` where the provider does not have it. */
  readonly get: (entity: string, id: string, embedded: ReadonlyArray<string>) => Promise<unknown>
  /** A page of a search, by a query without outer quotes; `null` where the product has none. */
  readonly searchPage: (
    entity: string,
    query: string,
    page: number
  ) => Promise<{ readonly items: ReadonlyArray<unknown>; readonly total: number }> | null
}

/** Views that were not found are asked for again after this. */
const viewsRestMs = 3_600_000
/** Parts that a list has asked for are read with whatever is read, for so long: another program asks for the rest. */
const partsAskedForMs = 3_600_000
/** After a reading that left something unread, requests go through for so long. */
const restMs = 2_000

export class Hydrating {
  private readonly flights = new Map<string, Promise<void>>()
  private readonly restUntil = new Map<string, number>()
  /** Parts of their own that lists have embedded, by source and type, and when. */
  private readonly embedded = new Map<string, Map<string, EpochMillis>>()
  /** Calls that were made. */
  calls = 0

  constructor(
    private readonly state: State,
    private readonly readings: ReadonlyMap<string, ProviderReading>,
    private readonly onError: (source: string, error: unknown) => void,
    private readonly now: () => number,
    private readonly onCall: (source: string) => void = () => undefined
  ) {}

  private count(source: string): void {
    this.calls += 1
    this.onCall(source)
  }

  /** Resolves when what a list needs is known whole, or as far as it can be now. */
  async complete(
    source: string,
    entity: string,
    since: EpochMillis | null,
    /** Parts of their own that it embeds. */
    embedded: ReadonlyArray<string> = []
  ): Promise<void> {
    const key = `${source} ${entity}`
    for (const name of embedded) getOrMake(this.embedded, key, () => new Map()).set(name, this.now())
    const type = this.state.of(source, entity)
    const reading = this.readings.get(source)
    if (type === null || reading === undefined) return
    if (this.toRead(type, since, embedded, reading.lists(entity)).length === 0) return
    const flight = this.flights.get(key)
    // The one that is under way may read without the parts.
    if (flight !== undefined) await flight
    if (flight !== undefined && (embedded.length === 0 || this.flights.has(key))) return this.flights.get(key)
    const ids = this.toRead(type, since, embedded, reading.lists(entity))
    if (ids.length === 0) return
    if ((this.restUntil.get(key) ?? 0) > this.now()) return
    const made = this.read(source, entity, type, ids, reading)
      .catch((error: unknown) => this.onError(source, error))
      .finally(() => {
        this.flights.delete(key)
        if (ids.some((id) => type.lacking.has(id, embedded))) this.restUntil.set(key, this.now() + restMs)
      })
    this.flights.set(key, made)
    return made
  }

  /**
   * Ids that are read for a list. Where too many lack their parts the request goes through, and its answer has them: only
   * those are read that it does not show, a few at a time.
   */
  private toRead(
    type: TypeState,
    since: EpochMillis | null,
    embedded: ReadonlyArray<string>,
    lists: boolean
  ): ReadonlyArray<string> {
    const now = this.now()
    const ids = type.lacking.of(since, now, embedded)
    if (embedded.length === 0) return ids
    const told = ids.map((id) => ({ id, stamp: toldStamp(type.rows.get(id)) }))
    if (!readingOf(told, now, lists).tooMany) return ids
    const late = type.lacking.wanted().slice(0, mostSingleReadings)
    return late
  }

  /** Reads a few entities by themselves. */
  async readEach(source: string, entity: string, ids: ReadonlyArray<string>): Promise<void> {
    const type = this.state.of(source, entity)
    const reading = this.readings.get(source)
    if (type === null || reading === undefined || ids.length > mostSingleReadings) return
    try {
      await this.readSingly(source, entity, type, reading, ids)
    } catch (error) {
      this.onError(source, error)
    }
  }

  /** `null` where it could not be read. */
  async searchPage(
    source: string,
    entity: string,
    query: string,
    page: number
  ): Promise<{ readonly items: ReadonlyArray<unknown>; readonly total: number } | null> {
    const read = this.readings.get(source)?.searchPage(entity, query, page) ?? null
    if (read === null) return null
    this.count(source)
    return read.catch((error: unknown) => {
      this.onError(source, error)
      return null
    })
  }

  /**
   * The views of a type, asked for once: programs ask for them when they start, which may be before the mirror does.
   */
  async views(source: string, entity: string): Promise<ReadonlyArray<unknown> | null> {
    const key = `${source} ${entity} views`
    const reading = this.readings.get(source)
    if (reading === undefined || (this.restUntil.get(key) ?? 0) > this.now()) return null
    this.restUntil.set(key, this.now() + viewsRestMs)
    this.count(source)
    return reading.views(entity).catch((error: unknown) => {
      this.onError(source, error)
      return null
    })
  }

  /** Parts that are read with whatever is read of the type. */
  private embeddedIn(source: string, entity: string): ReadonlyArray<string> {
    const since = this.now() - partsAskedForMs
    return [...(this.embedded.get(`${source} ${entity}`) ?? [])].flatMap(([name, at]) => (at >= since ? [name] : []))
  }

  private async read(
    source: string,
    entity: string,
    type: TypeState,
    ids: ReadonlyArray<string>,
    reading: ProviderReading
  ): Promise<void> {
    const now = this.now()
    if (!ids.every((id) => type.canBeRead(id, now))) return
    const told = ids.map((id) => ({ id, stamp: toldStamp(type.rows.get(id)) }))
    // Whether a plain list shows one, where it shows a part only, is known from the list.
    const showsPart = type.rule?.partBy != null
    const asksSingly = reading.shows(entity)
    const { listFrom, singles } = readingOf(told, now, reading.lists(entity), showsPart || !asksSingly ? 1 : 2)
    if (listFrom !== null) {
      this.count(source)
      const embedded = this.embeddedIn(source, entity)
      const items = await reading.changedSince(entity, listFrom, embedded)
      this.state.takeRead(source, entity, items, now, "list", embedded)
    }
    // An entity that a list of a part should show by now, and does not, is read by itself: it may have left that part.
    const left =
      showsPart && listFrom !== null
        ? told.filter(({ id, stamp }) => type.lacking.has(id) && stamp + readableAfterMs < now)
        : []
    const single = [...new Set([...singles, ...left].map(({ id }) => id))]
    if (single.length > mostSingleReadings || !asksSingly) return
    await this.readSingly(source, entity, type, reading, single)
  }

  private async readSingly(
    source: string,
    entity: string,
    type: TypeState,
    reading: ProviderReading,
    ids: ReadonlyArray<string>
  ): Promise<void> {
    for (const id of ids) {
      const askedSingly = this.now()
      this.count(source)
      const embedded = this.embeddedIn(source, entity)
      const item = await reading.get(entity, id, embedded)
      if (item === null) type.takeDeletion(id, askedSingly)
      else this.state.takeRead(source, entity, [item], askedSingly, "item", embedded)
    }
  }
}

/** The stamp that the receiver's state has; of an entity that only answers have shown, theirs. */
const toldStamp = (row: Row | undefined): EpochMillis =>
  row === undefined ? 0 : row.stateStamp === 0 ? row.stamp : row.stateStamp
