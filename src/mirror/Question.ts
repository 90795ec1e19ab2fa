/** A request as a question that the state may answer, or the reason why it goes through to the provider. */
import type {
  CatalogueEndpoint,
  DependantRule,
  EmbedRule,
  ListRule,
  OrderField,
  SearchRule
} from "../providers/index.js"
import type { SearchQuery } from "./search/SearchQuery.js"

/** Why a request goes through. The first group is known from the request alone. */
export const reasons = [
  "method",
  "headers",
  "target",
  "endpoint",
  "parameter",
  "value",
  "embed",
  "pages",
  "newest-first",
  "view",
  // The caller.
  "credential",
  "principal",
  // The state.
  "owned",
  "loading",
  "receiver",
  "backlog",
  "outage",
  "refused",
  "never-swept",
  "never-pushed",
  "silence",
  "lost-pushes",
  "stale",
  "reach",
  "distrusted",
  "incomplete",
  "unknown",
  "hidden",
  "shape",
  "order",
  "walk",
  "changed",
  "failure",
  // It is compared.
  "dark",
  "verify",
  "sample"
] as const

export type Reason = (typeof reasons)[number]

interface Common {
  readonly source: string
  readonly entity: string
  readonly endpoint: CatalogueEndpoint
  /** Path and query in one spelling: equal keys ask the same. */
  readonly key: string
}

export interface ListQuestion extends Common {
  readonly kind: "list"
  readonly embeds: ReadonlyArray<EmbedRule>
  readonly rule: ListRule
  /** In milliseconds, as exact as the list is; `null` without a time filter. */
  readonly since: number | null
  readonly order: OrderField
  readonly direction: 1 | -1
  readonly page: number
  readonly perPage: number
  /** The last page that the API shows. */
  readonly pageCeiling: number
  readonly path: string
  readonly query: URLSearchParams
  /** The question without its page: the pages of one walk share it. */
  readonly walk: string
  /** The question without page and time: a poller's questions share it. */
  readonly poller: string
  /** The view that is asked for, where lists are views. */
  readonly view: string | null
}

export interface ItemQuestion extends Common {
  readonly kind: "item"
  readonly embeds: ReadonlyArray<EmbedRule>
  readonly id: string
}

/** The dependants of one entity. */
export interface DependantsQuestion extends Common {
  readonly kind: "dependants"
  readonly parent: { readonly entity: string; readonly id: string }
}

/** A search in the provider's query language. */
export interface SearchQuestion extends Common {
  readonly kind: "search"
  readonly rule: SearchRule
  readonly query: SearchQuery
  /** The query without its conditions on moments that pass: what it finds moves only with a change. */
  readonly stem: SearchQuery
}

/** The dependants of one entity, which move no stamp of it. */
export interface ToldQuestion extends Common {
  readonly kind: "told"
  readonly rule: DependantRule
  readonly parent: { readonly entity: string; readonly id: string }
}

export type Question = ListQuestion | ItemQuestion | DependantsQuestion | SearchQuestion | ToldQuestion
