/**
 * The Freshdesk client: bare lists with `Link`, windows by `updated_since` for tickets, search in double quotes, bulk
 * jobs, automation rules (FRESHWORKS.md, "Lists and pages", "Bulk").
 */
import type { HttpClient } from "@effect/platform"
import { Effect, Schema, Stream } from "effect"
import { runJob, sendInChunks } from "../Bulk.js"
import { type EntityVerbs, entityVerbs, type Fields } from "../EntityVerbs.js"
import type { InEffects, Many, Mode, One, Own } from "../Mode.js"
import { hasNextLink, numberedPages, pages, windowBound, windows } from "../Paging.js"
import type { ProviderError } from "../ProviderError.js"
import { type ClientOptions, makeTransport, Nothing, type Parameters, type Transport } from "../Transport.js"
import { AutomationRule, type AutomationRuleDraft } from "./AutomationRule.js"
import { freshdesk } from "./Catalogue.js"
import { Agent, Company, Contact, Conversation, Group, SatisfactionRating, Ticket, TimeEntry } from "./Entities.js"
import { ticketSearch } from "./Lists.js"

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
type Entities = { readonly [Name in FreshdeskEntityName]: FreshdeskEntity<Name> }

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

/** Behind the API's base path. */
export const automationPath = (type: RuleType): string => `/automations/${ruleTypeNumber[type]}/rules`

/** The verbs of Freshdesk's API. */
export interface FreshdeskApi<M extends Mode> extends EntityVerbs<Entities, M> {
  /**
   * A whole list as one stream. Tickets with `updatedSince` come by windows, oldest change first, past the ceiling of
   * 300 pages and whatever moves meanwhile; other lists come by pages, and past the ceiling fail with what to do.
   */
  readonly list: <Name extends FreshdeskEntityName>(
    entity: Name,
    options?: FreshdeskListOptions
  ) => Many<M, FreshdeskEntity<Name>>
  /** The account's user whose key this is. */
  readonly me: Own<M, Agent>
  readonly conversations: (ticketId: string | number) => Many<M, Conversation>
  readonly timeEntries: (ticketId: string | number) => Many<M, TimeEntry>
  readonly satisfactionRatings: (ticketId: string | number) => Many<M, SatisfactionRating>
  /** `priority:3 AND status:2`, without the outer quotes; 30 a page and at most 10 pages. */
  readonly search: <Name extends "ticket" | "contact" | "company">(
    entity: Name,
    query: string
  ) => Many<M, FreshdeskEntity<Name>>
  /** One page of a search, and how many entities all of them have. */
  readonly searchPage: <Name extends "ticket" | "contact" | "company">(
    entity: Name,
    query: string,
    page: number
  ) => One<M, { readonly total: number; readonly results: ReadonlyArray<FreshdeskEntity<Name>> }>
  readonly bulk: {
    /** Sets the same properties on all these tickets. */
    readonly update: (ids: ReadonlyArray<number>, properties: Fields) => M["bulk"]
    readonly remove: (ids: ReadonlyArray<number>) => M["bulk"]
  }
  readonly rules: {
    readonly list: (type: RuleType) => One<M, ReadonlyArray<AutomationRule>>
    readonly create: (type: RuleType, rule: AutomationRuleDraft) => One<M, AutomationRule>
    readonly update: (type: RuleType, id: number, rule: AutomationRuleDraft) => One<M, AutomationRule>
    readonly remove: (type: RuleType, id: number) => One<M, void>
  }
}
export type FreshdeskClient = FreshdeskApi<InEffects>

const schemaOf = <Name extends FreshdeskEntityName>(entity: Name) =>
  schemas[entity] as Schema.Schema<FreshdeskEntity<Name>, unknown>

export const makeFreshdeskClient = (
  options: ClientOptions
): Effect.Effect<FreshdeskClient, never, HttpClient.HttpClient> =>
  Effect.map(makeTransport(freshdesk, options), (transport): FreshdeskClient => {
    const { send } = transport
    const searchPage: FreshdeskClient["searchPage"] = (entity, query, page) =>
      send({
        path: `/search${paths[entity]}`,
        parameters: { query: `"${query}"`, page },
        schema: Schema.Struct({ total: Schema.Number, results: Schema.Array(schemaOf(entity)) }),
        what: `the search for ${entity}`
      })
    return {
      ...entityVerbs<Entities>(transport, {
        schemas,
        pathOf: (entity) => paths[entity],
        wraps: { answers: false, bodies: false }
      }),
      ...listsOf(transport),
      me: send({ path: "/agents/me", schema: Agent, what: "the key's own user" }),
      search: (entity, query) =>
        pages(1, (number) =>
          Effect.map(searchPage(entity, query, number), ({ results, total }) => ({
            items: results,
            next: number < ticketSearch.mostPages && number * ticketSearch.perPage < total ? number + 1 : null
          }))
        ),
      searchPage,
      bulk: {
        update: (ids, properties) => bulkOf(transport, "PUT", "bulk_update", ids, { properties }),
        remove: (ids) => bulkOf(transport, "POST", "bulk_delete", ids, {})
      },
      rules: rulesOf(transport)
    }
  })

/** Lists of entities, and of a ticket's dependants. */
const listsOf = ({
  fail,
  sendForHeaders
}: Transport): Pick<FreshdeskClient, "list" | "conversations" | "timeEntries" | "satisfactionRatings"> => {
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
    numberedPages(
      (number) => page(path, parameters, number, schema, what),
      freshdesk.pageCeiling,
      () =>
        fail(
          "rejected",
          `${what} goes on past page ${freshdesk.pageCeiling}, where Freshdesk stops: narrow it with updatedSince`
        )
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
  const beneath = <A, I>(ticketId: string | number, name: string, schema: Schema.Schema<A, I>) =>
    byPages(
      `/tickets/${ticketId}/${name}`,
      { per_page: freshdesk.maxPerPage },
      schema,
      `the ${name.replace("_", " ")} of ticket ${ticketId}`
    )
  return {
    list: (entity, filters = {}) =>
      Stream.unwrap(
        Effect.map(windowBound(filters.updatedSince, "updatedSince", fail), (since) => listFrom(entity, filters, since))
      ),
    conversations: (ticketId) => beneath(ticketId, "conversations", Conversation),
    timeEntries: (ticketId) => beneath(ticketId, "time_entries", TimeEntry),
    satisfactionRatings: (ticketId) => beneath(ticketId, "satisfaction_ratings", SatisfactionRating)
  }
}

const bulkOf = (
  transport: Transport,
  method: "POST" | "PUT",
  name: string,
  ids: ReadonlyArray<number>,
  more: { readonly properties?: Fields }
) =>
  sendInChunks("freshdesk", ids, String, (chunk) =>
    runJob(transport, { method, path: `/tickets/${name}`, body: { bulk_action: { ids: chunk, ...more } } })
  )

const rulesOf = ({ send }: Transport): FreshdeskClient["rules"] => {
  const [schema, what] = [AutomationRule, "the automation rule"]
  return {
    list: (type) =>
      send({ path: automationPath(type), schema: Schema.Array(AutomationRule), what: "the automation rules" }),
    create: (type, rule) =>
      send({ method: "POST", path: automationPath(type), body: rule, schema, what: "the new automation rule" }),
    update: (type, id, rule) =>
      send({ method: "PUT", path: `${automationPath(type)}/${id}`, body: rule, schema, what }),
    remove: (type, id) =>
      Effect.asVoid(send({ method: "DELETE", path: `${automationPath(type)}/${id}`, schema: Nothing, what }))
  }
}
