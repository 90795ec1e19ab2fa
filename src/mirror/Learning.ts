/** Learning from answers that went through: who may be answered, the entities, the shape of answers. */
import { isRecord } from "../domain/Json.js"
import { type EpochMillis, parseTimestamp } from "../domain/Time.js"
import { listsOf, ownPartsOf } from "../providers/index.js"
import {
  firstRepeated,
  itemsIn,
  jsonOf,
  type Repeated,
  recordsIn,
  repeatedOf,
  saysMore,
  type WholeAnswer
} from "./Answer.js"
import { DependantAnswers } from "./answers/DependantAnswers.js"
import { Envelopes } from "./answers/Envelopes.js"
import { LinkHeaders } from "./answers/LinkHeaders.js"
import type { Around, ListAnswer } from "./answers/ListAnswers.js"
import { QuietLists } from "./answers/QuietLists.js"
import { ToldAnswers } from "./answers/ToldAnswers.js"
import { apiBases, nextLink } from "./Links.js"
import type { Principals } from "./Principals.js"
import type { ItemQuestion, ListQuestion, Question } from "./Question.js"
import type { MirrorRequest } from "./Requests.js"
import type { SearchAnswers } from "./search/SearchAnswers.js"
import type { Embeds } from "./state/Embeds.js"
import type { State } from "./state/State.js"
import { Views } from "./state/Views.js"

export class Learning {
  readonly dependants: DependantAnswers
  readonly told: ToldAnswers
  readonly quiet = new QuietLists()
  readonly views = new Views()
  private readonly envelopes = new Envelopes()
  private readonly linkHeaders = new LinkHeaders()
  private readonly repeated = new Map<string, Repeated>()

  constructor(
    private readonly state: State,
    private readonly principals: Principals,
    private readonly embeds: Embeds,
    private readonly searches: SearchAnswers,
    private readonly now: () => EpochMillis
  ) {
    this.dependants = new DependantAnswers(state)
    this.told = new ToldAnswers(state, (source) => state.providers.get(source) ?? null)
  }

  /** Another mirror has passed writes on: answers of before are not repeated. */
  forgetAnswers(): void {
    this.dependants.clear()
    this.told.clear()
    this.quiet.forget()
  }

  repeatedOf(source: string): Repeated {
    return this.repeated.get(source) ?? firstRepeated
  }

  /** The rest of a list's body around its items, with links that begin so. */
  aroundOf(question: ListQuestion, base: string): Around {
    const { itemsAt } = question.endpoint
    if (question.rule.pagesInBody === null) {
      const body = (list: string) => (itemsAt === undefined ? list : `{${JSON.stringify(itemsAt)}:${list}}`)
      return { knows: (items) => this.linkHeaders.knows(question, items), body, name: "" }
    }
    return {
      knows: (items) => this.envelopes.knows(question, items),
      body: (list, items) => this.envelopes.around(question, list, items, base),
      name: `${base} ${question.query}`
    }
  }

  /** The `Link` header of a page of so many items; `null` for none. */
  linkOf(question: ListQuestion, { items, next }: Pick<ListAnswer, "items" | "next">, base: string): string | null {
    if (question.rule.pagesInBody !== null) return null
    if (question.rule.learnsLinks) return this.linkHeaders.of(question, items, base)
    return next === null ? null : nextLink(base, question, next)
  }

  /** The provider has answered. Only who may see everything teaches what there is. */
  take(request: MirrorRequest, answer: WholeAnswer, askedAt: EpochMillis): void {
    const { asked, principal, source } = request
    this.repeated.set(source.name, repeatedOf(answer, this.repeatedOf(source.name)))
    if (principal === null) return
    // Pages without a key, such as a portal's, answer 200 to anyone: they prove nothing.
    if (asked.endpoint !== null || answer.status >= 400)
      this.principals.takeAnswer(principal, answer.status, this.now())
    const { question } = asked
    if (!principal.seesAll) return
    if (question === null || question.kind === "search") this.takeStamps(request, answer, askedAt)
    if (question === null) return this.takeViews(request, answer)
    if (answer.status === 404) this.takeAbsence(question)
    if (answer.status !== 200) return
    if (question.kind === "told") return this.told.keep(question, answer, askedAt)
    if (question.kind === "dependants") {
      // Pages of dependants are of one moment only where there is one.
      if (saysMore(answer) || /[?&]page=/.test(request.target.path)) return
      const field = source.provider.entities[question.entity]?.updatedAtField ?? "updated_at"
      const stamps = itemsIn(question, jsonOf(answer)).map((item) =>
        isRecord(item) ? parseTimestamp(item[field]) : null
      )
      this.dependants.keep(question, answer, askedAt, Math.max(0, ...stamps.map((stamp) => stamp ?? 0)))
      return
    }
    if (question.kind === "search") return this.searches.learn(question, answer)
    const arrivals = question.kind === "list" ? this.state.of(source.name, question.entity)?.arrivals : undefined
    const taken = arrivals?.end ?? 0
    // Items of another view may be shown in another way.
    if (question.kind === "list" && question.view !== null && !this.showsAll(question)) return
    if (question.kind === "list") {
      const bases = apiBases(request.origin, request.target)
      this.envelopes.learn(question, jsonOf(answer), bases.provider)
      // Addresses in headers are the client's already.
      this.linkHeaders.learn(question, answer, bases[request.links])
    }
    this.takeItems(question, answer, askedAt)
    if (arrivals !== undefined) this.quiet.answered(request, askedAt, taken, arrivals)
  }

  private takeItems(question: ListQuestion | ItemQuestion, answer: WholeAnswer, askedAt: number): void {
    const { embeds, entity, source } = question
    const shown = itemsIn(question, jsonOf(answer)).filter(isRecord)
    const items = shown.map((item) => this.embeds.takeOff(source, embeds, item))
    this.state.takeRead(source, entity, items, askedAt, question.kind, ownPartsOf(embeds))
    if (question.kind === "item") return
    const { by, direction } = question.rule.order
    if (question.order[0] === by[0] && question.direction === (direction === "asc" ? 1 : -1))
      this.state.of(source, entity)?.seenOrder.take(items)
  }

  /** Whether a view is known to show all. */
  showsAll({ entity, source, view }: ListQuestion): boolean {
    return view === null || this.views.isAll(source, entity, view)
  }

  private takeViews({ asked: { endpoint }, source }: MirrorRequest, answer: WholeAnswer): void {
    const rule = listsOf(source.provider).find(({ views }) => views !== null && views.template === endpoint?.template)
    const body = jsonOf(answer)
    if (rule !== undefined && answer.status === 200 && isRecord(body))
      this.views.learn(source.name, rule, body["filters"])
  }

  /**
   * An answer that is not understood, or whose items are shown in another way, tells of news all the same: who has seen
   * a newer stamp is not to be shown what was before it.
   */
  private takeStamps({ asked: { endpoint }, source }: MirrorRequest, answer: WholeAnswer, askedAt: EpochMillis): void {
    if (endpoint === null || answer.status !== 200 || !["list", "item", "search"].includes(endpoint.kind)) return
    const type = endpoint.entity === null ? null : this.state.of(source.name, endpoint.entity)
    // Of a type that is known in parts other lists show other things.
    if (type === null || type.rule?.partBy != null) return
    const newer: Array<string> = []
    for (const record of recordsIn(endpoint, jsonOf(answer))) {
      const id = String(record[type.type.idField])
      const stamp = parseTimestamp(record[type.type.updatedAtField])
      if (stamp !== null && type.markNewer(id, { at: askedAt, stamp })) newer.push(id)
    }
    this.state.noteUntold(source.name, type.type.name, newer, askedAt)
  }

  /** Gone, archived, or not there yet: it is asked for again before a list is answered. */
  private takeAbsence(question: Question): void {
    if (question.kind !== "item") return
    const type = this.state.of(question.source, question.entity)
    if (type?.rows.get(question.id)?.hidden !== false) return
    const at = this.now()
    type.mark(question.id, { at, stamp: null })
    this.state.noteUntold(question.source, question.entity, [question.id], at)
  }
}
