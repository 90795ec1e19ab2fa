/**
 * `Link` headers of lists whose rule does not say which links there are: learned from answers that went through, by the
 * page's place in its list. Where an answer shows anything that page numbers do not explain, lists of its endpoint go
 * through. A body that cannot be read (a page of a CDN, an unknown content coding) shows nothing.
 */
import { getOrMake } from "../../domain/Grouping.js"
import { isRecord } from "../../domain/Json.js"
import { jsonOf, type WholeAnswer } from "../Answer.js"
import { pageAddress } from "../Links.js"
import type { ListQuestion } from "../Question.js"
import { isSameAddress, type Place, pageFor, placeOf, placesFor } from "./PagePlaces.js"

const meanings = { first: "first", prev: "previous", previous: "previous", next: "next", last: "last" } as const
type Relation = keyof typeof meanings

interface Learned {
  readonly places: Map<Place, ReadonlyArray<Relation>>
  irregular: boolean
}

type Asked = Pick<ListQuestion, "endpoint" | "page" | "path" | "perPage" | "query" | "source"> & {
  readonly rule: Pick<ListQuestion["rule"], "learnsLinks" | "pageParameter">
}

export class LinkHeaders {
  private readonly learned = new Map<string, Learned>()

  /** `base`: the address of the API in front of the question's path. */
  learn(question: Asked, answer: WholeAnswer, base: string): void {
    if (!question.rule.learnsLinks) return
    const body = jsonOf(answer)
    if (body === undefined) return
    const learned = getOrMake(this.learned, keyOf(question), () => ({ places: new Map(), irregular: false }))
    if (!takes(learned, question, body, linksIn(answer), base)) learned.irregular = true
  }

  /** Whether the header of each page of such a list can be made. */
  knows(question: Asked, items: number): boolean {
    if (!question.rule.learnsLinks) return true
    const learned = this.learned.get(keyOf(question))
    if (learned === undefined || learned.irregular) return false
    return placesFor({ items, perPage: question.perPage }).every((place) => learned.places.has(place))
  }

  /** `null` for none. */
  of(question: Asked, items: number, base: string): string | null {
    const paged = { items, page: question.page, perPage: question.perPage }
    const place = placeOf(paged)
    const shown = place === null ? undefined : this.learned.get(keyOf(question))?.places.get(place)
    const links = (shown ?? []).flatMap((relation) => {
      const page = pageFor(meanings[relation], paged)
      return page === null ? [] : [`<${pageAddress(base, question, page)}>; rel="${relation}"`]
    })
    return links.length === 0 ? null : links.join(", ")
  }
}

const keyOf = ({ endpoint: { template }, source }: Asked): string => `${source} ${template}`

/** Whether an answer is as page numbers and the answers before say; what it shows for the first time is learned. */
const takes = (
  learned: Learned,
  question: Asked,
  body: unknown,
  links: ReadonlyArray<Link> | null,
  base: string
): boolean => {
  const items = onlyItemsIn(question, body)
  if (items === null || links === null || items.length > question.perPage) return false
  // Such an entity counts as deleted, and would be left out.
  if (items.some((item) => isRecord(item) && item["deleted"] === true)) return false
  // Behind the last page an answer may look in any way.
  if (items.length === 0 && question.page > 1) return true
  const more = links.some(({ relation }) => relation === "next")
  // A page that is not full, and not the last one, was filtered after it was cut.
  if (more && items.length < question.perPage) return false
  const place = question.page === 1 ? (more ? "first" : "only") : more ? "middle" : "last"
  if (!links.every((link) => isExplained(question, link, place, base))) return false
  const shown = links.map(({ relation }) => relation)
  const known = learned.places.get(place)
  if (known === undefined) learned.places.set(place, shown)
  return known === undefined || known.join() === shown.join()
}

/** The list of a body that has nothing else; `null` for another body. */
const onlyItemsIn = ({ endpoint: { itemsAt } }: Asked, body: unknown): ReadonlyArray<unknown> | null => {
  const alone = itemsAt === undefined || (isRecord(body) && Object.keys(body).length === 1)
  const list = itemsAt === undefined ? body : isRecord(body) ? body[itemsAt] : undefined
  return alone && Array.isArray(list) ? list : null
}

interface Link {
  readonly address: string
  readonly relation: Relation
}

/** `null` where a part of the header is not understood. */
const linksIn = ({ headers }: WholeAnswer): ReadonlyArray<Link> | null => {
  const header = String(headers["link"] ?? "")
  const links: Array<Link> = []
  for (const part of header === "" ? [] : header.split(/,\s*(?=<)/)) {
    const [, address, name] = /^\s*<([^>]*)>\s*;\s*rel="([a-z]+)"\s*$/.exec(part) ?? []
    if (address === undefined || name === undefined || !Object.hasOwn(meanings, name)) return null
    links.push({ address, relation: name as Relation })
  }
  return links
}

const isExplained = (question: Asked, { address, relation }: Link, place: Place, base: string): boolean => {
  const { page, rule } = question
  if (relation !== "last") {
    const leadsTo = pageFor(meanings[relation], { ...question, items: Number.POSITIVE_INFINITY })
    return leadsTo !== null && isSameAddress(address, pageAddress(base, question, leadsTo))
  }
  // How many pages there are only the link itself says.
  const text = URL.canParse(address) ? new URL(address).searchParams.get(rule.pageParameter) : null
  if (
    text === null ||
    !/^[1-9]\d{0,5}$/.test(text) ||
    !isSameAddress(address, pageAddress(base, question, Number(text)))
  )
    return false
  return place === "first" || place === "middle" ? Number(text) > page : Number(text) === page
}
