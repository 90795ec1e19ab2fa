/** A product's search, as data: with its endpoint in the catalogue enough to answer it from known states. */
import type { EpochMillis } from "../domain/Time.js"

/** How a query's value is compared with a field: a moment is written with its zone, texts are a list that has it. */
export type SearchedKind = "number" | "text" | "texts" | "moment"

export interface SearchRule {
  /** The endpoint's template in the catalogue. */
  readonly template: string
  readonly entity: string
  /** Results on a page, and the last page that the API shows. */
  readonly perPage: number
  readonly mostPages: number
  /** Characters of a query. */
  readonly longest: number
  /** By the query's name: the entity's field, and how it is compared. */
  readonly fields: Readonly<Record<string, { readonly field: string; readonly kind: SearchedKind }>>
  /** The field that has an account's own fields, which a query names as they are. */
  readonly custom: string
  /** Whether an entity may have left the results by itself: closed ones are archived, and nothing tells of it. */
  readonly fades: (item: Readonly<Record<string, unknown>>, now: EpochMillis) => boolean
}
