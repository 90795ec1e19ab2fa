/**
 * A request of a product's client: authenticated, within the account's limit, retried, decoded, and its failures in
 * one vocabulary. This is all that the products' clients share (FRESHWORKS.md, "Products"); it runs over whichever
 * `HttpClient` it is given, so an instrumented one records its calls.
 */
import { HttpClient, HttpClientRequest } from "@effect/platform"
import { Effect, Schema } from "effect"
import { type AccountLimiter, makeAccountLimiter } from "./AccountLimiter.js"
import { decodeAnswer, wrongPlace } from "./AnswerDecoding.js"
import { type Authentication, authorized } from "./Authentication.js"
import { endpointMatcher } from "./EndpointMatching.js"
import type { Unreadable } from "./EntityReader.js"
import { creditsOf, type Provider } from "./Provider.js"
import { ProviderError } from "./ProviderError.js"
import { refusalOf } from "./Refusal.js"
import { maxTries, withRetries } from "./Retry.js"

export interface ClientOptions {
  /** The account's address without the API's own path: `https://acme.freshdesk.com`. */
  readonly baseUrl: string
  readonly authentication: Authentication
  /** Shared by all clients of an account; without it the client has its own, and learns the limit from the answers. */
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
  /** The requested thing, as an error names it: `ticket 7`. */
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

/** Endings that a base URL may have already. A described provider's base counts only without parameters. */
const prefixesOf = ({ described, pathPrefixes }: Provider): ReadonlyArray<string> => {
  const own = described?.base ?? ""
  return own === "" || own.includes("{") ? pathPrefixes : [own.replace(/\/$/, "")]
}

/** Where a provider's API is for a base URL, which may end with the API's own path already. */
const addressOf = (provider: Provider, baseUrl: string) => {
  const base = new URL(baseUrl)
  const path = base.pathname.replace(/\/$/, "")
  const prefixes = prefixesOf(provider)
  const prefix = prefixes.find((known) => path.endsWith(known)) ?? prefixes[0]!
  return { base, prefix, api: `${base.origin}${path.endsWith(prefix) ? path : path + prefix}`, where: base.origin }
}

export const makeTransport = (
  provider: Provider,
  options: ClientOptions
): Effect.Effect<Transport, never, HttpClient.HttpClient> =>
  Effect.map(HttpClient.HttpClient, (http): Transport => {
    const { api, base, prefix, where } = addressOf(provider, options.baseUrl)
    const { authentication } = options
    const limiter = options.limiter ?? makeAccountLimiter(null)
    const match = endpointMatcher(provider)

    const fail: Transport["fail"] = (reason, message, status) =>
      new ProviderError({ product: provider.product, reason, message, status: status ?? null, fields: [] })

    const exchange = <A, I>(request: ApiRequest<A, I>) => {
      const method = request.method ?? "GET"
      const bare = HttpClientRequest.make(method)(`${api}${request.path}`).pipe(
        HttpClientRequest.setUrlParams(definedOnly(request.parameters)),
        (made) => (request.body === undefined ? made : HttpClientRequest.bodyUnsafeJson(made, request.body))
      )
      const matched = match(method, `${prefix}${request.path}`)
      const include = request.parameters?.["include"]
      return withRetries(authorized(http, authentication, bare), {
        limiter,
        endpoint: `${method} ${matched.template}`,
        credits: creditsOf(provider, matched.endpoint, include === undefined ? null : String(include)),
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
        if (response.status < 200 || response.status >= 300)
          return yield* yield* refusalOf(response, {
            product: provider.product,
            where,
            scheme: authentication.scheme
          })
        if ((request.schema as unknown) === Nothing) return { value: undefined as never, headers: response.headers }
        const body = yield* Effect.mapError(response.json, () =>
          fail("unexpectedShape", `${where} answered ${request.what} with something that is not JSON`, response.status)
        )
        const { endpoint } = match(request.method ?? "GET", `${prefix}${request.path.replace(/\?.*$/, "")}`)
        const value = yield* Effect.mapError(
          decodeAnswer(provider, { ...request, endpoint }, body, options.onUnreadable),
          (error) =>
            fail(
              "unexpectedShape",
              `${where} answered ${request.what} in a shape hookshift does not know: ${wrongPlace(error)}`,
              response.status
            )
        )
        return { value, headers: response.headers }
      })

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
