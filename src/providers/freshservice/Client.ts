/**
 * The Freshservice client: lists wrapped in their entity's name, `updated_since` for tickets, changes, problems and
 * releases only, assets addressed by `display_id` (FRESHWORKS.md, "Lists and pages"). It has no bulk API.
 */
import type { HttpClient } from "@effect/platform"
import { Effect, Schema, Stream } from "effect"
import { type EntityVerbs, entityVerbs } from "../EntityVerbs.js"
import type { InEffects, Many, Mode } from "../Mode.js"
import { hasNextLink, numberedPages, windowBound, windows } from "../Paging.js"
import type { ProviderError } from "../ProviderError.js"
import { type ClientOptions, makeTransport, type Parameters, type Transport } from "../Transport.js"
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
type Entities = { readonly [Name in FreshserviceEntityName]: FreshserviceEntity<Name> }

const narrowed = new Set<FreshserviceEntityName>(["ticket", "change", "problem", "release"])

export interface FreshserviceListOptions {
  /** `2026-11-23T10:00:00Z`; tickets, changes, problems and releases can be narrowed so, the others are read whole. */
  readonly updatedSince?: string
  readonly filter?: "deleted" | "spam"
  readonly include?: string
  readonly perPage?: number
  /** Of tickets: without it the list shows the primary workspace alone; 0 shows all, with global fields only. */
  readonly workspaceId?: number
}

/** The verbs of Freshservice's API. An asset's id is its `display_id`. */
export interface FreshserviceApi<M extends Mode> extends EntityVerbs<Entities, M> {
  /** A whole list as one stream: by windows, oldest change first, with `updatedSince`; else by pages. */
  readonly list: <Name extends FreshserviceEntityName>(
    entity: Name,
    options?: FreshserviceListOptions
  ) => Many<M, FreshserviceEntity<Name>>
  readonly conversations: (ticketId: string | number) => Many<M, Conversation>
  /** `priority:3 AND status:2`, without the outer quotes. */
  readonly filter: <Name extends "ticket" | "asset" | "requester">(
    entity: Name,
    query: string
  ) => Many<M, FreshserviceEntity<Name>>
}
export type FreshserviceClient = FreshserviceApi<InEffects>

const plural = (entity: string): string => `${entity}s`

const schemaOf = <Name extends FreshserviceEntityName>(entity: Name) =>
  schemas[entity] as Schema.Schema<FreshserviceEntity<Name>, unknown>

export const makeFreshserviceClient = (
  options: ClientOptions
): Effect.Effect<FreshserviceClient, never, HttpClient.HttpClient> =>
  Effect.map(
    makeTransport(freshservice, options),
    (transport): FreshserviceClient => ({
      ...entityVerbs<Entities>(transport, {
        schemas,
        pathOf: (entity) => `/${plural(entity)}`,
        wraps: { answers: true, bodies: false }
      }),
      ...listsOf(transport)
    })
  )

/** A kind of list: its path, the name that wraps it, and its name in errors. */
interface Listed<A> {
  readonly path: string
  readonly parameters: Parameters
  readonly wrapper: string
  readonly schema: Schema.Schema<A, unknown>
  readonly what: string
}

const listsOf = ({
  fail,
  sendForHeaders
}: Transport): Pick<FreshserviceClient, "list" | "conversations" | "filter"> => {
  const page = <A>({ parameters, path, schema, what, wrapper }: Listed<A>, number: number) =>
    Effect.map(
      sendForHeaders({
        path,
        parameters: { ...parameters, page: number },
        schema: Schema.Struct({ [wrapper]: Schema.Array(schema) }) as unknown as Schema.Schema<
          Record<string, ReadonlyArray<A>>,
          unknown
        >,
        what
      }),
      ({ headers, value }) => ({ items: value[wrapper]!, more: hasNextLink(headers) })
    )
  const byPages = <A>(listed: Listed<A>) =>
    numberedPages(
      (number) => page(listed, number),
      freshservice.pageCeiling,
      () => fail("rejected", `${listed.what} goes on past page ${freshservice.pageCeiling}: narrow it`)
    )
  const listFrom = <Name extends FreshserviceEntityName>(
    entity: Name,
    filters: FreshserviceListOptions,
    updatedSince: string | undefined
  ): Stream.Stream<FreshserviceEntity<Name>, ProviderError> => {
    const wrapper = plural(entity)
    const listed = {
      path: `/${wrapper}`,
      parameters: {
        per_page: filters.perPage ?? freshservice.maxPerPage,
        filter: filters.filter,
        include: filters.include,
        workspace_id: filters.workspaceId
      },
      wrapper,
      schema: schemaOf(entity),
      what: `the list of ${entity}`
    }
    if (updatedSince === undefined || !narrowed.has(entity)) return byPages(listed)
    const sorted = { ...listed.parameters, order_by: "updated_at", order_type: "asc" }
    return windows({
      from: updatedSince,
      pageCeiling: freshservice.pageCeiling,
      stampOf: (item) => (item as Ticket).updated_at ?? null,
      keyOf: (item) => String(item.id),
      read: ({ page: number, since }) =>
        page({ ...listed, parameters: { ...sorted, updated_since: since ?? undefined } }, number),
      tooMany: () =>
        fail("rejected", `more ${wrapper} changed within one second than ${freshservice.pageCeiling} pages show`)
    })
  }
  return {
    list: (entity, filters = {}) =>
      Stream.unwrap(
        Effect.map(windowBound(filters.updatedSince, "updatedSince", fail), (since) => listFrom(entity, filters, since))
      ),
    conversations: (ticketId) =>
      byPages({
        path: `/tickets/${ticketId}/conversations`,
        parameters: { per_page: freshservice.maxPerPage },
        wrapper: "conversations",
        schema: Conversation as Schema.Schema<Conversation, unknown>,
        what: `the conversations of ticket ${ticketId}`
      }),
    filter: (entity, query) => {
      const wrapper = plural(entity)
      const [path, name] =
        entity === "ticket" ? ["/tickets/filter", "query"] : [`/${wrapper}`, entity === "asset" ? "filter" : "query"]
      return byPages({
        path,
        parameters: { [name]: `"${query}"` },
        wrapper,
        schema: schemaOf(entity),
        what: `the filtered ${wrapper}`
      })
    }
  }
}
