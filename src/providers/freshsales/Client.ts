/**
 * The Freshsales client: lists are views, found through `/filters` and sorted by change, with `meta` for their pages;
 * bodies are wrapped in the entity's name; contacts can be upserted in bulk (FRESHWORKS.md, "Lists and pages", "Bulk").
 */
import type { HttpClient } from "@effect/platform"
import { Effect, Schema, Stream } from "effect"
import { type BulkDone, type BulkPartialFailure, runJob, sendInChunks } from "../Bulk.js"
import { newestFirst, pages, windowBound } from "../Paging.js"
import type { ProviderError } from "../ProviderError.js"
import { type ClientOptions, makeTransport, Nothing } from "../Transport.js"
import { freshsales } from "./Catalogue.js"
import { Appointment, Contact, Deal, Lead, SalesAccount, Task } from "./Entities.js"

/** Every entity type of the product, as its API shows it. */
export const freshsalesSchemas = {
  contact: Contact,
  deal: Deal,
  sales_account: SalesAccount,
  lead: Lead,
  task: Task,
  appointment: Appointment
}

export type FreshsalesEntityName = keyof typeof freshsalesSchemas
export type FreshsalesEntity<Name extends FreshsalesEntityName> = (typeof freshsalesSchemas)[Name]["Type"]
export type FreshsalesViewedName = "contact" | "deal" | "sales_account" | "lead"
export type FreshsalesFields = Readonly<Record<string, unknown>>

const View = Schema.Struct({ id: Schema.Number, name: Schema.String }, { key: Schema.String, value: Schema.Unknown })
export type FreshsalesView = typeof View.Type

/** A contact of a bulk upsert: what tells it from others, and what it shall be. */
export interface FreshsalesUpsert {
  readonly unique_identifier: Readonly<Record<string, string>>
  readonly data: FreshsalesFields
}

export interface FreshsalesClient {
  /** The views that the account has of an entity; "All Contacts" and the like are among them. */
  readonly views: (entity: FreshsalesViewedName) => Effect.Effect<ReadonlyArray<FreshsalesView>, ProviderError>
  /**
   * A view, newest change first, down to `updatedSince` or to its end. What changes while it is read is at its front
   * by then, so the front is read again until a reading meets only what it knows. Without `view`, the one named "All …".
   */
  readonly list: <Name extends FreshsalesViewedName>(
    entity: Name,
    options?: { readonly updatedSince?: string; readonly view?: number }
  ) => Stream.Stream<FreshsalesEntity<Name>, ProviderError>
  readonly tasks: (filter: "open" | "due_today" | "overdue" | "completed") => Stream.Stream<Task, ProviderError>
  readonly appointments: (filter: "past" | "upcoming") => Stream.Stream<Appointment, ProviderError>
  readonly get: <Name extends FreshsalesEntityName>(
    entity: Name,
    id: string | number,
    include?: string
  ) => Effect.Effect<FreshsalesEntity<Name>, ProviderError>
  readonly create: <Name extends FreshsalesEntityName>(
    entity: Name,
    fields: FreshsalesFields
  ) => Effect.Effect<FreshsalesEntity<Name>, ProviderError>
  readonly update: <Name extends FreshsalesEntityName>(
    entity: Name,
    id: string | number,
    fields: FreshsalesFields
  ) => Effect.Effect<FreshsalesEntity<Name>, ProviderError>
  readonly remove: (entity: FreshsalesEntityName, id: string | number) => Effect.Effect<void, ProviderError>
  readonly search: (
    query: string,
    entities: ReadonlyArray<"contact" | "deal" | "sales_account">
  ) => Effect.Effect<ReadonlyArray<FreshsalesFields>, ProviderError>
  readonly bulk: {
    readonly upsertContacts: (
      contacts: ReadonlyArray<FreshsalesUpsert>
    ) => Effect.Effect<BulkDone, BulkPartialFailure | ProviderError>
  }
}

const Meta = Schema.Struct({
  total_pages: Schema.optionalWith(Schema.Number, { default: () => 1 }),
  total: Schema.optionalWith(Schema.NullOr(Schema.Number), { default: () => null })
})

/** What names a contact in a bulk request and in its outcome. */
const upsertKey = (contact: FreshsalesUpsert): string => Object.values(contact.unique_identifier).join(" ")

export const makeFreshsalesClient = (
  options: ClientOptions
): Effect.Effect<FreshsalesClient, never, HttpClient.HttpClient> =>
  Effect.map(makeTransport(freshsales, options), ({ fail, send }): FreshsalesClient => {
    const schemaOf = <Name extends FreshsalesEntityName>(entity: Name) =>
      freshsalesSchemas[entity] as Schema.Schema<FreshsalesEntity<Name>, unknown>
    const one = <Name extends FreshsalesEntityName>(entity: Name) =>
      Schema.Struct({ [entity]: schemaOf(entity) }) as unknown as Schema.Schema<
        Record<string, FreshsalesEntity<Name>>,
        unknown
      >
    const many = <Name extends FreshsalesEntityName>(entity: Name) =>
      Schema.Struct({
        [`${entity}s`]: Schema.Array(schemaOf(entity)),
        meta: Schema.optionalWith(Meta, { default: () => ({ total_pages: 1, total: null }) })
      }) as unknown as Schema.Schema<
        Record<string, ReadonlyArray<FreshsalesEntity<Name>>> & { readonly meta: typeof Meta.Type },
        unknown
      >

    const views: FreshsalesClient["views"] = (entity) =>
      Effect.map(
        send({
          path: `/${entity}s/filters`,
          schema: Schema.Struct({ filters: Schema.Array(View) }),
          what: `the views of ${entity}`
        }),
        ({ filters }) => filters
      )
    const viewIds = new Map<string, number>()
    const viewOf = (entity: FreshsalesViewedName) =>
      Effect.suspend(() => {
        const known = viewIds.get(entity)
        if (known !== undefined) return Effect.succeed(known)
        return Effect.flatMap(views(entity), (found) => {
          const all = found.find(({ name }) => /^all\b/i.test(name)) ?? found[0]
          if (all === undefined)
            return Effect.fail(fail("notFound", `the account shows no view of ${entity} to this key`))
          viewIds.set(entity, all.id)
          return Effect.succeed(all.id)
        })
      })

    const filtered = <Name extends "task" | "appointment">(entity: Name, filter: string) =>
      pages(1, (page) =>
        Effect.map(
          send({
            path: `/${entity}s`,
            parameters: { filter, page },
            schema: many(entity),
            what: `the list of ${entity}`
          }),
          (body) => ({ items: body[`${entity}s`]!, next: page < body.meta.total_pages ? page + 1 : null })
        )
      )

    return {
      views,
      list: (entity, filters = {}) =>
        Stream.unwrap(
          Effect.gen(function* () {
            const since = yield* windowBound(filters.updatedSince, "updatedSince", fail)
            const view = filters.view ?? (yield* viewOf(entity))
            return newestFirst({
              until: since ?? null,
              stampOf: (item) => (item as Contact).updated_at ?? null,
              keyOf: (item) => String(item.id),
              read: (page) =>
                Effect.flatMap(
                  send({
                    path: `/${entity}s/view/${view}`,
                    parameters: { page, sort: "updated_at", sort_type: "desc" },
                    schema: many(entity),
                    what: `the view of ${entity}`
                  }),
                  (body) =>
                    page >= freshsales.pageCeiling && page < body.meta.total_pages
                      ? Effect.fail(
                          fail(
                            "rejected",
                            `the view of ${entity} goes on past page ${freshsales.pageCeiling}, where Freshsales stops: narrow it with updatedSince, or make a smaller view`
                          )
                        )
                      : Effect.succeed({
                          items: body[`${entity}s`]!,
                          more: page < body.meta.total_pages,
                          total: body.meta.total
                        })
                )
            })
          })
        ),
      tasks: (filter) => filtered("task", filter),
      appointments: (filter) => filtered("appointment", filter),
      get: (entity, id, include) =>
        Effect.map(
          send({ path: `/${entity}s/${id}`, parameters: { include }, schema: one(entity), what: `${entity} ${id}` }),
          (body) => body[entity]!
        ),
      create: (entity, fields) =>
        Effect.map(
          send({
            method: "POST",
            path: `/${entity}s`,
            body: { [entity]: fields },
            schema: one(entity),
            what: `the new ${entity}`
          }),
          (body) => body[entity]!
        ),
      update: (entity, id, fields) =>
        Effect.map(
          send({
            method: "PUT",
            path: `/${entity}s/${id}`,
            body: { [entity]: fields },
            schema: one(entity),
            what: `${entity} ${id}`
          }),
          (body) => body[entity]!
        ),
      remove: (entity, id) =>
        Effect.asVoid(send({ method: "DELETE", path: `/${entity}s/${id}`, schema: Nothing, what: `${entity} ${id}` })),
      search: (query, entities) =>
        send({
          path: "/search",
          parameters: { q: query, include: entities.join(",") },
          schema: Schema.Array(Schema.Record({ key: Schema.String, value: Schema.Unknown })),
          what: "the search"
        }),
      bulk: {
        upsertContacts: (contacts) =>
          sendInChunks("freshsales", contacts, upsertKey, (chunk) =>
            runJob(
              { fail, send },
              { method: "POST", path: "/contacts/bulk_upsert", body: { contacts: chunk }, repeatable: true }
            )
          )
      }
    }
  })
