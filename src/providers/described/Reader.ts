/** Reads a described provider by its data file: `Link` pages, a time filter where it has one. */
import type { HttpClient } from "@effect/platform"
import { Effect, Schema, Stream } from "effect"
import { canonicalJson } from "../../domain/CanonicalJson.js"
import { toWholeSecondIso } from "../../domain/Time.js"
import type { EntityReader, Item } from "../EntityReader.js"
import { hasNextLink, pages, windows } from "../Paging.js"
import type { Provider } from "../Provider.js"
import { type ClientOptions, makeTransport } from "../Transport.js"

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
      changed: (entity, since) => {
        const list = described?.entities[entity]?.list
        if (described === undefined || list === undefined) return Stream.fail(none(entity, "list"))
        const { maxPerPage, page: pageName, perPage } = described.paging
        const { itemsAt, parameters, path, timeFilter } = list
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
                ...(from === null || timeFilter === undefined ? {} : { [timeFilter]: from })
              },
              schema,
              what: `the list of ${entity}`
            }),
            ({ headers, value }) => ({ items: value, more: hasNextLink(headers) })
          )
        if (since === null || timeFilter === undefined)
          return pages(1, (page) =>
            Effect.map(read(page, null), ({ items, more }) => ({
              items,
              next: more && page < provider.pageCeiling ? page + 1 : null
            }))
          )
        return windows({
          from: toWholeSecondIso(since),
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
