/**
 * The Freshdesk client: lists with pages and time filter, one entity, search, automation rules. It runs over whichever
 * `HttpClient` it is given, so an instrumented one records its calls, and retries as providers/Retry.ts lays down.
 */
import { HttpClient, HttpClientRequest, type HttpClientResponse } from "@effect/platform"
import { Chunk, Effect, Option, Schema, Stream } from "effect"
import { type Authentication, authorizationHeader } from "../Authentication.js"
import { withRetries } from "../Retry.js"
import { freshdesk } from "./Catalogue.js"
import { AutomationRule, type AutomationRuleDraft, Entity, SearchResult } from "./Schemas.js"

/** The API answered, but not with what was asked for; or no answer came. */
export class FreshdeskError extends Schema.TaggedError<FreshdeskError>()("FreshdeskError", {
  reason: Schema.Literal("unreachable", "unauthorized", "throttled", "notFound", "rejected", "unexpectedShape"),
  message: Schema.String,
  status: Schema.NullOr(Schema.Number)
}) {}

export interface FreshdeskOptions {
  /** `https://acme.freshdesk.com` */
  readonly baseUrl: string
  readonly authentication: Authentication
  readonly onRetry?: Effect.Effect<void>
}

export interface ListOptions {
  readonly updatedSince?: string
  readonly filter?: "deleted" | "spam"
  readonly include?: string
  readonly perPage?: number
}

export type RuleType = "ticket_create" | "ticket_update"
const ruleTypeNumber: Record<RuleType, number> = { ticket_create: 1, ticket_update: 4 }

const listPaths: Readonly<Record<string, { readonly path: string; readonly timeFilter?: string }>> = {
  ticket: { path: "/tickets", timeFilter: "updated_since" },
  contact: { path: "/contacts", timeFilter: "_updated_since" },
  company: { path: "/companies" },
  agent: { path: "/agents" },
  group: { path: "/groups" }
}

export interface FreshdeskClient {
  /**
   * Every page of a list, oldest change first where the product can sort, as one stream of entities. With
   * `updatedSince`, tickets are read by windows instead of pages: items that move while someone pages through them
   * would slip from one page to the one before and be skipped; as it is they can come twice. What moves into the very
   * second that is being read is the next reading's, so that has to overlap.
   */
  readonly list: (entity: string, options?: ListOptions) => Stream.Stream<Entity, FreshdeskError>
  readonly get: (entity: string, id: string) => Effect.Effect<Entity, FreshdeskError>
  readonly conversations: (ticketId: string) => Stream.Stream<Entity, FreshdeskError>
  readonly search: (entity: string, query: string) => Stream.Stream<Entity, FreshdeskError>
  readonly rules: {
    readonly list: (type: RuleType) => Effect.Effect<ReadonlyArray<AutomationRule>, FreshdeskError>
    readonly create: (type: RuleType, rule: AutomationRuleDraft) => Effect.Effect<AutomationRule, FreshdeskError>
    readonly update: (
      type: RuleType,
      id: number,
      rule: AutomationRuleDraft
    ) => Effect.Effect<AutomationRule, FreshdeskError>
    readonly remove: (type: RuleType, id: number) => Effect.Effect<void, FreshdeskError>
  }
}

export const makeFreshdeskClient = (
  options: FreshdeskOptions
): Effect.Effect<FreshdeskClient, never, HttpClient.HttpClient> =>
  Effect.gen(function* () {
    const base = new URL(options.baseUrl)
    const api = `${base.origin}${base.pathname.replace(/\/$/, "")}${freshdesk.pathPrefix}`
    const plain = (yield* HttpClient.HttpClient).pipe(
      HttpClient.mapRequest(HttpClientRequest.setHeader("authorization", authorizationHeader(options.authentication)))
    )
    const client = yield* withRetries(plain, options.onRetry)

    const send = (
      using: HttpClient.HttpClient,
      request: HttpClientRequest.HttpClientRequest
    ): Effect.Effect<HttpClientResponse.HttpClientResponse, FreshdeskError> =>
      using.execute(request).pipe(
        Effect.mapError(
          () =>
            new FreshdeskError({
              reason: "unreachable",
              status: null,
              message: `${base.origin} could not be reached: check the source's baseUrl and the network, then run again`
            })
        ),
        Effect.flatMap((response) =>
          response.status >= 200 && response.status < 300 ? Effect.succeed(response) : refused(base.origin, response)
        )
      )

    const decode = <A, I>(schema: Schema.Schema<A, I>, what: string) => {
      const parse = Schema.decodeUnknown(schema, { errors: "first" })
      return (response: HttpClientResponse.HttpClientResponse): Effect.Effect<A, FreshdeskError> =>
        response.json.pipe(
          Effect.mapError(() => "the answer is no JSON"),
          Effect.flatMap((body) => Effect.mapError(parse(body), (issue) => wherePath(issue.message))),
          Effect.mapError(
            (why) =>
              new FreshdeskError({
                reason: "unexpectedShape",
                status: response.status,
                message: `${base.origin} answered ${what} in a shape hookshift does not know: ${why}`
              })
          )
        )
    }

    const pages = (
      path: string,
      parameters: Record<string, string>,
      what: string
    ): Stream.Stream<Entity, FreshdeskError> =>
      Stream.paginateChunkEffect(1, (page) =>
        send(
          client,
          HttpClientRequest.get(`${api}${path}`).pipe(
            HttpClientRequest.setUrlParams({ ...parameters, page: String(page) })
          )
        ).pipe(
          Effect.flatMap((response) =>
            Effect.map(decode(Schema.Chunk(Entity), what)(response), (items) => {
              const more = hasNext(response) && page < freshdesk.pageCeiling
              return [items, more ? nextPage(page) : noPage] as const
            })
          )
        )
      )

    /** Moves the window's start to the last stamp read; pages on only within one second that fills a page. */
    const windows = (parameters: Record<string, string>, from: string): Stream.Stream<Entity, FreshdeskError> =>
      Stream.paginateChunkEffect({ since: from, page: 1 }, ({ page, since }) =>
        send(
          client,
          HttpClientRequest.get(`${api}/tickets`).pipe(
            HttpClientRequest.setUrlParams({ ...parameters, updated_since: since, page: String(page) })
          )
        ).pipe(
          Effect.flatMap((response) =>
            Effect.map(decode(Schema.Chunk(Entity), "the list of ticket")(response), (items) => {
              const last = Option.getOrUndefined(Chunk.last(items))?.updated_at ?? since
              if (!hasNext(response)) return [items, Option.none<{ since: string; page: number }>()] as const
              return [items, Option.some(last > since ? { since: last, page: 1 } : { since, page: page + 1 })] as const
            })
          )
        )
      )

    const list: FreshdeskClient["list"] = (entity, filters = {}) => {
      const place = listPaths[entity]
      if (place === undefined) return Stream.dieMessage(`Freshdesk has no list of ${entity}`)
      const parameters: Record<string, string> = { per_page: String(filters.perPage ?? freshdesk.maxPerPage) }
      if (entity === "ticket") Object.assign(parameters, { order_by: "updated_at", order_type: "asc" })
      if (filters.filter !== undefined) parameters["filter"] = filters.filter
      if (filters.include !== undefined) parameters["include"] = filters.include
      if (filters.updatedSince !== undefined && place.timeFilter !== undefined) {
        parameters[place.timeFilter] = filters.updatedSince
      }
      if (entity === "ticket" && filters.updatedSince !== undefined) return windows(parameters, filters.updatedSince)
      return pages(place.path, parameters, `the list of ${entity}`)
    }

    const rulesPath = (type: RuleType) => `${api}/automations/${ruleTypeNumber[type]}/rules`

    return {
      list,
      get: (entity, id) =>
        send(client, HttpClientRequest.get(`${api}${listPaths[entity]?.path ?? `/${entity}`}/${id}`)).pipe(
          Effect.flatMap(decode(Entity, `${entity} ${id}`))
        ),
      conversations: (ticketId) =>
        pages(`/tickets/${ticketId}/conversations`, { per_page: "100" }, `the conversations of ticket ${ticketId}`),
      search: (entity, query) =>
        Stream.paginateChunkEffect(1, (page) =>
          send(
            client,
            HttpClientRequest.get(`${api}/search${listPaths[entity]?.path ?? `/${entity}`}`).pipe(
              HttpClientRequest.setUrlParams({ query: `"${query}"`, page: String(page) })
            )
          ).pipe(
            Effect.flatMap(decode(SearchResult, `the search for ${entity}`)),
            Effect.map(({ results, total }) => {
              // 30 a page and at most 10 pages (FRESHWORKS.md, "Lists and pages").
              const more = page < 10 && page * 30 < total
              return [Chunk.fromIterable(results), more ? nextPage(page) : noPage] as const
            })
          )
        ),
      rules: {
        list: (type) =>
          send(client, HttpClientRequest.get(rulesPath(type))).pipe(
            Effect.flatMap(decode(Schema.Array(AutomationRule), "the automation rules"))
          ),
        // A create is not safe to repeat, so it goes out once, past the retry layer.
        create: (type, rule) =>
          HttpClientRequest.post(rulesPath(type)).pipe(
            HttpClientRequest.bodyUnsafeJson(rule),
            (request) => send(plain, request),
            Effect.flatMap(decode(AutomationRule, "the new automation rule"))
          ),
        update: (type, id, rule) =>
          HttpClientRequest.put(`${rulesPath(type)}/${id}`).pipe(
            HttpClientRequest.bodyUnsafeJson(rule),
            (request) => send(client, request),
            Effect.flatMap(decode(AutomationRule, "the automation rule"))
          ),
        remove: (type, id) => Effect.asVoid(send(client, HttpClientRequest.del(`${rulesPath(type)}/${id}`)))
      }
    }
  })

const hasNext = (response: HttpClientResponse.HttpClientResponse): boolean =>
  /rel="?next"?/.test(response.headers["link"] ?? "")
const nextPage = (page: number) => Option.some(page + 1)
const noPage = Option.none<number>()

/** The place in the answer that was wrong, without the value that stood there. */
const wherePath = (message: string): string => {
  const path = /at path: (\S+)/.exec(message)?.[1] ?? /\["?([\w.]+)"?\]/.exec(message)?.[1]
  return path === undefined ? "its outer shape differs" : `at ${path}`
}

const refused = (
  origin: string,
  response: HttpClientResponse.HttpClientResponse
): Effect.Effect<never, FreshdeskError> => {
  const fail = (reason: FreshdeskError["reason"], message: string) =>
    Effect.fail(new FreshdeskError({ reason, message, status: response.status }))
  switch (response.status) {
    case 401:
    case 403:
      return fail(
        "unauthorized",
        `${origin} refused the API key: check the variable that the source's auth.secretEnv names`
      )
    case 404:
      return fail("notFound", `${origin} does not know what was asked for (404)`)
    case 429:
      return fail("throttled", `${origin} is over its rate limit after 5 tries: run again in a few minutes`)
    default:
      return fail("rejected", `${origin} answered ${response.status}`)
  }
}
