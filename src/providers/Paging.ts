/**
 * Lists as streams of items. A page is one request; the next page follows the product's own rule, which each client
 * gives as `next`.
 */
import { Chunk, Effect, Option, Stream } from "effect"
import { iso } from "../domain/Figures.js"
import { type EpochMillis, parseTimestamp } from "../domain/Time.js"
import type { ProviderError } from "./ProviderError.js"

export interface Page<A, Cursor> {
  readonly items: ReadonlyArray<A>
  /** Where the next page is; `null` after the last. */
  readonly next: Cursor | null
}

export const pages = <A, Cursor>(
  first: Cursor,
  read: (cursor: Cursor) => Effect.Effect<Page<A, Cursor>, ProviderError>
): Stream.Stream<A, ProviderError> =>
  Stream.paginateChunkEffect(first, (cursor) =>
    Effect.map(read(cursor), ({ items, next }) => [Chunk.fromIterable(items), Option.fromNullable(next)] as const)
  )

/** Pages by number, until there is no more; `beyond` is the failure of a list that goes on past the API's last page. */
export const numberedPages = <A>(
  read: (page: number) => Effect.Effect<{ readonly items: ReadonlyArray<A>; readonly more: boolean }, ProviderError>,
  ceiling: number,
  beyond: () => ProviderError
): Stream.Stream<A, ProviderError> =>
  pages(1, (page) =>
    Effect.flatMap(read(page), ({ items, more }) =>
      more && page >= ceiling ? Effect.fail(beyond()) : Effect.succeed({ items, next: more ? page + 1 : null })
    )
  )

/** `rel="next"` in a `Link` header. */
export const hasNextLink = (headers: Readonly<Record<string, string>>): boolean =>
  /rel="?next"?/.test(headers["link"] ?? "")

/**
 * The start or end of a window as every API takes it: in UTC, with `Z`. An offset is converted, a stamp without a zone
 * is UTC; a stamp that is in UTC already stays as it is. `null` if the text is not a time.
 */
export const utcStamp = (text: string): string | null => {
  const at = parseTimestamp(text.trim())
  if (at === null) return null
  return text.endsWith("Z") ? text : iso(at).replace(".000Z", "Z")
}

/** The same for a caller's option, which may be absent; an invalid time fails at once instead of at the provider. */
export const windowBound = (
  given: string | undefined,
  name: string,
  fail: (reason: "invalid", message: string) => ProviderError
): Effect.Effect<string | undefined, ProviderError> => {
  if (given === undefined) return Effect.succeed(undefined)
  const stamp = utcStamp(given)
  return stamp === null
    ? Effect.fail(fail("invalid", `${name} is not a time: write it as 2026-11-23T10:00:00Z, or with an offset`))
    : Effect.succeed(stamp)
}

/** Stamps are compared as moments: their texts differ in offsets and in how many digits their seconds have. */
const momentOf = (stamp: string | null): EpochMillis => parseTimestamp(stamp) ?? Number.NEGATIVE_INFINITY

export interface WindowCursor {
  /** `null` where nothing narrows the first request. */
  readonly since: string | null
  readonly page: number
}

/**
 * Reading by windows instead of pages, for lists that sort by change time, oldest first, and narrow by it: items that
 * change while a reader pages through them would slip from one page to the one before and be skipped. So each request
 * starts at the last stamp read, and pages on only within one second that fills a page; such a second is read until a
 * reading brings nothing new. A version that came already is left out; an item that moved comes again at its newer one.
 * An item that moves into the second that is read last is the next reading's, so two readings have to overlap.
 *
 * A list that turns out not to be sorted is read page by page, again and again until a reading brings nothing new.
 */
export const windows = <A>(options: {
  readonly from: string | null
  readonly pageCeiling: number
  readonly stampOf: (item: A) => string | null
  readonly keyOf: (item: A) => string
  readonly read: (
    cursor: WindowCursor
  ) => Effect.Effect<{ readonly items: ReadonlyArray<A>; readonly more: boolean }, ProviderError>
  /** A second holds more items than the pages show. */
  readonly tooMany: () => ProviderError
}): Stream.Stream<A, ProviderError> =>
  Stream.suspend(() => {
    const brought = new Map<string, string>()
    let sorted = true
    let freshInRound = false
    return pages<A, WindowCursor>({ since: options.from, page: 1 }, (cursor) =>
      Effect.flatMap(options.read(cursor), ({ items, more }) => {
        const { page, since } = cursor
        const stamps = items.map((item) => options.stampOf(item) ?? since ?? "")
        const moments = stamps.map(momentOf)
        const start = momentOf(since)
        if (moments.some((moment, index) => index > 0 && moment < moments[index - 1]!)) sorted = false
        const last = stamps.at(-1) ?? since ?? ""
        const reached = momentOf(last)
        const within = !sorted || (since !== null && reached <= start)
        const fresh = items.filter((item, index) => {
          const key = options.keyOf(item)
          if (brought.get(key) === stamps[index]) return false
          brought.set(key, stamps[index]!)
          if (!sorted || (since !== null && moments[index]! <= start)) freshInRound = true
          return true
        })
        const goTo = (next: WindowCursor | null) => Effect.succeed({ items: fresh, next })
        if (more && within) {
          if (page >= options.pageCeiling) return Effect.fail(options.tooMany())
          return goTo({ since, page: page + 1 })
        }
        if (page > 1 && freshInRound) {
          freshInRound = false
          return goTo({ since: sorted ? since : options.from, page: 1 })
        }
        if (!more) return goTo(null)
        freshInRound = false
        for (const [key, stamp] of brought) if (momentOf(stamp) < reached) brought.delete(key)
        return goTo({ since: utcStamp(last) ?? last, page: 1 })
      })
    )
  })

/**
 * Reading pages of a list that shows the newest change first, down to `until` (or to its end). Items that change
 * meanwhile move to the front, where this reading has been: so the front is read again until a reading meets only what
 * it knows. A total that shrinks between two pages means that items moved up past us: the page before is read again.
 */
export const newestFirst = <A>(options: {
  readonly until: string | null
  readonly stampOf: (item: A) => string | null
  readonly keyOf: (item: A) => string
  readonly read: (
    page: number
  ) => Effect.Effect<
    { readonly items: ReadonlyArray<A>; readonly more: boolean; readonly total: number | null },
    ProviderError
  >
}): Stream.Stream<A, ProviderError> =>
  Stream.suspend(() => {
    interface Cursor {
      readonly page: number
      /** Down to which stamp this reading goes; `null` is the list's end. */
      readonly until: string | null
      /** The newest stamp that this reading has seen: the next one goes down to it. */
      readonly top: string | null
      readonly total: number | null
    }
    const brought = new Map<string, string>()
    return pages<A, Cursor>({ page: 1, until: options.until, top: null, total: null }, (cursor) =>
      Effect.map(options.read(cursor.page), ({ items, more, total }) => {
        const fresh = items.filter((item) => {
          const stamp = options.stampOf(item)
          if (isBelow(stamp, cursor.until)) return false
          const key = options.keyOf(item)
          if (brought.get(key) === (stamp ?? "")) return false
          brought.set(key, stamp ?? "")
          return true
        })
        const top = cursor.top ?? (items[0] === undefined ? null : options.stampOf(items[0]))
        const last = items.at(-1)
        const lastStamp = last === undefined ? null : options.stampOf(last)
        const shrunk = cursor.total !== null && total !== null && total < cursor.total && cursor.page > 1
        const below = isBelow(lastStamp, cursor.until)
        const base = { until: cursor.until, top, total }
        if (shrunk) return { items: fresh, next: { ...base, page: cursor.page - 1 } }
        if (more && !below) return { items: fresh, next: { ...base, page: cursor.page + 1 } }
        // A page shows one moment; items may have been passed by between two pages.
        if (cursor.page === 1 || top === null) return { items: fresh, next: null }
        return { items: fresh, next: { page: 1, until: top, top: null, total: null } }
      })
    )
  })

/** An item without a stamp cannot be told to be older. */
const isBelow = (stamp: string | null, until: string | null): boolean =>
  stamp !== null && until !== null && momentOf(stamp) < momentOf(until)
