/** Reads what the state knows in part, before a list is answered: one reading for all who wait for it. */
import type { EpochMillis } from "../domain/Time.js"
import { mostSingleReadings, readingOf } from "../policy/index.js"
import type { State } from "./state/State.js"
import type { TypeState } from "./state/TypeState.js"

/** Reads the provider with the source's own credential, under the account's limiter. */
export interface ProviderReading {
  /** Whether the list can be narrowed by change time. */
  readonly lists: (entity: string) => boolean
  readonly changedSince: (entity: string, since: EpochMillis) => Promise<ReadonlyArray<unknown>>
  /** `null` where the provider does not have it. */
  readonly get: (entity: string, id: string) => Promise<unknown>
  /** A page of a search, by a query without outer quotes; `null` where the product has none. */
  readonly searchPage: (
    entity: string,
    query: string,
    page: number
  ) => Promise<{ readonly items: ReadonlyArray<unknown>; readonly total: number }> | null
}

/** After a reading that left something unread, requests go through for so long. */
const restMs = 2_000

export class Hydrating {
  private readonly flights = new Map<string, Promise<void>>()
  private readonly restUntil = new Map<string, number>()
  /** Calls that were made. */
  calls = 0

  constructor(
    private readonly state: State,
    private readonly readings: ReadonlyMap<string, ProviderReading>,
    private readonly onError: (source: string, error: unknown) => void,
    private readonly now: () => number
  ) {}

  /** Resolves when the type is known whole, or as far as it can be now. */
  async complete(source: string, entity: string): Promise<void> {
    const type = this.state.of(source, entity)
    const reading = this.readings.get(source)
    if (type === null || reading === undefined || type.partial.size === 0) return
    const key = `${source} ${entity}`
    const flight = this.flights.get(key)
    if (flight !== undefined) return flight
    if ((this.restUntil.get(key) ?? 0) > this.now()) return
    const made = this.read(source, entity, type, reading)
      .catch((error: unknown) => this.onError(source, error))
      .finally(() => {
        this.flights.delete(key)
        if (type.partial.size > 0) this.restUntil.set(key, this.now() + restMs)
      })
    this.flights.set(key, made)
    return made
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
    this.calls += 1
    return read.catch((error: unknown) => {
      this.onError(source, error)
      return null
    })
  }

  private async read(source: string, entity: string, type: TypeState, reading: ProviderReading): Promise<void> {
    const now = this.now()
    const ids = [...type.partial]
    if (!ids.every((id) => type.canBeRead(id, now))) return
    const told = ids.map((id) => ({ id, stamp: type.rows.get(id)?.stateStamp ?? 0 }))
    const { listFrom, singles, tooMany } = readingOf(told, now, reading.lists(entity))
    if (listFrom !== null) {
      this.calls += 1
      this.state.takeRead(source, entity, await reading.changedSince(entity, listFrom), now, "list")
    }
    if (tooMany) return
    await this.readSingly(
      source,
      entity,
      type,
      reading,
      singles.map(({ id }) => id)
    )
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
      this.calls += 1
      const item = await reading.get(entity, id)
      if (item === null) type.takeDeletion(id, askedSingly)
      else this.state.takeRead(source, entity, [item], askedSingly, "item")
    }
  }
}
