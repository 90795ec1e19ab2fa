/**
 * The content and the order of a product's list, as data: with its endpoint in the catalogue enough to answer it
 * from known states. A time filter (`CatalogueEndpoint.timeFilter`) is inclusive, in whole seconds. Facts and how sure
 * they are: FRESHWORKS.md, "Lists and pages".
 */

/** A field by which a list can be ordered: moments are compared as times, numbers as numbers, names as text. */
export type OrderField = readonly [field: string, kind: "moment" | "number" | "text"]

/** A related entity that `include=` embeds in each item. */
export interface EmbedRule {
  /** The parameter's value, and the key of the embedded part. */
  readonly name: string
  readonly entity: string
  /** The item's field with the entity's id. */
  readonly idField: string
}

export interface ListRule {
  /** The endpoint's template in the catalogue. */
  readonly template: string
  readonly entity: string
  /** Query parameter with the number of items on a page, and its usual value; the most is the product's. */
  readonly perPage: { readonly parameter: string; readonly usual: number }
  /** The order without a parameter; equal ones by id, in the same direction. */
  readonly order: { readonly by: OrderField; readonly direction: "asc" | "desc" }
  /** Whether the order is documented. One that is not is answered only where the whole list fits on a page. */
  readonly orderKnown: boolean
  /** Query parameters that choose another order, and the fields that they may name. */
  readonly ordering: {
    readonly by: string
    readonly direction: string
    readonly fields: ReadonlyArray<OrderField>
  } | null
  /** Parts that are held as entities of their own. */
  readonly embeds?: ReadonlyArray<EmbedRule>
  /** Fields that take an entity off the plain list where they are true. */
  readonly hiddenBy: ReadonlyArray<string>
  /** Without a time filter the list shows what was created within so many days; `null`: all. */
  readonly createdWithinDays: number | null
  /** How long before the receiver's first sweep an entity must have changed last to be unknown to it; `null`: never. */
  readonly firstReachDays: number | null
}
