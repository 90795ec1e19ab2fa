/**
 * One request of a product's client: authenticated, within the account's limit, retried, decoded, and its failures in
 * one vocabulary. This is all that the products' clients share (FRESHWORKS.md, "Products"); it runs over whichever
 * `HttpClient` it is given, so an instrumented one records its calls.
 */
import { HttpClient, type HttpClientError, HttpClientRequest, type HttpClientResponse } from "@effect/platform"
import { Effect, ParseResult, Redacted, Schema } from "effect"
import { isRecord } from "../domain/Json.js"
import { type AccountLimiter, makeAccountLimiter } from "./AccountLimiter.js"
import { type Authentication, authorizationHeader, authorize } from "./Authentication.js"
import type { Unreadable } from "./EntityReader.js"
import { type CatalogueEndpoint, creditsOf, endpointMatcher, type Provider } from "./Provider.js"
import { ProviderError } from "./ProviderError.js"
import { maxTries, withRetries } from "./Retry.js"

export interface ClientOptions {
  /** The account's address without the API's own path: `https://acme.freshdesk.com`. */
  readonly baseUrl: string
  readonly authentication: Authentication
  /** One for all clients of an account; without it the client has its own, and learns the limit from the answers. */
  readonly limiter?: AccountLimiter
  /** Runs before each further try. */
  readonly onRetry?: Effect.Effect<void>
  /** 5 unless set. */
  readonly tries?: number
  /** Where it is given, an item of a list that is not as documented is told here and left out; else the list fails. */
  readonly onUnreadable?: (item: Unreadable) => Effect.Effect<void>
}

export type Parameters = Readonly<Record<string, string | number | undefined>>

export interface ApiRequest<A, I> {
  readonly method?: "GET" | "POST" | "PUT" | "DELETE"
  /** Below the API's own path: `/tickets/7`. */
  readonly path: string
  readonly parameters?: Parameters
  readonly body?: unknown
  readonly schema: Schema.Schema<A, I>
  /** What is asked for, as an error names it: `ticket 7`. */
  readonly what: string
  /** A POST that only reads or sets may be repeated; by default it may not. */
  readonly repeatable?: boolean
}

export interface ApiAnswer<A> {
  readonly value: A
  readonly headers: Readonly<Record<string, string>>
}

export interface Transport {
  readonly send: <A, I>(request: ApiRequest<A, I>) => Effect.Effect<A, ProviderError>
  readonly sendForHeaders: <A, I>(request: ApiRequest<A, I>) => Effect.Effect<ApiAnswer<A>, ProviderError>
  /** The path that a link in an answer points at, below the API's own; `null` for a link elsewhere. */
  readonly pathOf: (href: string) => string | null
  readonly fail: (reason: ProviderError["reason"], message: string, status?: number) => ProviderError
}

/** For answers that carry nothing. */
export const Nothing = Schema.Unknown

/** Endings that a base URL may have already; a described provider's own base where it has no parameters, for only the user knows those. */
const prefixesOf = ({ described, pathPrefixes }: Provider): ReadonlyArray<string> => {
  const own = described?.base ?? ""
  return own === "" || own.includes("{") ? pathPrefixes : [own.replace(/\/$/, "")]
}

export const makeTransport = (
  provider: Provider,
  options: ClientOptions
): Effect.Effect<Transport, never, HttpClient.HttpClient> =>
  Effect.map(HttpClient.HttpClient, (http): Transport => {
    const base = new URL(options.baseUrl)
    const path = base.pathname.replace(/\/$/, "")
    const prefixes = prefixesOf(provider)
    const prefix = prefixes.find((known) => path.endsWith(known)) ?? prefixes[0]!
    const api = `${base.origin}${path.endsWith(prefix) ? path : path + prefix}`
    const limiter = options.limiter ?? makeAccountLimiter(null)
    const match = endpointMatcher(provider)
    const where = base.origin

    const fail: Transport["fail"] = (reason, message, status) =>
      new ProviderError({ product: provider.product, reason, message, status: status ?? null, fields: [] })

    /** Key headers are set when the request is made, tokens that run out when it goes out. */
    const execute = (
      request: HttpClientRequest.HttpClientRequest
    ): Effect.Effect<HttpClientResponse.HttpClientResponse, HttpClientError.HttpClientError | ProviderError> => {
      const { authentication } = options
      if (authentication.scheme !== "oauth")
        return http.execute(HttpClientRequest.setHeader(request, "authorization", authorizationHeader(authentication)))
      const withToken = Effect.flatMap(authorize(authentication), (header) =>
        http
          .execute(HttpClientRequest.setHeader(request, "authorization", header))
          .pipe(Effect.map((response) => ({ response, token: header.slice("Bearer ".length) })))
      )
      return withToken.pipe(
        Effect.flatMap(({ response, token }) =>
          // A token may be taken back before its time: once, it is renewed and the refused call is made again.
          response.status === 401
            ? authentication.invalidate(Redacted.make(token)).pipe(
                Effect.zipRight(withToken),
                Effect.map((again) => again.response)
              )
            : Effect.succeed(response)
        )
      )
    }

    const exchange = <A, I>(request: ApiRequest<A, I>) => {
      const method = request.method ?? "GET"
      const path = `${prefix}${request.path}`
      const bare = HttpClientRequest.make(method)(`${api}${request.path}`).pipe(
        HttpClientRequest.setUrlParams(definedOnly(request.parameters)),
        (made) => (request.body === undefined ? made : HttpClientRequest.bodyUnsafeJson(made, request.body))
      )
      const matched = match(method, path)
      const embeds = request.parameters?.["include"] !== undefined
      return withRetries(execute(bare), {
        limiter,
        endpoint: `${method} ${matched.template}`,
        credits: creditsOf(provider, matched.endpoint, embeds),
        repeatable: request.repeatable ?? method !== "POST",
        onRetry: options.onRetry ?? Effect.void,
        tries: options.tries ?? maxTries
      }).pipe(
        Effect.mapError((error) =>
          error._tag === "ProviderError"
            ? error
            : fail(
                "unreachable",
                `${where} could not be reached: check the source's baseUrl and the network, then run again`
              )
        )
      )
    }

    const sendForHeaders: Transport["sendForHeaders"] = (request) =>
      Effect.gen(function* () {
        const response = yield* exchange(request)
        if (response.status < 200 || response.status >= 300) return yield* refused(response)
        if ((request.schema as unknown) === Nothing) return { value: undefined as never, headers: response.headers }
        const body = yield* Effect.mapError(response.json, () =>
          fail("unexpectedShape", `${where} answered ${request.what} with something that is no JSON`, response.status)
        )
        const value = yield* Effect.mapError(decodeWhole(request, body), (error) =>
          fail(
            "unexpectedShape",
            `${where} answered ${request.what} in a shape hookshift does not know: ${wrongPlace(error)}`,
            response.status
          )
        )
        return { value, headers: response.headers }
      })

    const decodeWhole = <A, I>(request: ApiRequest<A, I>, body: unknown): Effect.Effect<A, ParseResult.ParseError> => {
      const { onUnreadable } = options
      const path = request.path.replace(/\?.*$/, "")
      const { endpoint } = match(request.method ?? "GET", `${prefix}${path}`)
      if (onUnreadable === undefined || endpoint === null || !lists.has(endpoint.kind))
        return Schema.decodeUnknown(request.schema)(body)
      const decode = Schema.decodeUnknown(request.schema, { errors: "all" })
      return Effect.catchAll(decode(body), (error) => {
        const rest = withoutUnreadable(body, endpoint, error)
        if (rest === null) return Effect.fail(error)
        const idField = provider.entities[endpoint.entity ?? ""]?.idField ?? "id"
        return Effect.zipRight(
          Effect.forEach(rest.unreadable, (item) =>
            onUnreadable({
              entity: endpoint.entity,
              id: idIn(item, idField),
              message: `an item of ${request.what} is in a shape hookshift does not know: ${wrongPlace(error)}`
            })
          ),
          decode(rest.body)
        )
      })
    }

    const refused = (response: HttpClientResponse.HttpClientResponse): Effect.Effect<never, ProviderError> => {
      const { status } = response
      switch (status) {
        case 401:
        case 403:
          return Effect.fail(
            fail(
              "unauthorized",
              `${where} refused the ${options.authentication.scheme === "oauth" ? "token: grant access again" : "API key: check the variable that the source's auth.secretEnv names"}`,
              status
            )
          )
        case 404:
          return Effect.fail(fail("notFound", `${where} does not know what was asked for (404)`, status))
        case 429:
          return Effect.fail(
            fail("throttled", `${where} is over its rate limit after 5 tries: run again in a few minutes`, status)
          )
        case 400:
        case 422:
          return Effect.flatMap(fieldErrors(response), (fields) =>
            Effect.fail(
              new ProviderError({
                product: provider.product,
                reason: "invalid",
                status,
                fields,
                message: `${where} answered ${status}: ${fields.length === 0 ? "the request is not valid" : fields.map(({ code, field }) => `${field} (${code})`).join(", ")}`
              })
            )
          )
        default:
          return Effect.fail(fail("rejected", `${where} answered ${status}`, status))
      }
    }

    return {
      send: (request) => Effect.map(sendForHeaders(request), ({ value }) => value),
      sendForHeaders,
      pathOf: (href) => {
        if (!URL.canParse(href, where)) return null
        const url = new URL(href, where)
        const at = url.pathname.indexOf(`${prefix}/`)
        return url.host !== base.host || at === -1 ? null : `${url.pathname.slice(at + prefix.length)}${url.search}`
      },
      fail
    }
  })

const definedOnly = (parameters: Parameters = {}): Record<string, string> =>
  Object.fromEntries(
    Object.entries(parameters).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]]))
  )

const lists: ReadonlySet<CatalogueEndpoint["kind"]> = new Set(["list", "children"])

const idIn = (item: unknown, field: string): string | null => {
  const id = isRecord(item) ? item[field] : null
  return typeof id === "string" || typeof id === "number" ? String(id) : null
}

/** A list's body without the items in which an error lies; `null` where it lies elsewhere as well. */
const withoutUnreadable = (
  body: unknown,
  { itemsAt }: CatalogueEndpoint,
  error: ParseResult.ParseError
): { readonly body: unknown; readonly unreadable: ReadonlyArray<unknown> } | null => {
  const items = itemsAt === undefined ? body : isRecord(body) ? body[itemsAt] : undefined
  if (!Array.isArray(items)) return null
  const depth = itemsAt === undefined ? 0 : 1
  const places = ParseResult.ArrayFormatter.formatErrorSync(error).map(({ path }) =>
    depth === 0 || path[0] === itemsAt ? path[depth] : undefined
  )
  if (!places.every((place) => typeof place === "number")) return null
  const wrong = new Set(places)
  const kept = items.filter((_, index) => !wrong.has(index))
  return {
    body: itemsAt === undefined ? kept : { ...(body as object), [itemsAt]: kept },
    unreadable: items.filter((_, index) => wrong.has(index))
  }
}

/** The place in the answer that was wrong, without the value that stood there. */
const wrongPlace = (error: ParseResult.ParseError): string => {
  const issue = ParseResult.ArrayFormatter.formatErrorSync(error)[0]
  const path = issue === undefined || issue.path.length === 0 ? "its outer shape" : issue.path.map(String).join(".")
  const expected =
    issue === undefined ? "" : issue.message.replace(/, actual .*$/s, "").replace(/^is missing$/, "missing")
  return `${path}: ${expected}`
}

/** What a 400 says of fields: names and codes, never the values. */
const fieldErrors = (response: HttpClientResponse.HttpClientResponse) =>
  response.json.pipe(
    Effect.flatMap(
      Schema.decodeUnknown(
        Schema.Struct({
          errors: Schema.Array(
            Schema.Struct({
              field: Schema.String,
              code: Schema.optionalWith(Schema.String, { default: () => "invalid" })
            })
          )
        })
      )
    ),
    Effect.map(({ errors }) => errors.slice(0, 10)),
    // An error's own body may be anything; the status says enough.
    Effect.orElseSucceed(() => [])
  )
