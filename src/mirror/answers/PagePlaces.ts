/** A page's place in its list, and addresses of pages. Pure. */

/** Pages have other links at the ends of a list than within it. */
export type Place = "only" | "first" | "middle" | "last"

export type LinkMeaning = "first" | "previous" | "next" | "last"

/** The page that links are made for. */
export interface Paged {
  /** Items of the whole list. */
  readonly items: number
  readonly page: number
  readonly perPage: number
}

export const pagesOf = ({ items, perPage }: Pick<Paged, "items" | "perPage">): number =>
  Math.max(1, Math.ceil(items / perPage))

/** `null` behind the last page. */
export const placeOf = (paged: Paged): Place | null => {
  const pages = pagesOf(paged)
  if (paged.page > pages) return null
  if (pages === 1) return "only"
  return paged.page === 1 ? "first" : paged.page === pages ? "last" : "middle"
}

/** The places of all pages of a list. */
export const placesFor = (list: Pick<Paged, "items" | "perPage">): ReadonlyArray<Place> => {
  const pages = pagesOf(list)
  return pages === 1 ? ["only"] : pages === 2 ? ["first", "last"] : ["first", "middle", "last"]
}

/** The page that a link of this meaning leads to; `null` where there is none. */
export const pageFor = (meaning: LinkMeaning, { page, ...list }: Paged): number | null => {
  const pages = pagesOf(list)
  switch (meaning) {
    case "first":
      return 1
    case "last":
      return pages
    case "next":
      return page < pages ? page + 1 : null
    case "previous":
      return page > 1 ? page - 1 : null
  }
}

/** Equal but for the order and the spelling of parameters. */
export const isSameAddress = (a: string, b: string): boolean => {
  const [own, other] = [a, b].map((text) => (URL.canParse(text, "http://path") ? new URL(text, "http://path") : null))
  if (own == null || other == null || own.origin !== other.origin || own.pathname !== other.pathname) return false
  const sorted = ({ searchParams }: URL): string => {
    searchParams.sort()
    return searchParams.toString()
  }
  return own.hash === other.hash && sorted(own) === sorted(other)
}
