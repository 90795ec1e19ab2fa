/** Reads a described provider by its data file: `Link` pages, a time filter where it has one. */
import type { HttpClient } from "@effect/platform"
import { Effect, Schema, Stream } from "effect"
import { canonicalJson } from "../../domain/CanonicalJson.js"
import { parseTimestamp, toWholeSecondIso } from "../../domain/Time.js"
import type { EntityReader, Item } from "../EntityReader.js"
import { hasNextLink, numberedPages, windows } from "../Paging.js"
import type { Provider } from "../Provider.js"
import { type ClientOptions, makeTransport } from "../Transport.js"
import type { Description } from "./Description.js"

type List = NonNullable<Description["entities"][string]["list"]>

const parametersOfHidden = (mirror: List["mirror"]): Readonly<Record<string, string>> =>
  typeof mirror?.deleted === "object" ? mirror.deleted.parameters : {}

/** A stamp of the API's, so much earlier; in whole seconds. */
const before = (stamp: string, ms: number): string => {
  const at = parseTimestamp(stamp)
  return ms === 0 || at === null ? stamp : toWholeSecondIso(at - ms)
}

const AnItem = Schema.Record({ key: Schema.String, value: Schema.Unknown })

export const describedReader = (
  provider: Provider,
  options: ClientOptions
): Effect.Effect<EntityReader, never, HttpClient.HttpClient> =>
  Effect.map(makeTransport(provider, options), ({ fail, send, sendForHeaders }): EntityReader => {
    const { described } = provider
    const none = (entity: string, what: string) =>
      fail(
        "rejected",
        `the description of ${provider.product} has no ${what} of ${entity}: add one (docs/providers.md)`
      )
    return {
      changed: (entity, since, hidden) => {
        const list = described?.entities[entity]?.list
        if (described === undefined || list === undefined) return Stream.fail(none(entity, "list"))
        const { maxPerPage, page: pageName, perPage } = described.paging
        const { itemsAt, mirror, path, timeFilter } = list
        const parameters = { ...list.parameters, ...(hidden === undefined ? {} : parametersOfHidden(mirror)) }
        // A filter that leaves out its own moment is asked from a second before: stamps have whole seconds.
        const earlier = mirror?.timeFilter?.inclusive === false ? 1_000 : 0
        // Without a time such a list is a part.
        const start = since ?? (mirror?.createdWithinDays === undefined ? null : 0)
        const type = provider.entities[entity]!
        const schema: Schema.Schema<ReadonlyArray<Item>, unknown> = itemsAt === undefined
          ? (Schema.Array(AnItem) as Schema.Schema<ReadonlyArray<Item>, unknown>)
          : (Schema.transform(Schema.Struct({ [itemsAt]: Schema.Array(AnItem) }), Schema.Array(AnItem), {
              strict: false,
              decode: (body: Record<string, unknown>) => body[itemsAt],
              encode: (items: unknown) => ({ [itemsAt]: items })
            }) as unknown as Schema.Schema<ReadonlyArray<Item>, unknown>)
        const read = (page: number, from: string | null) =>
          Effect.map(
            sendForHeaders({
              path,
              parameters: {
                ...parameters,
                [perPage]: maxPerPage,
                [pageName]: page,
                ...(from === null || timeFilter === undefined ? {} : { [timeFilter]: before(from, earlier) })
              },
              schema,
              what: `the list of ${entity}`
            }),
            ({ headers, value }) => ({ items: value, more: hasNextLink(headers) })
          )
        if (timeFilter === undefined)
          return numberedPages(
            (page) => read(page, null),
            provider.pageCeiling,
            () =>
              fail(
                "rejected",
                `the list of ${entity} goes on beyond the ${provider.pageCeiling} pages of paging.ceiling`
              )
          )
        return windows({
          from: start === null ? null : toWholeSecondIso(start),
          pageCeiling: provider.pageCeiling,
          stampOf: (item) =>
            typeof item[type.updatedAtField] === "string" ? (item[type.updatedAtField] as string) : null,
          keyOf: (item) => canonicalJson(item[type.idField]),
          read: ({ page, since: from }) => read(page, from),
          tooMany: () => fail("rejected", `more of ${entity} changed within one second than the pages show`)
        })
      },
      get: (entity, id) => {
        const item = described?.entities[entity]?.item
        return item === undefined
          ? Effect.fail(none(entity, "item"))
          : send({
              path: item.replace(/\{\w+\}/, encodeURIComponent(id)),
              schema: AnItem as Schema.Schema<Item, unknown>,
              what: `${entity} ${id}`
            })
      },
      children: () => Stream.empty
    }
  })
