/** Reads a request as a question. What is not surely understood is no question: it goes through. Pure. */
import { isFinerThanMillis } from "../domain/Time.js"
import {
  type CatalogueEndpoint,
  dependantRulesOf,
  type EmbedRule,
  endpointMatcher,
  type ListRule,
  listsOf,
  type OrderField,
  ownPartsOf,
  type Provider,
  searchesOf,
  variesBy
} from "../providers/index.js"
import { readToldDependants } from "./asking/ToldDependants.js"
import type { ListQuestion, Question, Reason } from "./Question.js"
import { readSearch } from "./search/readSearch.js"

export interface AskedRequest {
  readonly method: string
  /** Path and query at the provider. */
  readonly target: string
  readonly headers: Readonly<Record<string, string | ReadonlyArray<string> | undefined>>
}

export interface Asked {
  /** `null` where it is not surely understood. */
  readonly question: Question | null
  /** Why it goes through: always without a question, and with one where the client wants the provider's own answer. */
  readonly reason: Reason | null
  /** The catalogue's, where it has one, with the id in its path. */
  readonly endpoint: CatalogueEndpoint | null
  readonly subject: string | null
}

/** Headers by which a client asks for a part, for a difference, or past any cache. */
const conditional = ["if-none-match", "if-modified-since", "if-match", "if-unmodified-since", "if-range", "range"]

const asksPastCaches = (headers: AskedRequest["headers"]): boolean =>
  /no-cache|no-store|max-age=0\b/i.test(String(headers["cache-control"] ?? "")) ||
  /no-cache/i.test(String(headers["pragma"] ?? ""))

const hasBody = (headers: AskedRequest["headers"]): boolean =>
  headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0

/** Whether a client takes plain JSON: an API of one's own may answer other media types in other ways. */
const takesJson = (accept: string): boolean =>
  accept.split(",").every((range) => /^\s*(?:\*\/\*|application\/(?:json|\*)|text\/plain)\s*(?:;|$)/i.test(range))

/** `base`: the end of the base URL's path that stands in front of the requests' in the catalogue. */
export const askerOf = (source: string, provider: Provider, base = ""): ((request: AskedRequest) => Asked) => {
  const match = endpointMatcher(provider)
  const rules = new Map(listsOf(provider).map((rule) => [rule.template, rule]))
  const searches = new Map(searchesOf(provider).map((rule) => [rule.template, rule]))
  const told = new Map(dependantRulesOf(provider).map((rule) => [rule.template, rule]))
  /** By type, the parts that an item may embed. Other types are known in part, or move without a sign. */
  const embedsOf = new Map<string, ReadonlyArray<EmbedRule>>([
    ...[...told.values()].map(({ entity }) => [entity, []] as const),
    ...[...rules.values()].map(({ embeds = [], entity }) => [entity, embeds] as const)
  ])
  const varying = variesBy(provider)
  const varies = (headers: AskedRequest["headers"]): boolean =>
    varying.some((name) => headers[name] !== undefined) ||
    (provider.described !== undefined && !takesJson(String(headers["accept"] ?? "*/*")))
  return ({ headers, method, target }) => {
    const [path = "/", search = "", more] = splitOnce(target)
    const { endpoint, subject } = match(method, base + path)
    const pass = (reason: Reason): Asked => ({ question: null, reason, endpoint, subject })
    if (method !== "GET") return pass("method")
    if (hasBody(headers) || conditional.some((name) => headers[name] !== undefined)) return pass("headers")
    if (varies(headers)) return pass("headers")
    const asked = (question: Question): Asked => ({
      question,
      reason: asksPastCaches(headers) ? "headers" : null,
      endpoint,
      subject
    })
    // Encoded characters in a path, a slash at its end or an odd query may mean something else to the provider.
    if (more !== undefined || /[%\\;]|\/\/|\/\.{1,2}(?:\/|$)|\/$/.test(path)) return pass("target")
    const toldRule = endpoint === null ? undefined : told.get(endpoint.template)
    if (endpoint === null || (endpoint.entity === null && toldRule === undefined)) return pass("endpoint")
    const query = new URLSearchParams(search)
    const names = [...query.keys()]
    if (new Set(names).size !== names.length) return pass("parameter")
    if (toldRule !== undefined) {
      const read = readToldDependants(toldRule, provider, endpoint, subject, query)
      return typeof read === "string" ? pass(read) : asked({ ...read, source, key: keyOf(path, query) })
    }
    if (endpoint.entity === null) return pass("endpoint")
    const common = { source, entity: endpoint.entity, endpoint, key: keyOf(path, query) }
    if (endpoint.kind === "list") {
      const rule = rules.get(endpoint.template)
      if (rule === undefined) return pass("endpoint")
      const read = readList(rule, provider, endpoint, path, query)
      const view = rule.views === null ? null : subject
      return typeof read === "string" ? pass(read) : asked({ ...common, ...read, view })
    }
    const searched = searches.get(endpoint.template)
    if (endpoint.kind === "search" && searched !== undefined) {
      const read = readSearch(searched, query)
      return typeof read === "string" ? pass(read) : asked({ ...common, kind: "search", rule: searched, ...read })
    }
    if (subject === null) return pass("endpoint")
    if (endpoint.kind === "item") {
      const held = embedsOf.get(endpoint.entity)
      if (held === undefined) return pass("endpoint")
      const embeds = embedsIn(held, query)
      if (embeds === null) return pass("embed")
      if (names.some((name) => name !== "include")) return pass("parameter")
      return asked({ ...common, kind: "item", id: subject, embeds })
    }
    // Only what moves its parent's stamp can be told unchanged by it.
    const parent = provider.entities[endpoint.entity]?.touches
    if (endpoint.kind !== "children" || parent === undefined) return pass("endpoint")
    if (names.some((name) => !["page", "per_page"].includes(name))) return pass("parameter")
    return asked({ ...common, kind: "dependants", parent: { entity: parent.entity, id: subject } })
  }
}

/** Path, query, and anything behind a second question mark. */
const splitOnce = (target: string): ReadonlyArray<string> => target.split("?")

/** Parameters in the order of their names. */
const keyOf = (path: string, query: URLSearchParams, without: ReadonlyArray<string | undefined> = []): string => {
  const kept = [...query].filter(([name]) => !without.includes(name)).sort(([a], [b]) => (a < b ? -1 : 1))
  return `${path}?${new URLSearchParams(kept).toString()}`
}

type ReadList = Omit<ListQuestion, "source" | "entity" | "endpoint" | "key" | "view">

const readList = (
  rule: ListRule,
  { maxPerPage, pageCeiling }: Provider,
  { timeFilter }: CatalogueEndpoint,
  path: string,
  query: URLSearchParams
): ReadList | Reason => {
  const { fixed, ordering, pageParameter, perPage } = rule
  const fixedNames = Object.keys(fixed)
  const own = [pageParameter, "include", perPage.parameter, timeFilter, ordering?.by, ordering?.direction]
  const parameters = [...own, ...fixedNames]
  const embeds = embedsIn(rule.embeds ?? [], query)
  if (embeds === null) return "embed"
  if ([...query.keys()].some((name) => !parameters.includes(name))) return "parameter"
  if (fixedNames.some((name) => query.get(name) !== fixed[name])) return "view"
  const page = whole(query.get(pageParameter) ?? "1")
  const size = whole(query.get(perPage.parameter) ?? String(perPage.usual))
  if (page === null || size === null) return "value"
  if (size > maxPerPage || page > pageCeiling) return "pages"
  const order = orderOf(rule, query)
  if (order === null) return "value"
  const asked = timeFilter === undefined ? null : query.get(timeFilter)
  const from = asked === null ? null : momentOf(asked, rule.timeUnitMs)
  if (Number.isNaN(from)) return "value"
  // Parts of their own are read for what has changed, and not for all that there is.
  if (from === null && ownPartsOf(embeds).length > 0) return "embed"
  return {
    kind: "list",
    rule,
    embeds,
    since: from !== null && rule.sinceExclusive ? from + 1 : from,
    ...order,
    page,
    perPage: size,
    pageCeiling,
    path,
    query,
    walk: keyOf(path, query, [pageParameter]),
    poller: keyOf(path, query, [pageParameter, timeFilter])
  }
}

/** The parts that `include` asks for; `null` where some are not held. */
const embedsIn = (embeds: ReadonlyArray<EmbedRule>, query: URLSearchParams): ReadonlyArray<EmbedRule> | null => {
  const names = query.get("include")?.split(",") ?? []
  const found = names.flatMap((name) => embeds.find((embed) => embed.name === name) ?? [])
  return new Set(found).size === names.length ? found : null
}

const whole = (text: string): number | null => (/^[1-9]\d{0,5}$/.test(text) ? Number(text) : null)

const orderOf = (
  { order, ordering }: ListRule,
  query: URLSearchParams
): { readonly order: OrderField; readonly direction: 1 | -1 } | null => {
  const named = ordering === null ? null : query.get(ordering.by)
  const says = (field: string): string => ordering?.values?.[field] ?? field
  const by = named === null ? order.by : (ordering?.fields.find(([field]) => says(field) === named) ?? null)
  const direction = (ordering === null ? null : query.get(ordering.direction)) ?? order.direction
  if (by === null || (direction !== "asc" && direction !== "desc")) return null
  return { order: by, direction: direction === "asc" ? 1 : -1 }
}

/** A time with its zone: `NaN` for any other text, which the provider may read in its own way. */
const momentOf = (text: string, unitMs: number): number =>
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/.test(text) &&
  (unitMs > 1 || !isFinerThanMillis(text))
    ? Math.floor(Date.parse(text) / unitMs) * unitMs
    : Number.NaN
