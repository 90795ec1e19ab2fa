/**
 * OAuth 2.0 for marketplace apps and multi-tenant integrations: authorization code with PKCE for the first grant,
 * refresh with single flight from then on. Tokens live in a file of mode 0600 or wherever a callback puts them, never
 * in the database. The requests are `OAuthRequests`', which `oauth4webapi` makes.
 */

import { Clock, Effect, Redacted } from "effect"
import type { TokenEndpointResponse } from "oauth4webapi"
import type { OAuthAuthentication } from "./Authentication.js"
import { type OAuthApplication, oauthRequests, type PendingGrant } from "./OAuthRequests.js"
import { ProviderError } from "./ProviderError.js"

export interface OAuthTokens {
  readonly accessToken: Redacted.Redacted
  readonly refreshToken: Redacted.Redacted | null
  /** When the access token runs out, in milliseconds since 1970. */
  readonly expiresAt: number
}

/** Where tokens are kept. `load` may be asked at any time: another process may have refreshed them. */
export interface TokenStore {
  readonly load: Effect.Effect<OAuthTokens | null, ProviderError>
  readonly save: (tokens: OAuthTokens) => Effect.Effect<void, ProviderError>
}

export interface OAuthOptions extends OAuthApplication {
  readonly store: TokenStore
}

export interface OAuth {
  readonly begin: Effect.Effect<PendingGrant>
  /** `callbackUrl` is where the person was sent back to, query and all. */
  readonly complete: (callbackUrl: string, pending: PendingGrant) => Effect.Effect<void, ProviderError>
  readonly authentication: OAuthAuthentication
}

/** A token that has less than this to live is renewed before it is used. */
const renewBeforeMs = 60_000
/** A token's lifetime where the answer does not say: Freshworks' own half hour [assumed]. */
const usualLifetimeSeconds = 1_800

const usable = (tokens: OAuthTokens, now: number) => tokens.expiresAt - renewBeforeMs > now

const tokensOf = (answer: TokenEndpointResponse, before: OAuthTokens | null, now: number): OAuthTokens => ({
  accessToken: Redacted.make(answer.access_token),
  refreshToken:
    answer.refresh_token === undefined ? (before?.refreshToken ?? null) : Redacted.make(answer.refresh_token),
  expiresAt: now + (answer.expires_in ?? usualLifetimeSeconds) * 1000
})

export const makeOAuth = (options: OAuthOptions): Effect.Effect<OAuth> =>
  Effect.gen(function* () {
    const { product, store } = options
    const requests = oauthRequests(options)
    const oneAtATime = yield* Effect.makeSemaphore(1)
    let current: OAuthTokens | null = null

    const notGranted = (message: string) =>
      new ProviderError({ product, reason: "unauthorized", status: null, fields: [], message })

    const keep = (answer: TokenEndpointResponse, before: OAuthTokens | null) =>
      Effect.gen(function* () {
        const tokens = tokensOf(answer, before, yield* Clock.currentTimeMillis)
        yield* store.save(tokens)
        current = tokens
        return tokens
      })

    const refresh = (tokens: OAuthTokens) =>
      tokens.refreshToken === null
        ? Effect.fail(
            notGranted("the access token has run out and there is none to refresh it with: run hookshift authorize")
          )
        : Effect.flatMap(requests.refresh(tokens.refreshToken), (answer) => keep(answer, tokens))

    const accessToken = Effect.gen(function* () {
      const now = yield* Clock.currentTimeMillis
      if (current !== null && usable(current, now)) return current.accessToken
      return yield* oneAtATime.withPermits(1)(
        Effect.gen(function* () {
          // A call that waited finds the token that the first one brought; so does another process.
          if (current !== null && usable(current, now)) return current.accessToken
          const stored = yield* store.load
          if (stored === null) return yield* notGranted("no access was granted yet: run hookshift authorize")
          current = stored
          return usable(stored, now) ? stored.accessToken : (yield* refresh(stored)).accessToken
        })
      )
    })

    /** Only the token that was refused: a newer one may have come meanwhile. */
    const invalidate = (refused: Redacted.Redacted) =>
      Effect.suspend(() => {
        if (current !== null && Redacted.value(current.accessToken) === Redacted.value(refused))
          current = { ...current, expiresAt: 0 }
        return current?.expiresAt === 0 ? store.save(current) : Effect.void
      }).pipe(Effect.ignore) // the next use meets the same disk and says so

    return {
      begin: requests.begin,
      complete: (callbackUrl, pending) =>
        requests.exchange(callbackUrl, pending).pipe(
          Effect.flatMap((answer) => keep(answer, null)),
          Effect.asVoid
        ),
      authentication: { scheme: "oauth", accessToken, invalidate }
    }
  })
