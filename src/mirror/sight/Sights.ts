/**
 * Callers that no setting names, and that may be shown to see everything by sampling (Sight.ts). What is known of them
 * is in memory only: a restart begins anew. Their answers are compared, and never teach the state.
 */
import { dropOldest } from "../../domain/Bounded.js"
import { canonicalJson } from "../../domain/CanonicalJson.js"
import { getOrMake } from "../../domain/Grouping.js"
import { isRecord } from "../../domain/Json.js"
import { type EpochMillis, parseTimestamp } from "../../domain/Time.js"
import { readableAfterMs } from "../../policy/index.js"
import type { EntityType } from "../../providers/index.js"
import { itemsIn, jsonOf, listedIn, type WholeAnswer } from "../Answer.js"
import { isWrong, type Outcome } from "../Compare.js"
import { type Computed, comparedWith } from "../ComparedAnswers.js"
import type { Principal } from "../Principals.js"
import type { Question, Reason } from "../Question.js"
import type { MirrorRequest } from "../Requests.js"
import type { Bodies } from "../state/Bodies.js"
import type { Embeds } from "../state/Embeds.js"
import type { Row } from "../state/Row.js"
import type { Fields } from "../state/Shape.js"
import type { State } from "../state/State.js"
import type { TypeState } from "../state/TypeState.js"
import { absentFrom } from "./Absent.js"
import { compartmentOf, dividingFields, showingOf } from "./Compartments.js"
import { type Doubt, type Explained, mostDoubts, Sight, sampledShare } from "./Sight.js"

/** A caller, for people: no credential, and nothing made from it. */
interface Onlooker {
  readonly source: string
  readonly integration: string
}

export interface CallerStanding extends Onlooker {
  /** The entity type; `null` for all of them. */
  readonly entity: string | null
  readonly standing: "shown" | "looked at" | "closed"
}

export interface SightParts {
  readonly state: State
  readonly bodies: Bodies
  readonly embeds: Embeds
  /** Sources whose further callers are looked at. */
  readonly sources: ReadonlySet<string>
  /** How long evidence lasts. */
  readonly windowMs: number
  readonly now: () => EpochMillis
  readonly onChange: (of: Onlooker, standing: "shown" | "closed", why: string) => void
}

/** Further callers push out those that were looked at first. */
const mostCallers = 1_000

interface Looked extends Onlooker {
  readonly sight: Sight
}

export class Sights {
  private readonly callers = new Map<string, Looked>()
  private readonly compartments = new WeakMap<Row, string>()

  constructor(private readonly parts: SightParts) {}

  /** Whether this caller's answers are compared: its source is set so, and nothing has contradicted it lately. */
  looksAt({ principal, source: { name } }: MirrorRequest): boolean {
    if (principal === null || principal.seesAll || !this.parts.sources.has(name)) return false
    const looked = this.callers.get(keyOf(principal, name))
    if (looked === undefined) return true
    this.review(looked)
    return !looked.sight.isClosed(this.parts.now()) && !looked.sight.doubted
  }

  /** Whether the type of a question, and of the entity beneath which it asks, is shown to the caller. */
  isShown(request: MirrorRequest, question: Question): boolean {
    const sight = this.sightOf(request)
    const now = this.parts.now()
    if (!this.looksAt(request)) return false
    const types = [question.entity, ...("parent" in question ? [question.parent.entity] : [])]
    return types.every(
      (entity) => sight?.isShown(entity, now) === true && this.reaches(sight, question.source, entity, now)
    )
  }

  /** Why an answer from the state does not go to the caller; `null` where it does. `random` is a draw. */
  ruling(request: MirrorRequest, question: Question, mine: Computed, random: number): Reason | null {
    const items = itemsIn(question, jsonOf(mine.answer)).filter(isRecord)
    // Pages of one walk are of one moment: the later ones could show what the caller was not shown.
    if (mine.more) return "principal"
    if (!this.mayShow(request, question, items)) return "principal"
    const type = this.typeOf(question)
    if (type === null) return "principal"
    const due = this.sightOf(request)!.isDue(showingOf(question, type, items), this.parts.now())
    return due || random < sampledShare ? "sample" : null
  }

  /** Whether these items may go to the caller. */
  mayShow(request: MirrorRequest, question: Question, items: ReadonlyArray<Fields>): boolean {
    const type = this.typeOf(question)
    if (type === null || !this.isShown(request, question)) return false
    return this.sightOf(request)!.hasSeen(showingOf(question, type, items), this.parts.now())
  }

  /** The provider has answered what the state would have answered so. */
  take(
    request: MirrorRequest,
    question: Question,
    mine: Computed,
    theirs: WholeAnswer,
    askedAt: EpochMillis
  ): Outcome | null {
    const type = this.typeOf(question)
    const { principal, source } = request
    // A key that is refused is forgotten (takeRefusal), and one that is contradicted is closed.
    if (type === null || principal === null || theirs.status === 401 || !this.looksAt(request)) return null
    const now = this.parts.now()
    const looked = this.lookedAt(principal, request)
    const { sight } = looked
    const own = itemsIn(question, jsonOf(mine.answer)).filter(isRecord)
    if (theirs.status === 404) this.doubt(looked, question, this.doubtsOfOne(question, askedAt))
    if (theirs.status === 403) this.close(looked, `${question.endpoint.template}: 403`)
    if (theirs.status !== 200) return null
    const body = jsonOf(theirs)
    const other = itemsIn(question, body).filter(isRecord)
    if (question.kind === "item" ? other.length === 0 : listedIn(question, body) === null) return null
    const shows = showingOf(question, type, own)
    const shown = showingOf(question, type, other)
    const absent = absentFrom(question, mine, shows.ids, shown.ids, (at) => stampOf(type, other[at]))
    if (absent.length > 0) {
      const lacking = own.filter((_, at) => absent.includes(shows.ids[at]!))
      sight.forget(showingOf(question, type, lacking))
      // Of dependants nothing tells why one is gone.
      if (!("parent" in question))
        this.doubt(looked, question, this.doubtsOf(question, absent, askedAt, mine.more || question.kind === "search"))
      return null
    }
    const compared = comparedWith(this.parts, question, source.provider, mine, theirs, now, partsOf(question))
    if (compared === null) return null
    if (isWrong(compared.outcome)) this.close(looked, `${question.entity}: ${compared.outcome}`)
    if (compared.outcome === "equal") {
      const known = this.parts.state.of(question.source, question.entity)
      const anew = sight.take(shown, dividingFields(type), () => visibleIn(known), now)
      if (anew) this.parts.onChange(looked, "shown", question.entity)
    } else if (sight.isShown(question.entity, now)) this.markNewer(question, type, other, askedAt)
    return compared.outcome
  }

  /** The provider has refused the caller: its key is no longer good, or not for what it asked. */
  takeRefusal(request: MirrorRequest, status: number): void {
    const { asked, principal, source } = request
    const looked = principal === null ? undefined : this.callers.get(keyOf(principal, source.name))
    if (looked === undefined || principal === null) return
    if (status === 401) this.callers.delete(keyOf(principal, source.name))
    if (status === 403 && asked.endpoint !== null && asked.reason !== "method")
      this.close(looked, `${asked.endpoint.template}: 403`)
  }

  /** Another mirror has compared meanwhile. */
  forget(): void {
    this.callers.clear()
  }

  /** All callers, for people. */
  standings(): ReadonlyArray<CallerStanding> {
    const now = this.parts.now()
    return [...this.callers.values()].flatMap((looked): ReadonlyArray<CallerStanding> => {
      this.review(looked)
      const { integration, sight, source } = looked
      if (sight.isClosed(now)) return [{ source, integration, entity: null, standing: "closed" }]
      return sight
        .standing(now)
        .map(({ entity, shown }) => ({ source, integration, entity, standing: shown ? "shown" : "looked at" }))
    })
  }

  private sightOf({ principal, source }: MirrorRequest): Sight | undefined {
    return principal === null ? undefined : this.callers.get(keyOf(principal, source.name))?.sight
  }

  private lookedAt(principal: Principal, { asker, source }: MirrorRequest): Looked {
    const { windowMs } = this.parts
    const looked = getOrMake(this.callers, keyOf(principal, source.name), () => ({
      source: source.name,
      integration: asker.integration,
      sight: new Sight(windowMs)
    }))
    dropOldest(this.callers, mostCallers)
    return looked
  }

  private typeOf({ entity, source }: Question): EntityType | null {
    return this.parts.state.providers.get(source)?.entities[entity] ?? null
  }

  /** A caller that is closed stays so for as long as it was to. */
  private close(looked: Looked, why: string): void {
    const now = this.parts.now()
    if (looked.sight.isClosed(now)) return
    looked.sight.close(now)
    this.parts.onChange(looked, "closed", why)
  }

  private doubt(looked: Looked, { endpoint }: Question, doubts: ReadonlyArray<Doubt>): void {
    if (!looked.sight.doubt(doubts))
      this.close(looked, `${endpoint.template}: more than ${mostDoubts} entities were not shown to it`)
  }

  private review(looked: Looked): void {
    const { sight, source } = looked
    if (sight.isContradicted((doubt) => this.explained(source, doubt)))
      this.close(looked, "an entity was not shown to it that the provider still has")
  }

  /** A sweep that began behind the doubt decides: the entity is gone or has moved, or it was kept from the caller. */
  private explained(source: string, { at, entity, id, mayLeave, stamp }: Doubt): Explained {
    const { state } = this.parts
    const type = state.of(source, entity)
    const asOf = state.asOf(source, entity, this.parts.now())
    if (type === null || typeof asOf !== "number" || state.deletedAsOf(source, entity, asOf) <= at) return "not yet"
    const row = type.rows.get(id)
    const left = row === undefined || type.isOutside(row) || (mayLeave && row.stamp !== stamp)
    return left ? "yes" : "no"
  }

  private doubtsOfOne(question: Question, askedAt: EpochMillis): ReadonlyArray<Doubt> {
    if (question.kind === "item") return this.doubtsOf(question, [question.id], askedAt, false)
    return "parent" in question
      ? this.doubtsOf({ ...question, entity: question.parent.entity }, [question.parent.id], askedAt, false)
      : []
  }

  private doubtsOf(
    { entity, kind, source }: Pick<Question, "entity" | "kind" | "source">,
    ids: ReadonlyArray<string>,
    at: EpochMillis,
    mayLeave: boolean
  ): ReadonlyArray<Doubt> {
    const type = this.parts.state.of(source, entity)
    const lag = kind === "search" ? searchLagMs : readableAfterMs
    return ids.flatMap((id) => {
      const stamp = type?.rows.get(id)?.stamp
      // Right behind a change an answer may not show it yet.
      return stamp === undefined || stamp > at - lag ? [] : [{ entity, id, stamp, at, mayLeave }]
    })
  }

  private reaches(sight: Sight, source: string, entity: string, now: EpochMillis): boolean {
    const { bodies, state } = this.parts
    const known = state.of(source, entity)
    if (known === null) return true
    const order = known.ordered([known.type.updatedAtField, "moment"], "all", now)
    if (order === null) return false
    const moved: Array<string> = []
    for (const row of order.from(sight.latelySince(now))) {
      let compartment = this.compartments.get(row)
      if (compartment === undefined) {
        const isDivided = dividingFields(known.type).length > 0
        const fields = isDivided ? bodies.fieldsOf(source, entity, known, row) : {}
        if (fields === null) return false
        compartment = compartmentOf(known.type, row.id, fields)
        this.compartments.set(row, compartment)
      }
      moved.push(compartment)
    }
    return sight.reaches(entity, moved, now)
  }

  /** The caller has seen a newer one: it is read again, with the source's own key, before the state shows it. */
  private markNewer({ entity, source }: Question, type: EntityType, items: ReadonlyArray<Fields>, at: number): void {
    const known = this.parts.state.of(source, entity)
    for (const item of items) {
      known?.markNewer(String(item[type.idField]), { at, stamp: stampOf(type, item) })
    }
  }
}

/** A search's index lags by minutes [docs]; behind this it does no more. */
const searchLagMs = 3_600_000

const keyOf = ({ fingerprint }: Principal, source: string): string => `${source} ${fingerprint}`

const stampOf = ({ updatedAtField }: EntityType, item: Fields | undefined): number =>
  parseTimestamp(item?.[updatedAtField]) ?? 0

const visibleIn = (type: TypeState | null): number =>
  type === null ? Number.POSITIVE_INFINITY : [...type.rows.values()].filter((row) => !type.isOutside(row)).length

/** Parts that differ are no evidence: they have no stamp that would tell which of the two is newer. */
const partsOf =
  (question: Question) =>
  (mine: Fields, theirs: Fields): Outcome =>
    ("embeds" in question ? question.embeds : []).every(
      ({ name }) => canonicalJson(mine[name] ?? null) === canonicalJson(theirs[name] ?? null)
    )
      ? "equal"
      : "behind"
