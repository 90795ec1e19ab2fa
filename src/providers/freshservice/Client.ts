/**
 * The Freshservice client: lists wrapped in their entity's name, `updated_since` for tickets, changes, problems and
 * releases only, assets addressed by `display_id` (FRESHWORKS.md, "Lists and pages"). It has no bulk API.
 */
import type { HttpClient } from "@effect/platform"
import { Effect, Schema, Stream } from "effect"
import { hasNextLink, pages, windowBound, windows } from "../Paging.js"
import type { ProviderError } from "../ProviderError.js"
import { type ClientOptions, makeTransport, Nothing, type Parameters } from "../Transport.js"
import { freshservice } from "./Catalogue.js"
import { Agent, Asset, Change, Conversation, Problem, Release, Requester, Ticket } from "./Entities.js"

const schemas = {
  ticket: Ticket,
  change: Change,
  problem: Problem,
  release: Release,
  asset: Asset,
  requester: Requester,
  agent: Agent
}

/** Every entity type of the product, as its API shows it. */
export const freshserviceSchemas = { ...schemas, conversation: Conversation }

export type FreshserviceEntityName = keyof typeof schemas
export type FreshserviceEntity<Name extends FreshserviceEntityName> = (typeof schemas)[Name]["Type"]
export type FreshserviceFields = Readonly<Record<string, unknown>>

const narrowed = new Set<FreshserviceEntityName>(["ticket", "change", "problem", "release"])

export interface FreshserviceListOptions {
  /** `2026-11-23T10:00:00Z`; tickets, changes, problems and releases can be narrowed so, the others are read whole. */
  readonly updatedSince?: string
  readonly filter?: "deleted" | "spam"
  readonly include?: string
  readonly perPage?: number
}

export interface FreshserviceClient {
  /** A whole list as one stream: by windows, oldest change first, with `updatedSince`; else by pages. */
  readonly list: <Name extends FreshserviceEntityName>(
    entity: Name,
    options?: FreshserviceListOptions
  ) => Stream.Stream<FreshserviceEntity<Name>, ProviderError>
  /** An asset's id is its `display_id`. */
  readonly get: <Name extends FreshserviceEntityName>(
    entity: Name,
    id: string | number,
    include?: string
  ) => Effect.Effect<FreshserviceEntity<Name>, ProviderError>
  readonly create: <Name extends FreshserviceEntityName>(
    entity: Name,
    fields: FreshserviceFields
  ) => Effect.Effect<FreshserviceEntity<Name>, ProviderError>
  readonly update: <Name extends FreshserviceEntityName>(
    entity: Name,
    id: string | number,
    fields: FreshserviceFields
  ) => Effect.Effect<FreshserviceEntity<Name>, ProviderError>
  readonly remove: (entity: FreshserviceEntityName, id: string | number) => Effect.Effect<void, ProviderError>
  readonly conversations: (ticketId: string | number) => Stream.Stream<Conversation, ProviderError>
  /** `priority:3 AND status:2`, without the outer quotes. */
  readonly filter: <Name extends "ticket" | "asset" | "requester">(
    entity: Name,
    query: string
  ) => Stream.Stream<FreshserviceEntity<Name>, ProviderError>
}

const plural = (entity: string): string => `${entity}s`

export const makeFreshserviceClient = (
  options: ClientOptions
): Effect.Effect<FreshserviceClient, never, HttpClient.HttpClient> =>
  Effect.map(makeTransport(freshservice, options), ({ fail, send, sendForHeaders }): FreshserviceClient => {
    const schemaOf = <Name extends FreshserviceEntityName>(entity: Name) =>
      schemas[entity] as Schema.Schema<FreshserviceEntity<Name>, unknown>
    const one = <Name extends FreshserviceEntityName>(entity: Name) =>
      Schema.Struct({ [entity]: schemaOf(entity) }) as unknown as Schema.Schema<
        Record<string, FreshserviceEntity<Name>>,
        unknown
      >
    const many = <A>(name: string, schema: Schema.Schema<A, unknown>) =>
      Schema.Struct({ [name]: Schema.Array(schema) }) as unknown as Schema.Schema<
        Record<string, ReadonlyArray<A>>,
        unknown
      >

    const page = <A>(
      path: string,
      parameters: Parameters,
      number: number,
      wrapper: string,
      schema: Schema.Schema<A, unknown>,
      what: string
    ) =>
      Effect.map(
        sendForHeaders({ path, parameters: { ...parameters, page: number }, schema: many(wrapper, schema), what }),
        ({ headers, value }) => ({ items: value[wrapper]!, more: hasNextLink(headers) })
      )

    const byPages = <A>(
      path: string,
      parameters: Parameters,
      wrapper: string,
      schema: Schema.Schema<A, unknown>,
      what: string
    ) =>
      pages(1, (number) =>
        Effect.flatMap(page(path, parameters, number, wrapper, schema, what), ({ items, more }) =>
          more && number >= freshservice.pageCeiling
            ? Effect.fail(fail("rejected", `${what} goes on past page ${freshservice.pageCeiling}: narrow it`))
            : Effect.succeed({ items, next: more ? number + 1 : null })
        )
      )

    const listFrom = <Name extends FreshserviceEntityName>(
      entity: Name,
      filters: FreshserviceListOptions,
      updatedSince: string | undefined
    ): Stream.Stream<FreshserviceEntity<Name>, ProviderError> => {
      const wrapper = plural(entity)
      const what = `the list of ${entity}`
      const parameters = {
        per_page: filters.perPage ?? freshservice.maxPerPage,
        filter: filters.filter,
        include: filters.include
      }
      if (updatedSince === undefined || !narrowed.has(entity))
        return byPages(`/${wrapper}`, parameters, wrapper, schemaOf(entity), what)
      const sorted = { ...parameters, order_by: "updated_at", order_type: "asc" }
      return windows({
        from: updatedSince,
        pageCeiling: freshservice.pageCeiling,
        stampOf: (item) => (item as Ticket).updated_at ?? null,
        keyOf: (item) => String(item.id),
        read: ({ page: number, since }) =>
          page(
            `/${wrapper}`,
            { ...sorted, updated_since: since ?? undefined },
            number,
            wrapper,
            schemaOf(entity),
            what
          ),
        tooMany: () =>
          fail("rejected", `more ${wrapper} changed within one second than ${freshservice.pageCeiling} pages show`)
      })
    }

    return {
      list: (entity, filters = {}) =>
        Stream.unwrap(
          Effect.map(windowBound(filters.updatedSince, "updatedSince", fail), (since) =>
            listFrom(entity, filters, since)
          )
        ),
      get: (entity, id, include) =>
        Effect.map(
          send({
            path: `/${plural(entity)}/${id}`,
            parameters: { include },
            schema: one(entity),
            what: `${entity} ${id}`
          }),
          (body) => body[entity]!
        ),
      create: (entity, fields) =>
        Effect.map(
          send({
            method: "POST",
            path: `/${plural(entity)}`,
            body: fields,
            schema: one(entity),
            what: `the new ${entity}`
          }),
          (body) => body[entity]!
        ),
      update: (entity, id, fields) =>
        Effect.map(
          send({
            method: "PUT",
            path: `/${plural(entity)}/${id}`,
            body: fields,
            schema: one(entity),
            what: `${entity} ${id}`
          }),
          (body) => body[entity]!
        ),
      remove: (entity, id) =>
        Effect.asVoid(
          send({ method: "DELETE", path: `/${plural(entity)}/${id}`, schema: Nothing, what: `${entity} ${id}` })
        ),
      conversations: (ticketId) =>
        byPages(
          `/tickets/${ticketId}/conversations`,
          { per_page: freshservice.maxPerPage },
          "conversations",
          Conversation as Schema.Schema<Conversation, unknown>,
          `the conversations of ticket ${ticketId}`
        ),
      filter: (entity, query) => {
        const wrapper = plural(entity)
        const [path, name] =
          entity === "ticket" ? ["/tickets/filter", "query"] : [`/${wrapper}`, entity === "asset" ? "filter" : "query"]
        return byPages(path, { [name]: `"${query}"` }, wrapper, schemaOf(entity), `the filtered ${wrapper}`)
      }
    }
  })
