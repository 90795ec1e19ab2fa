/** Searches from the state: what the stem has found, as it is now, by the whole query. */
import { getOrMake } from "../../domain/Grouping.js"
import { isRecord } from "../../domain/Json.js"
import type { EpochMillis } from "../../domain/Time.js"
import { itemsIn, jsonOf, type WholeAnswer } from "../Answer.js"
import type { SingleAnswer } from "../answers/ItemAnswers.js"
import type { Hydrating } from "../Hydrating.js"
import type { Reason, SearchQuestion } from "../Question.js"
import type { Bodies } from "../state/Bodies.js"
import { type Fields, Shape } from "../state/Shape.js"
import type { State } from "../state/State.js"
import type { TypeState } from "../state/TypeState.js"
import { isFound } from "./matching.js"
import { ResultOrder } from "./ResultOrder.js"
import { type Stem, Stems, stampOf } from "./Stems.js"

interface Learned {
  readonly shape: Shape
  readonly order: ResultOrder
  /** Answers have something beside their results and their number. */
  strange: boolean
}

export class SearchAnswers {
  private readonly stems: Stems
  private readonly learned = new Map<string, Learned>()

  constructor(
    private readonly state: State,
    private readonly bodies: Bodies,
    private readonly hydrating: Hydrating,
    private readonly now: () => EpochMillis
  ) {
    this.stems = new Stems(state, bodies, hydrating, now)
  }

  /** An answer of the provider that went through. */
  learn(question: SearchQuestion, answer: WholeAnswer): void {
    const body = jsonOf(answer)
    const known = this.learnedOf(question)
    if (known === null) return
    const names = isRecord(body) ? Object.keys(body) : []
    if (names.some((name) => name !== "total" && name !== question.endpoint.itemsAt)) known.strange = true
    learnFrom(known, itemsIn(question, body).filter(isRecord))
  }

  /** The answer, or why there is none. May read the provider. */
  async of(question: SearchQuestion): Promise<SingleAnswer | Reason> {
    const { entity, source } = question
    const type = this.state.of(source, entity)
    const known = this.learnedOf(question)
    if (type === null || known === null) return "endpoint"
    const asOf = this.state.asOf(source, entity, this.now())
    if (typeof asOf === "string") return asOf
    if (known.strange) return "shape"
    await this.hydrating.complete(source, entity, null)
    const stem = await this.stems.of(question, type, (items) => learnFrom(known, items))
    if (stem === null) return "unknown"
    let found = this.find(question, type, known, stem)
    if (typeof found !== "string" && found.thin.length > 0) {
      // Lists show less of an entity than searches do.
      await this.hydrating.readEach(source, entity, found.thin)
      found = this.find(question, type, known, stem)
    }
    if (typeof found === "string") return found
    if (found.thin.length > 0) return "shape"
    if (found.items.length > question.rule.perPage) return "pages"
    const results = known.order.arrange(found.items)
    if (results === null) return "order"
    const body = JSON.stringify({ total: results.length, [question.endpoint.itemsAt!]: results })
    return { body: Buffer.from(body, "utf8"), asOf }
  }

  /** Results as a search shows them; `thin`: those of which more is shown than is known. */
  private find(
    question: SearchQuestion,
    type: TypeState,
    { shape }: Learned,
    stem: Stem
  ): { readonly items: ReadonlyArray<Fields>; readonly thin: ReadonlyArray<string> } | Reason {
    const { entity, query, rule, source } = question
    // Any of them may be found.
    if (type.partial.size > 0 || type.unread.size > 0) return "incomplete"
    const now = this.now()
    const items: Array<Fields> = []
    const thin: Array<string> = []
    for (const id of new Set([...stem.items.keys(), ...stem.candidates])) {
      const row = type.rows.get(id)
      if (row === undefined ? type.gone.has(id) : row.hidden) continue
      const listed = stem.items.get(id)
      const asListed = listed !== undefined && (row === undefined || row.stamp <= stampOf(type, listed))
      const fields = asListed ? listed : row === undefined ? null : this.bodies.fieldsOf(source, entity, type, row)
      if (fields === null) return "incomplete"
      const verdict = isFound(rule, query, fields)
      if (verdict === null) return "value"
      if (!verdict) continue
      if (rule.fades(fields, now)) return "hidden"
      const text = asListed ? null : shape.project(fields)
      if (!asListed && text === null) thin.push(id)
      else items.push(asListed ? fields : (JSON.parse(text!) as Fields))
    }
    return { items, thin }
  }

  private learnedOf({ entity, source }: SearchQuestion): Learned | null {
    const type = this.state.of(source, entity)
    if (type === null) return null
    const make = (): Learned => ({ shape: new Shape(), order: new ResultOrder(type.type), strange: false })
    return getOrMake(this.learned, `${source} ${entity}`, make)
  }
}

const learnFrom = ({ order, shape }: Learned, items: ReadonlyArray<Fields>): void => {
  order.learn(items)
  for (const item of items) shape.learn(item)
}
