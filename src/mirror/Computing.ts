/** The mirror's answer to a question: made from the state, behind readings of entities that are known in part. */
import type { EpochMillis } from "../domain/Time.js"
import { ownPartsOf } from "../providers/index.js"
import { hit } from "./Answer.js"
import { answerItem } from "./answers/ItemAnswers.js"
import { answerList, type ListAnswering } from "./answers/ListAnswers.js"
import { bodyWithOwnLinks, linkingOf } from "./BodyLinks.js"
import type { Computed } from "./ComparedAnswers.js"
import type { Hydrating } from "./Hydrating.js"
import type { Learning } from "./Learning.js"
import { apiBases } from "./Links.js"
import type { ListQuestion, Question, Reason } from "./Question.js"
import type { MirrorRequest } from "./Requests.js"
import type { SearchAnswers } from "./search/SearchAnswers.js"

export interface ComputingParts {
  /** `null`: nothing is read for it, and what is known in part is not answered. */
  readonly hydrating: Hydrating | null
  readonly learning: Learning
  readonly searches: SearchAnswers
  readonly now: () => EpochMillis
}

/** The answer once all that it shows is known whole; or why there is none. */
export type Complete = (question: Question, request: MirrorRequest) => Promise<Computed | Reason>

export const makeComplete = (
  { hydrating, learning, now, searches }: ComputingParts,
  listing: ListAnswering
): Complete => {
  const { bodies, embeds, state } = listing

  const answerSingly = (question: Exclude<Question, ListQuestion>, at: EpochMillis) => {
    switch (question.kind) {
      case "item":
        return answerItem(state, bodies, embeds, question, at)
      case "search":
        return searches.of(question)
      case "told":
        return learning.told.of(question, at)
      default:
        return learning.dependants.of(question, at)
    }
  }

  const compute = async (question: Question, request: MirrorRequest, at: EpochMillis): Promise<Computed | Reason> => {
    const { entity, source } = question
    const repeated = learning.repeatedOf(source)
    if (question.kind !== "list") {
      const made = await answerSingly(question, at)
      if (typeof made === "string") return made
      const { asOf } = made
      const body = (request.links === "mirror" ? bodyWithOwnLinks(linkingOf(request), made.body) : null) ?? made.body
      const wholeAsOf = question.kind === "item" ? state.deletedAsOf(source, entity, asOf) : asOf
      // Only answers of one page are kept of dependants.
      return { answer: hit(body, wholeAsOf, at, repeated, null), asOf, more: false, late: none, keep: () => undefined }
    }
    const base = apiBases(request.origin, request.target)[request.links]
    if (!learning.showsAll(question)) return "view"
    const made = answerList(listing, question, request.asker, learning.aroundOf(question, base), at)
    if (typeof made === "string") return made
    const { asOf, body, keep, late, next, wholeAsOf } = made
    const link = learning.linkOf(question, made, base)
    return { answer: hit(body, wholeAsOf, at, repeated, link), asOf, more: next !== null, late, keep }
  }

  return async (question, request) => {
    const { entity, source } = question
    const at = now()
    state.follow(at)
    if (
      hydrating !== null &&
      question.kind === "list" &&
      question.view !== null &&
      !learning.views.knows(source, entity)
    )
      learning.views.learn(source, question.rule, await hydrating.views(source, entity))
    if (question.kind === "list" && question.page === 1) {
      const embedded = ownPartsOf(question.embeds)
      const { since } = question
      // Nothing is read for a list that goes through all the same.
      const mayBeAnswered =
        typeof state.asOf(source, entity, at) === "number" && (since ?? 0) >= state.reachOf(source, entity)
      if (embedded.length === 0 || mayBeAnswered) await hydrating?.complete(source, entity, since, embedded)
    }
    const computed = await compute(question, request, at)
    if (computed !== "incomplete" || hydrating === null || !("embeds" in question) || question.embeds.length === 0)
      return computed
    // The parts that it needs are read whole as well.
    for (const embed of question.embeds) if (embed.own !== true) await hydrating.complete(source, embed.entity, null)
    return compute(question, request, now())
  }
}

const none: ReadonlySet<string> = new Set()
