/**
 * The content and the order of a product's list, as data: with its endpoint in the catalogue enough to answer it
 * from known states. Facts and how sure
 * they are: FRESHWORKS.md, "Lists and pages".
 */

/**
 * A field by which a list can be ordered: moments are compared as times, numbers as numbers, names as text. A serial
 * number rises with each entity that is made.
 */
export type OrderField = readonly [field: string, kind: "moment" | "number" | "serial" | "text"]

/** A related entity that `include=` embeds in each item. */
export interface EmbedRule {
  /** The parameter's value, and the key of the embedded part. */
  readonly name: string
  readonly entity: string
  /** The item's field with the entity's id. */
  readonly idField: string
  /** A part of the item itself, that no push carries: it is known as far as answers that embed it have shown it. */
  readonly own?: true
}

/**
 * How a list's body tells of its pages, where no `Link` header does: names of the fields by what they say. Links lead
 * to pages by number; an answer that has other fields is not understood.
 */
export interface PagesInBody {
  /** Where the figures are, and which is which. */
  readonly figuresAt: string
  readonly figures: Readonly<Record<string, "items" | "pages" | "page" | "perPage">>
  /** Where links to pages are, each an object with its address in `href`; `null` where there are none. */
  readonly linksAt: string | null
  readonly links: Readonly<Record<string, "first" | "last" | "next" | "previous">>
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
  /** The order of equal ones: by id in the same direction, as assumed or as documented; or not known. */
  readonly ties: "assumed" | "id" | "unknown"
  /** Query parameters that choose another order, and the fields that they may name. */
  readonly ordering: {
    readonly by: string
    readonly direction: string
    readonly fields: ReadonlyArray<OrderField>
    /** The parameter's value for a field, where that is not the field's name. */
    readonly values?: Readonly<Record<string, string>>
  } | null
  /** Query parameter with the page's number. */
  readonly pageParameter: string
  /** Query parameters without which, or with other values of which, it is another list. */
  readonly fixed: Readonly<Record<string, string>>
  /** Parts that are held as entities of their own. */
  readonly embeds?: ReadonlyArray<EmbedRule>
  /** Fields that take an entity off the plain list where they are true. */
  readonly hiddenBy: ReadonlyArray<string>
  /** Without a time filter the list shows what was created within so many days; `null`: all. */
  readonly createdWithinDays: number | null
  /** How long before the receiver's first sweep an entity must have changed last to be unknown to it; `null`: never. */
  readonly firstReachDays: number | null
  /** How exact the time filter is, in milliseconds: 1,000 floors it to the second. */
  readonly timeUnitMs: 1 | 1_000
  /** Whether the time filter leaves out what changed at that very moment. */
  readonly sinceExclusive: boolean
  /** `null`: a `Link` header tells of the next page. */
  readonly pagesInBody: PagesInBody | null
  /**
   * Whether answers have to show what is around a list first: its `Link` headers, and that its body has nothing else.
   */
  readonly learnsLinks: boolean
  /** Whether whole numbers may be beyond 2^53: a text of as many digits may stand for one. */
  readonly longNumbers: boolean
  /**
   * Where plain lists show one part of the account, and reconciliation reads all parts without all of their fields: the
   * field that names an entity's part. `null`: both show the same.
   */
  readonly partBy: string | null
  /** Where the id in the template is a view's: where the views are listed, and the names of those that show all. */
  readonly views: { readonly template: string; readonly all: RegExp } | null
  /** Whether fields move without an event or a stamp: what they are, only readings of the whole list show. */
  readonly movesSilently: boolean
}

/** A rule of a list that has nothing of its own: all entities but deleted ones, in an order that is not documented. */
export const plainList = {
  orderKnown: false,
  ties: "assumed",
  ordering: null,
  pageParameter: "page",
  fixed: {},
  hiddenBy: ["deleted"],
  createdWithinDays: null,
  firstReachDays: null,
  timeUnitMs: 1_000,
  sinceExclusive: false,
  pagesInBody: null,
  learnsLinks: false,
  longNumbers: false,
  partBy: null,
  views: null,
  movesSilently: false
} as const satisfies Partial<ListRule>

/** A plain list of Freshdesk or Freshservice, by id. */
export const listById = (plural: string, entity: string): ListRule => ({
  ...plainList,
  template: `/api/v2/${plural}`,
  entity,
  perPage: { parameter: "per_page", usual: 30 },
  order: { by: ["id", "number"], direction: "asc" }
})

/**
 * Dependants that move no stamp of their parent's: an answer about them is repeated for as long as no push and no
 * reading of reconciliation tells of something that it does not show, and not beyond their own type's bound.
 */
export interface DependantRule {
  /** The endpoint's template in the catalogue; the id in it is the parent's. */
  readonly template: string
  readonly entity: string
  /** The field of an item that has its id. */
  readonly idField: string
  /** Whether items only name the dependants: what changes in them does not show. */
  readonly namesOnly: boolean
  /** Query parameter with the number of items on a page, where there are pages. */
  readonly perPage: string | null
  readonly pagesInBody: PagesInBody | null
}
