/**
 * The Freshdesk client: bare lists with `Link`, windows by `updated_since` for tickets, search in double quotes, bulk
 * jobs, automation rules (FRESHWORKS.md, "Lists and pages", "Bulk").
 */
import type { HttpClient } from "@effect/platform"
import { Effect, Schema, Stream } from "effect"
import { type BulkDone, type BulkPartialFailure, runJob, sendInChunks } from "../Bulk.js"
import { hasNextLink, pages, windowBound, windows } from "../Paging.js"
import type { ProviderError } from "../ProviderError.js"
import { type ClientOptions, makeTransport, Nothing, type Parameters } from "../Transport.js"
import { AutomationRule, type AutomationRuleDraft } from "./AutomationRule.js"
import { freshdesk } from "./Catalogue.js"
import { Agent, Company, Contact, Conversation, Group, SatisfactionRating, Ticket, TimeEntry } from "./Entities.js"

const schemas = {
  ticket: Ticket,
  contact: Contact,
  company: Company,
  agent: Agent,
  group: Group,
  time_entry: TimeEntry,
  satisfaction_rating: SatisfactionRating
}

/** Every entity type of the product, as its API shows it. */
export const freshdeskSchemas = { ...schemas, conversation: Conversation }

export type FreshdeskEntityName = keyof typeof schemas
export type FreshdeskEntity<Name extends FreshdeskEntityName> = (typeof schemas)[Name]["Type"]

const paths: Readonly<Record<FreshdeskEntityName, string>> = {
  ticket: "/tickets",
  contact: "/contacts",
  company: "/companies",
  agent: "/agents",
  group: "/groups",
  time_entry: "/time_entries",
  satisfaction_rating: "/surveys/satisfaction_ratings"
}

export interface FreshdeskListOptions {
  /** `2026-11-23T10:00:00Z`; tickets and contacts can be narrowed so, the others are read whole. */
  readonly updatedSince?: string
  readonly filter?: "deleted" | "spam"
  readonly include?: string
  readonly perPage?: number
}

export type RuleType = "ticket_create" | "ticket_update"
const ruleTypeNumber: Record<RuleType, number> = { ticket_create: 1, ticket_update: 4 }

export type Fields = Readonly<Record<string, unknown>>

export interface FreshdeskClient {
  /**
   * A whole list as one stream. Tickets with `updatedSince` come by windows, oldest change first, past the ceiling of
   * 300 pages and whatever moves meanwhile; other lists come by pages, and past the ceiling fail with what to do.
   */
  readonly list: <Name extends FreshdeskEntityName>(
    entity: Name,
    options?: FreshdeskListOptions
  ) => Stream.Stream<FreshdeskEntity<Name>, ProviderError>
  readonly get: <Name extends FreshdeskEntityName>(
    entity: Name,
    id: string | number,
    include?: string
  ) => Effect.Effect<FreshdeskEntity<Name>, ProviderError>
  readonly create: <Name extends FreshdeskEntityName>(
    entity: Name,
    fields: Fields
  ) => Effect.Effect<FreshdeskEntity<Name>, ProviderError>
  readonly update: <Name extends FreshdeskEntityName>(
    entity: Name,
    id: string | number,
    fields: Fields
  ) => Effect.Effect<FreshdeskEntity<Name>, ProviderError>
  readonly remove: (entity: FreshdeskEntityName, id: string | number) => Effect.Effect<void, ProviderError>
  /** The account's user whose key this is. */
  readonly me: Effect.Effect<Agent, ProviderError>
  readonly conversations: (ticketId: string | number) => Stream.Stream<Conversation, ProviderError>
  readonly timeEntries: (ticketId: string | number) => Stream.Stream<TimeEntry, ProviderError>
  readonly satisfactionRatings: (ticketId: string | number) => Stream.Stream<SatisfactionRating, ProviderError>
  /** `priority:3 AND status:2`, without the outer quotes; 30 a page and at most 10 pages. */
  readonly search: <Name extends "ticket" | "contact" | "company">(
    entity: Name,
    query: string
  ) => Stream.Stream<FreshdeskEntity<Name>, ProviderError>
  readonly bulk: {
    /** Sets the same properties on all these tickets. */
    readonly update: (
      ids: ReadonlyArray<number>,
      properties: Fields
    ) => Effect.Effect<BulkDone, BulkPartialFailure | ProviderError>
    readonly remove: (ids: ReadonlyArray<number>) => Effect.Effect<BulkDone, BulkPartialFailure | ProviderError>
  }
  readonly rules: {
    readonly list: (type: RuleType) => Effect.Effect<ReadonlyArray<AutomationRule>, ProviderError>
    readonly create: (type: RuleType, rule: AutomationRuleDraft) => Effect.Effect<AutomationRule, ProviderError>
    readonly update: (
      type: RuleType,
      id: number,
      rule: AutomationRuleDraft
    ) => Effect.Effect<AutomationRule, ProviderError>
    readonly remove: (type: RuleType, id: number) => Effect.Effect<void, ProviderError>
  }
}

const searchPage = 30
const searchPages = 10

export const makeFreshdeskClient = (
  options: ClientOptions
): Effect.Effect<FreshdeskClient, never, HttpClient.HttpClient> =>
  Effect.map(makeTransport(freshdesk, options), ({ fail, send, sendForHeaders }): FreshdeskClient => {
    const page = <A, I>(
      path: string,
      parameters: Parameters,
      number: number,
      schema: Schema.Schema<A, I>,
      what: string
    ) =>
      Effect.map(
        sendForHeaders({ path, parameters: { ...parameters, page: number }, schema: Schema.Array(schema), what }),
        ({ headers, value }) => ({ items: value, more: hasNextLink(headers) })
      )

    const byPages = <A, I>(path: string, parameters: Parameters, schema: Schema.Schema<A, I>, what: string) =>
      pages(1, (number) =>
        Effect.flatMap(page(path, parameters, number, schema, what), ({ items, more }) =>
          more && number >= freshdesk.pageCeiling
            ? Effect.fail(
                fail(
                  "rejected",
                  `${what} goes on past page ${freshdesk.pageCeiling}, where Freshdesk stops: narrow it with updatedSince`
                )
              )
            : Effect.succeed({ items, next: more ? number + 1 : null })
        )
      )

    const list: FreshdeskClient["list"] = (entity, filters = {}) =>
      Stream.unwrap(
        Effect.map(windowBound(filters.updatedSince, "updatedSince", fail), (since) => listFrom(entity, filters, since))
      )

    const listFrom = <Name extends FreshdeskEntityName>(
      entity: Name,
      filters: FreshdeskListOptions,
      updatedSince: string | undefined
    ): Stream.Stream<FreshdeskEntity<Name>, ProviderError> => {
      const schema = schemaOf(entity)
      const what = `the list of ${entity}`
      const parameters = {
        per_page: filters.perPage ?? freshdesk.maxPerPage,
        filter: filters.filter,
        include: filters.include
      }
      if (entity === "ticket") {
        const sorted = { ...parameters, order_by: "updated_at", order_type: "asc" }
        if (updatedSince === undefined) return byPages(paths.ticket, sorted, schema, what)
        return windows({
          from: updatedSince,
          pageCeiling: freshdesk.pageCeiling,
          stampOf: (item) => (item as Ticket).updated_at ?? null,
          keyOf: (item) => String(item.id),
          read: ({ page: number, since }) =>
            page(paths.ticket, { ...sorted, updated_since: since ?? undefined }, number, schema, what),
          tooMany: () =>
            fail("rejected", `more tickets changed within one second than ${freshdesk.pageCeiling} pages show`)
        })
      }
      const timeFilter = entity === "contact" ? { _updated_since: updatedSince } : {}
      return byPages(paths[entity], { ...parameters, ...timeFilter }, schema, what)
    }

    const schemaOf = <Name extends FreshdeskEntityName>(entity: Name) =>
      schemas[entity] as Schema.Schema<FreshdeskEntity<Name>, unknown>

    const beneath = <A, I>(ticketId: string | number, name: string, schema: Schema.Schema<A, I>) =>
      byPages(
        `/tickets/${ticketId}/${name}`,
        { per_page: freshdesk.maxPerPage },
        schema,
        `the ${name.replace("_", " ")} of ticket ${ticketId}`
      )

    const bulk = (path: string, ids: ReadonlyArray<number>, properties: Fields | null) =>
      sendInChunks("freshdesk", ids, String, (chunk) =>
        runJob(
          { fail, send },
          {
            method: path === "bulk_delete" ? "POST" : "PUT",
            path: `/tickets/${path}`,
            body: { bulk_action: { ids: chunk, ...(properties === null ? {} : { properties }) } }
          }
        )
      )

    const rulesPath = (type: RuleType) => `/automations/${ruleTypeNumber[type]}/rules`
    return {
      list,
      get: (entity, id, include) =>
        send({
          path: `${paths[entity]}/${id}`,
          parameters: { include },
          schema: schemaOf(entity),
          what: `${entity} ${id}`
        }),
      create: (entity, fields) =>
        send({
          method: "POST",
          path: paths[entity],
          body: fields,
          schema: schemaOf(entity),
          what: `the new ${entity}`
        }),
      update: (entity, id, fields) =>
        send({
          method: "PUT",
          path: `${paths[entity]}/${id}`,
          body: fields,
          schema: schemaOf(entity),
          what: `${entity} ${id}`
        }),
      remove: (entity, id) =>
        Effect.asVoid(
          send({ method: "DELETE", path: `${paths[entity]}/${id}`, schema: Nothing, what: `${entity} ${id}` })
        ),
      me: send({ path: "/agents/me", schema: Agent, what: "the key's own user" }),
      conversations: (ticketId) => beneath(ticketId, "conversations", Conversation),
      timeEntries: (ticketId) => beneath(ticketId, "time_entries", TimeEntry),
      satisfactionRatings: (ticketId) => beneath(ticketId, "satisfaction_ratings", SatisfactionRating),
      search: (entity, query) =>
        pages(1, (number) =>
          Effect.map(
            send({
              path: `/search${paths[entity]}`,
              parameters: { query: `"${query}"`, page: number },
              schema: Schema.Struct({ total: Schema.Number, results: Schema.Array(schemaOf(entity)) }),
              what: `the search for ${entity}`
            }),
            ({ results, total }) => ({
              items: results,
              next: number < searchPages && number * searchPage < total ? number + 1 : null
            })
          )
        ),
      bulk: {
        update: (ids, properties) => bulk("bulk_update", ids, properties),
        remove: (ids) => bulk("bulk_delete", ids, null)
      },
      rules: {
        list: (type) =>
          send({ path: rulesPath(type), schema: Schema.Array(AutomationRule), what: "the automation rules" }),
        create: (type, rule) =>
          send({
            method: "POST",
            path: rulesPath(type),
            body: rule,
            schema: AutomationRule,
            what: "the new automation rule"
          }),
        update: (type, id, rule) =>
          send({
            method: "PUT",
            path: `${rulesPath(type)}/${id}`,
            body: rule,
            schema: AutomationRule,
            what: "the automation rule"
          }),
        remove: (type, id) =>
          Effect.asVoid(
            send({ method: "DELETE", path: `${rulesPath(type)}/${id}`, schema: Nothing, what: "the automation rule" })
          )
      }
    }
  })
