/**
 * A search's result apart from the passing of time. The provider is asked for it once; from then on only a change moves
 * it, and each change arrives in the state. So entities count that the state never had: nothing has happened to them.
 */
import { dropOldest } from "../../domain/Bounded.js"
import { getOrMake } from "../../domain/Grouping.js"
import { isRecord } from "../../domain/Json.js"
import { type EpochMillis, parseTimestamp } from "../../domain/Time.js"
import type { Hydrating } from "../Hydrating.js"
import type { SearchQuestion } from "../Question.js"
import type { Bodies } from "../state/Bodies.js"
import type { Row } from "../state/Row.js"
import type { Fields } from "../state/Shape.js"
import type { State } from "../state/State.js"
import type { TypeState } from "../state/TypeState.js"
import { isFound } from "./matching.js"
import { searchText } from "./SearchQuery.js"

/**
 * A search shows a change minutes later [docs]: what changed within this before it was asked is held against the state.
 */
const lagMs = 3_600_000
const mostStems = 100
/** After a failure. */
const restMs = 60_000

export interface Stem {
  /** The provider's results, by id. */
  readonly items: ReadonlyMap<string, Fields>
  readonly askedAt: EpochMillis
  /** Entities of the state that may be found, since then. */
  readonly candidates: Set<string>
  /** Of the type's arrivals: all before it are taken up. */
  position: number
}

interface Kept {
  /** `null` where it is not known, or has more results than the API shows. */
  stem: Stem | null
  /** It is not asked for again before. */
  restUntil: EpochMillis
  /** Requests since it was asked for, and what asking for it cost. */
  asks: number
  pages: number
}

export class Stems {
  private readonly kept = new Map<string, Kept>()

  constructor(
    private readonly state: State,
    private readonly bodies: Bodies,
    private readonly hydrating: Hydrating,
    private readonly now: () => EpochMillis
  ) {}

  /** The results that the question's stem has, as far as they are known; asks for them where that will pay. */
  async of(
    question: SearchQuestion,
    type: TypeState,
    learn: (items: ReadonlyArray<Fields>) => void
  ): Promise<Stem | null> {
    const key = `${question.source} ${question.entity} ${searchText(question.stem)}`
    const kept = getOrMake(this.kept, key, (): Kept => ({ stem: null, restUntil: 0, asks: 0, pages: 1 }))
    dropOldest(this.kept, mostStems)
    kept.asks += 1
    const now = this.now()
    const lasts = this.state.boundOf(question.source, question.entity)
    if (kept.stem !== null && now - kept.stem.askedAt <= lasts && this.follow(question, type, kept.stem))
      return kept.stem
    kept.stem = null
    // A search that is made once is the provider's.
    if (kept.asks <= kept.pages || now < kept.restUntil) return null
    kept.restUntil = now + restMs
    const read = await this.read(question, type)
    kept.pages = Math.max(1, read.pages)
    if (read.items === null) {
      kept.restUntil = now + lasts
      return null
    }
    kept.asks = 1
    learn(read.items)
    kept.stem = this.begun(question, type, read.items, read.askedAt, read.position)
    return this.follow(question, type, kept.stem) ? kept.stem : null
  }

  private async read({ entity, rule, source, stem }: SearchQuestion, type: TypeState) {
    const askedAt = this.now()
    const position = type.arrivals.end
    const items: Array<Fields> = []
    let total = 0
    let pages = 0
    do {
      pages += 1
      const page = await this.hydrating.searchPage(source, entity, searchText(stem), pages)
      // Results that move between two pages hide others.
      const moved = page === null || (pages > 1 && page.total !== total)
      if (moved || page.total > rule.perPage * rule.mostPages) return { askedAt, position, pages, items: null }
      total = page.total
      items.push(...page.items.filter(isRecord))
    } while (items.length < total && pages < rule.mostPages)
    const ids = new Set(items.map((item) => idOf(type, item)))
    const hides = type.rule?.hiddenBy.some((field) => items.some((item) => item[field] === true)) === true
    return { askedAt, position, pages, items: ids.size === total && items.length === total && !hides ? items : null }
  }

  private begun(
    question: SearchQuestion,
    type: TypeState,
    items: ReadonlyArray<Fields>,
    askedAt: EpochMillis,
    position: number
  ): Stem {
    const byId = new Map(items.map((item) => [idOf(type, item), item]))
    const stem: Stem = { items: byId, askedAt, candidates: new Set(), position }
    for (const row of type.rows.values()) if (row.stamp >= askedAt - lagMs) this.consider(question, type, stem, row)
    return stem
  }

  /** Takes up what has arrived since; `false` where that is forgotten. */
  private follow(question: SearchQuestion, type: TypeState, stem: Stem): boolean {
    const ids = type.arrivals.since(stem.position)
    if (ids === null) return false
    stem.position = type.arrivals.end
    for (const id of new Set(ids)) {
      const row = type.rows.get(id)
      if (row !== undefined) this.consider(question, type, stem, row)
    }
    return true
  }

  private consider({ entity, rule, source, stem: query }: SearchQuestion, type: TypeState, stem: Stem, row: Row): void {
    const fields = row.hidden ? null : this.bodies.fieldsOf(source, entity, type, row)
    // An entity that is not known whole is looked at when the search is answered.
    const out = row.hidden || (fields !== null && isFound(rule, query, fields) === false)
    if (out) stem.candidates.delete(row.id)
    else stem.candidates.add(row.id)
  }
}

export const idOf = ({ type }: TypeState, item: Fields): string => String(item[type.idField])

export const stampOf = ({ type }: TypeState, item: Fields): EpochMillis =>
  parseTimestamp(item[type.updatedAtField]) ?? 0
