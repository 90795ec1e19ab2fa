/**
 * The bodies of lists around their items, where they tell of pages: learned from answers that went through. An answer
 * teaches only what the rule explains to the letter; where one has anything else, lists of its kind go through.
 */
import { getOrMake } from "../../domain/Grouping.js"
import { isRecord } from "../../domain/Json.js"
import type { PagesInBody } from "../../providers/index.js"
import { jsonOf, saysMore, type WholeAnswer } from "../Answer.js"
import { pageAddress, pathOf } from "../Links.js"
import type { ListQuestion, Question } from "../Question.js"
import type { Fields } from "../state/Shape.js"
import { isSameAddress, type Paged, type Place, pageFor, pagesOf, placeOf, placesFor } from "./PagePlaces.js"

interface Link {
  readonly name: string
  /** Its other members. */
  readonly more: Fields
}

interface Learned {
  /** Names of the body's members, in their order. */
  readonly members: ReadonlyArray<string>
  readonly figures: ReadonlyArray<string>
  readonly links: Map<Place, ReadonlyArray<Link>>
  /** Whether links are addresses, and not only paths. */
  absolute: boolean | null
  irregular: boolean
}

type Asked = Pick<ListQuestion, "endpoint" | "page" | "path" | "perPage" | "query" | "source"> & {
  readonly rule: Pick<ListQuestion["rule"], "pageParameter" | "pagesInBody">
}

/** Kinds of questions that are remembered: a client that makes up more gets no answers from the state. */
const mostKinds = 1_000

export class Envelopes {
  private readonly learned = new Map<string, Learned>()

  /** `base`: the address of the API in front of the question's path. */
  learn(question: Asked, body: unknown, base: string): void {
    const rule = question.rule.pagesInBody
    if (rule === null || !isRecord(body)) return
    const kind = kindOf(question)
    if (!this.learned.has(kind) && this.learned.size >= mostKinds) return
    const figures = body[rule.figuresAt]
    const learned = getOrMake(this.learned, kind, () => ({
      members: Object.keys(body),
      figures: isRecord(figures) ? Object.keys(figures) : [],
      links: new Map(),
      absolute: null,
      irregular: false
    }))
    if (!takes(learned, rule, question, body, base)) learned.irregular = true
  }

  /** Whether all pages of such a list can be made. */
  knows(question: Asked, items: number): boolean {
    const rule = question.rule.pagesInBody
    if (rule === null) return true
    const learned = this.learned.get(kindOf(question))
    if (learned === undefined || learned.irregular) return false
    if (rule.linksAt === null) return true
    return placesFor({ items, perPage: question.perPage }).every((place) => learned.links.has(place))
  }

  /** The body with a list in it; `null` where it is not known. */
  around(question: Asked, list: string, items: number, base: string): string | null {
    const rule = question.rule.pagesInBody
    const learned = this.learned.get(kindOf(question))
    const paged = { items, page: question.page, perPage: question.perPage }
    if (rule === null || learned === undefined || !this.knows(question, items)) return null
    const place = placeOf(paged)
    if (place === null) return null
    const members = learned.members.map((name) => {
      if (name === question.endpoint.itemsAt) return `${JSON.stringify(name)}:${list}`
      if (name === rule.figuresAt)
        return `${JSON.stringify(name)}:${JSON.stringify(Object.fromEntries(learned.figures.map((figure) => [figure, figureOf(rule, figure, paged)])))}`
      return `${JSON.stringify(name)}:${JSON.stringify(linksOf(rule, learned, place, question, paged, base))}`
    })
    return `{${members.join(",")}}`
  }
}

/** Whether a body says that there is a further page. */
const bodySaysMore = (rule: PagesInBody | null, page: number, body: unknown): boolean => {
  if (rule === null || !isRecord(body)) return false
  const figures = body[rule.figuresAt]
  const name = nameOf(rule, "pages")
  return isRecord(figures) && name !== null && Number(figures[name]) > page
}

/** Whether an answer says that there is a further page, by its `Link` or by figures in its body. */
export const hasMore = (question: Question, answer: WholeAnswer): boolean => {
  if (saysMore(answer)) return true
  const rule = question.kind === "list" || question.kind === "told" ? question.rule.pagesInBody : null
  return bodySaysMore(rule, question.kind === "list" ? question.page : 1, jsonOf(answer))
}

/** All pages of a list are of a kind, also the first one, which many programs ask for without its number. */
const kindOf = ({ endpoint: { template }, query, rule, source }: Asked): string => {
  const names = [...query.keys()].filter((name) => name !== rule.pageParameter).sort()
  return `${source} ${template} ${names.join("&")}`
}

const nameOf = ({ figures }: PagesInBody, meaning: string): string | null =>
  Object.keys(figures).find((name) => figures[name] === meaning) ?? null

const figureOf = ({ figures }: PagesInBody, name: string, paged: Paged): number =>
  ({ items: paged.items, pages: pagesOf(paged), page: paged.page, perPage: paged.perPage })[figures[name]!]

/** `null` for a page that there is not. */
const pageOf = ({ links }: PagesInBody, name: string, paged: Paged): number | null => {
  const meaning = links[name]
  return meaning === undefined ? null : pageFor(meaning, paged)
}

const hrefOf = (question: Asked, page: number, base: string, absolute: boolean): string =>
  pageAddress(absolute ? base : pathOf(base), question, page)

const linksOf = (
  rule: PagesInBody,
  { absolute, links }: Learned,
  place: Place,
  question: Asked,
  paged: Paged,
  base: string
): Fields =>
  Object.fromEntries(
    links.get(place)!.map(({ more, name }) => {
      const page = pageOf(rule, name, paged)!
      return [name, { ...more, href: hrefOf(question, page, base, absolute !== false) }]
    })
  )

/** Whether an answer is as the rule and the answers before say; what it shows for the first time is learned. */
const takes = (learned: Learned, rule: PagesInBody, question: Asked, body: Fields, base: string): boolean => {
  const { itemsAt } = question.endpoint
  const expected = [itemsAt, rule.figuresAt, ...(rule.linksAt === null ? [] : [rule.linksAt])]
  const figures = body[rule.figuresAt]
  const list = itemsAt === undefined ? undefined : body[itemsAt]
  if (!sameNames(Object.keys(body), learned.members) || learned.members.some((name) => !expected.includes(name)))
    return false
  if (!isRecord(figures) || !Array.isArray(list) || !sameNames(Object.keys(figures), learned.figures)) return false
  const total = nameOf(rule, "items")
  const items = total === null ? Number.NaN : figures[total]
  if (typeof items !== "number" || !Number.isInteger(items)) return false
  const paged = { items, page: question.page, perPage: question.perPage }
  const place = placeOf(paged)
  // Behind the last page an answer may look in any way.
  if (place === null) return true
  if (learned.figures.some((name) => rule.figures[name] === undefined || figures[name] !== figureOf(rule, name, paged)))
    return false
  return rule.linksAt === null || takesLinks(learned, rule, place, question, paged, body[rule.linksAt], base)
}

const takesLinks = (
  learned: Learned,
  rule: PagesInBody,
  place: Place,
  question: Asked,
  paged: Paged,
  links: unknown,
  base: string
): boolean => {
  if (!isRecord(links)) return false
  const shown: Array<Link> = []
  for (const [name, link] of Object.entries(links)) {
    const page = pageOf(rule, name, paged)
    if (page === null || !isRecord(link)) return false
    const { href, ...more } = link
    if (typeof href !== "string") return false
    const absolute = !href.startsWith("/")
    learned.absolute ??= absolute
    if (absolute !== learned.absolute || !isSameAddress(href, hrefOf(question, page, base, absolute))) return false
    shown.push({ name, more })
  }
  const known = learned.links.get(place)
  if (known === undefined) learned.links.set(place, shown)
  return known === undefined || JSON.stringify(known) === JSON.stringify(shown)
}

const sameNames = (a: ReadonlyArray<string>, b: ReadonlyArray<string>): boolean =>
  a.length === b.length && a.every((name, at) => b[at] === name)
