/**
 * The Freshsales client: lists are views, found through `/filters` and sorted by change, with `meta` for their pages;
 * bodies are wrapped in the entity's name; contacts can be upserted in bulk (FRESHWORKS.md, "Lists and pages", "Bulk").
 */
import type { HttpClient } from "@effect/platform"
import { Effect, Schema, Stream } from "effect"
import { runJob, sendInChunks } from "../Bulk.js"
import { type EntityVerbs, entityVerbs, type Fields } from "../EntityVerbs.js"
import type { InEffects, Many, Mode, One } from "../Mode.js"
import { newestFirst, pages, windowBound } from "../Paging.js"
import { type ClientOptions, makeTransport, type Transport } from "../Transport.js"
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
type Entities = { readonly [Name in FreshsalesEntityName]: FreshsalesEntity<Name> }
export type FreshsalesViewedName = "contact" | "deal" | "sales_account" | "lead"

const View = Schema.Struct({ id: Schema.Number, name: Schema.String }, { key: Schema.String, value: Schema.Unknown })
export type FreshsalesView = typeof View.Type

/** A contact of a bulk upsert: its identifying fields, and its new fields. */
export interface FreshsalesUpsert {
  readonly unique_identifier: Readonly<Record<string, string>>
  readonly data: Fields
}

/** The verbs of Freshsales' API. */
export interface FreshsalesApi<M extends Mode> extends EntityVerbs<Entities, M> {
  /** The views that the account has of an entity; "All Contacts" and the like are among them. */
  readonly views: (entity: FreshsalesViewedName) => One<M, ReadonlyArray<FreshsalesView>>
  /**
   * A view, newest change first, down to `updatedSince` or to its end. Items that change while it is read are at its
   * front by then, so the front is read again until a reading meets only what it knows. Without `view`, the one named
   * "All …".
   */
  readonly list: <Name extends FreshsalesViewedName>(
    entity: Name,
    options?: { readonly updatedSince?: string; readonly view?: number }
  ) => Many<M, FreshsalesEntity<Name>>
  readonly tasks: (filter: "open" | "due_today" | "overdue" | "completed") => Many<M, Task>
  readonly appointments: (filter: "past" | "upcoming") => Many<M, Appointment>
  readonly search: (
    query: string,
    entities: ReadonlyArray<"contact" | "deal" | "sales_account">
  ) => One<M, ReadonlyArray<Fields>>
  readonly bulk: {
    readonly upsertContacts: (contacts: ReadonlyArray<FreshsalesUpsert>) => M["bulk"]
  }
}
export type FreshsalesClient = FreshsalesApi<InEffects>

const Meta = Schema.Struct({
  total_pages: Schema.optionalWith(Schema.Number, { default: () => 1 }),
  total: Schema.optionalWith(Schema.NullOr(Schema.Number), { default: () => null })
})

/** A contact's name in a bulk request and in its outcome. */
const upsertKey = (contact: FreshsalesUpsert): string => Object.values(contact.unique_identifier).join(" ")

const schemaOf = <Name extends FreshsalesEntityName>(entity: Name) =>
  freshsalesSchemas[entity] as Schema.Schema<FreshsalesEntity<Name>, unknown>

export const makeFreshsalesClient = (
  options: ClientOptions
): Effect.Effect<FreshsalesClient, never, HttpClient.HttpClient> =>
  Effect.map(
    makeTransport(freshsales, options),
    (transport): FreshsalesClient => ({
      ...entityVerbs<Entities>(transport, {
        schemas: freshsalesSchemas,
        pathOf: (entity) => `/${entity}s`,
        wraps: { answers: true, bodies: true }
      }),
      ...viewsOf(transport),
      ...filteredLists(transport),
      search: (query, entities) =>
        transport.send({
          path: "/search",
          parameters: { q: query, include: entities.join(",") },
          schema: Schema.Array(Schema.Record({ key: Schema.String, value: Schema.Unknown })),
          what: "the search"
        }),
      bulk: {
        upsertContacts: (contacts) =>
          sendInChunks("freshsales", contacts, upsertKey, (chunk) =>
            runJob(transport, {
              method: "POST",
              path: "/contacts/bulk_upsert",
              body: { contacts: chunk },
              repeatable: true
            })
          )
      }
    })
  )

/** A page of a list, with the number of pages in all. */
const pageOf = <Name extends FreshsalesEntityName>(entity: Name) =>
  Schema.Struct({
    [`${entity}s`]: Schema.Array(schemaOf(entity)),
    meta: Schema.optionalWith(Meta, { default: () => ({ total_pages: 1, total: null }) })
  }) as unknown as Schema.Schema<
    Record<string, ReadonlyArray<FreshsalesEntity<Name>>> & { readonly meta: typeof Meta.Type },
    unknown
  >

const viewsOf = ({ fail, send }: Transport): Pick<FreshsalesClient, "views" | "list"> => {
  const views: FreshsalesClient["views"] = (entity) =>
    Effect.map(
      send({
        path: `/${entity}s/filters`,
        schema: Schema.Struct({ filters: Schema.Array(View) }),
        what: `the views of ${entity}`
      }),
      ({ filters }) => filters
    )
  const known = new Map<string, number>()
  /** The view of all; asked for once. */
  const viewOfAll = (entity: FreshsalesViewedName) =>
    Effect.suspend(() => {
      const id = known.get(entity)
      if (id !== undefined) return Effect.succeed(id)
      return Effect.flatMap(views(entity), (found) => {
        const all = found.find(({ name }) => /^all\b/i.test(name)) ?? found[0]
        if (all === undefined)
          return Effect.fail(fail("notFound", `the account shows no view of ${entity} to this key`))
        known.set(entity, all.id)
        return Effect.succeed(all.id)
      })
    })
  const viewPage = <Name extends FreshsalesViewedName>(entity: Name, view: number, page: number) =>
    Effect.flatMap(
      send({
        path: `/${entity}s/view/${view}`,
        parameters: { page, sort: "updated_at", sort_type: "desc" },
        schema: pageOf(entity),
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
  return {
    views,
    list: (entity, filters = {}) =>
      Stream.unwrap(
        Effect.gen(function* () {
          const since = yield* windowBound(filters.updatedSince, "updatedSince", fail)
          const view = filters.view ?? (yield* viewOfAll(entity))
          return newestFirst({
            until: since ?? null,
            stampOf: (item) => (item as Contact).updated_at ?? null,
            keyOf: (item) => String(item.id),
            read: (page) => viewPage(entity, view, page)
          })
        })
      )
  }
}

/** The lists that take a filter in place of a view. */
const filteredLists = ({ send }: Transport): Pick<FreshsalesClient, "tasks" | "appointments"> => {
  const filtered = <Name extends "task" | "appointment">(entity: Name, filter: string) =>
    pages(1, (page) =>
      Effect.map(
        send({
          path: `/${entity}s`,
          parameters: { filter, page },
          schema: pageOf(entity),
          what: `the list of ${entity}`
        }),
        (body) => ({ items: body[`${entity}s`]!, next: page < body.meta.total_pages ? page + 1 : null })
      )
    )
  return {
    tasks: (filter) => filtered("task", filter),
    appointments: (filter) => filtered("appointment", filter)
  }
}
