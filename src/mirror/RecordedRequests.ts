/**
 * The mirror's rule for requests that a recording tells of: what a forecast is given, so that there is one rule. Pure.
 */
import type { MirrorQuestion, MirrorRule } from "../domain/MirrorRule.js"
import { unrecorded } from "../domain/MirrorWay.js"
import { type EmbedRule, listsOf, ownPartsOf, providerOf } from "../providers/index.js"
import { askerOf } from "./Ask.js"
import { isNewestFirst } from "./answers/ListAnswers.js"
import type { Question } from "./Question.js"
import { searchText } from "./search/SearchQuery.js"

/** `wholePages`: integrations that compare all of a newest-first page with what they know. */
export const mirrorRule = (recheckMs: number, wholePages: ReadonlySet<string>): MirrorRule => ({
  recheckMs,
  of: (product) => {
    const provider = providerOf(product)
    if (provider === null) return () => ({ catalogued: false, reason: "endpoint", question: null })
    const ask = askerOf(product, provider)
    // Names of parameters are a described API's own, and a recording keeps the values of well-known ones only.
    const own = new Set(provider.described === undefined ? [] : listsOf(provider).map(({ template }) => template))
    return ({ integration, method, target }) => {
      const { endpoint, question, reason } = ask({ method, target, headers: {} })
      const catalogued = endpoint !== null
      if (question === null) {
        const unknown = endpoint !== null && own.has(endpoint.template) && /[?&][^&=]*=%3F(?:&|$)/.test(target)
        return { catalogued, reason: unknown ? unrecorded : (reason ?? "endpoint"), question: null }
      }
      const stops = question.kind === "list" && isNewestFirst(question) && !wholePages.has(integration)
      return { catalogued, reason: reason ?? (stops ? "newest-first" : null), question: asked(question) }
    }
  }
})

const asked = (question: Question): MirrorQuestion => {
  const { key } = question
  const single = {
    key,
    embeds: [],
    embedsOwn: false,
    page: 1,
    perPage: 0,
    since: null,
    orderKnown: true,
    showsOrder: false
  }
  if (question.kind === "item")
    return { ...single, kind: "item", entity: question.entity, ...embedsIn(question.embeds), id: question.id }
  if ("parent" in question)
    return {
      ...single,
      kind: "dependants",
      // Those that move their parent's stamp are told by it.
      entity: question.kind === "dependants" ? question.parent.entity : question.entity,
      id: question.parent.id
    }
  // The provider is asked for a search once, and again behind the same bound.
  if (question.kind === "search")
    return { ...single, kind: "dependants", entity: question.entity, key: "", id: searchText(question.stem) }
  const { direction, order, page, perPage, rule, since } = question
  return {
    kind: "list",
    entity: question.entity,
    ...embedsIn(question.embeds),
    key,
    id: null,
    page,
    perPage,
    since,
    orderKnown: rule.orderKnown,
    showsOrder: order[0] === rule.order.by[0] && direction === (rule.order.direction === "asc" ? 1 : -1)
  }
}

const embedsIn = (embeds: ReadonlyArray<EmbedRule>): Pick<MirrorQuestion, "embeds" | "embedsOwn"> => ({
  embeds: embeds.flatMap(({ entity, own }) => (own === true ? [] : [entity])),
  embedsOwn: ownPartsOf(embeds).length > 0
})
