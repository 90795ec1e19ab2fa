/**
 * OAuth 2.0 for marketplace apps and multi-tenant integrations: authorization code with PKCE for the first grant, refresh
 * with single flight from then on. Tokens live in a file of mode 0600 or wherever a callback puts them, never in the
 * database. The protocol itself is `oauth4webapi`'s.
 */

import { randomBytes } from "node:crypto"
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { Clock, Effect, Redacted, Schema } from "effect"
import * as protocol from "oauth4webapi"
import { textOf } from "../domain/Text.js"
import type { OAuthAuthentication } from "./Authentication.js"
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

export interface OAuthOptions {
  readonly product: string
  readonly clientId: string
  readonly clientSecret: Redacted.Redacted
  readonly authorizationUrl: string
  readonly tokenUrl: string
  readonly redirectUrl: string
  readonly scopes: ReadonlyArray<string>
  readonly store: TokenStore
}

/** A grant under way: where the person goes, and what the answer is checked against. */
export interface PendingGrant {
  readonly url: string
  readonly verifier: Redacted.Redacted
  readonly state: string
}

export interface OAuth {
  readonly begin: Effect.Effect<PendingGrant>
  /** `callbackUrl` is where the person was sent back to, query and all. */
  readonly complete: (callbackUrl: string, pending: PendingGrant) => Effect.Effect<void, ProviderError>
  readonly authentication: OAuthAuthentication
}

/** A token that has less than this to live is renewed before it is used. */
const renewBeforeMs = 60_000
/** What a token lives where the answer does not say: Freshworks' own half hour [assumed]. */
const usualLifetimeSeconds = 1_800

export const makeOAuth = (options: OAuthOptions): Effect.Effect<OAuth> =>
  Effect.gen(function* () {
    const server: protocol.AuthorizationServer = {
      issuer: new URL(options.tokenUrl).origin,
      authorization_endpoint: options.authorizationUrl,
      token_endpoint: options.tokenUrl
    }
    const client: protocol.Client = { client_id: options.clientId }
    const secret = protocol.ClientSecretBasic(Redacted.value(options.clientSecret))
    // A stand-in on loopback has no TLS; everything else has to have it.
    const insecure = /^http:\/\/(?:127\.0\.0\.1|localhost|\[::1\])(?::|\/)/.test(options.tokenUrl)
    const http = { [protocol.allowInsecureRequests]: insecure }
    const oneAtATime = yield* Effect.makeSemaphore(1)
    let current: OAuthTokens | null = null

    const failed = (what: string) => (error: unknown) =>
      new ProviderError({
        product: options.product,
        reason: error instanceof protocol.ResponseBodyError ? "unauthorized" : "unreachable",
        status: error instanceof protocol.ResponseBodyError ? error.status : null,
        fields: [],
        message:
          error instanceof protocol.ResponseBodyError
            ? `${server.issuer} refused ${what} (${error.error}): grant access again with hookshift authorize`
            : `${server.issuer} did not answer ${what} as an OAuth server does: check the source's auth.tokenUrl`
      })

    const keep = (answer: protocol.TokenEndpointResponse, before: OAuthTokens | null) =>
      Effect.gen(function* () {
        const now = yield* Clock.currentTimeMillis
        const refreshToken =
          answer.refresh_token === undefined ? (before?.refreshToken ?? null) : Redacted.make(answer.refresh_token)
        const tokens: OAuthTokens = {
          accessToken: Redacted.make(answer.access_token),
          refreshToken,
          expiresAt: now + (answer.expires_in ?? usualLifetimeSeconds) * 1000
        }
        yield* options.store.save(tokens)
        current = tokens
        return tokens
      })

    const refresh = (tokens: OAuthTokens) =>
      Effect.gen(function* () {
        const { refreshToken } = tokens
        if (refreshToken === null)
          return yield* new ProviderError({
            product: options.product,
            reason: "unauthorized",
            status: null,
            fields: [],
            message: "the access token has run out and there is none to refresh it with: run hookshift authorize"
          })
        const answer = yield* Effect.tryPromise({
          try: async () =>
            protocol.processRefreshTokenResponse(
              server,
              client,
              await protocol.refreshTokenGrantRequest(server, client, secret, Redacted.value(refreshToken), http)
            ),
          catch: failed("the refresh token")
        })
        return yield* keep(answer, tokens)
      })

    const usable = (tokens: OAuthTokens, now: number) => tokens.expiresAt - renewBeforeMs > now

    const accessToken = Effect.gen(function* () {
      const now = yield* Clock.currentTimeMillis
      if (current !== null && usable(current, now)) return current.accessToken
      return yield* oneAtATime.withPermits(1)(
        Effect.gen(function* () {
          // Whoever waited finds what the first one brought; so does a process beside this one.
          if (current !== null && usable(current, now)) return current.accessToken
          const stored = yield* options.store.load
          if (stored === null)
            return yield* new ProviderError({
              product: options.product,
              reason: "unauthorized",
              status: null,
              fields: [],
              message: "no access was granted yet: run hookshift authorize"
            })
          current = stored
          return usable(stored, now) ? stored.accessToken : (yield* refresh(stored)).accessToken
        })
      )
    })

    return {
      begin: Effect.promise(async () => {
        const verifier = protocol.generateRandomCodeVerifier()
        const state = protocol.generateRandomState()
        const url = new URL(options.authorizationUrl)
        for (const [name, value] of Object.entries({
          response_type: "code",
          client_id: options.clientId,
          redirect_uri: options.redirectUrl,
          scope: options.scopes.join(" "),
          state,
          code_challenge: await protocol.calculatePKCECodeChallenge(verifier),
          code_challenge_method: "S256"
        }))
          if (value !== "") url.searchParams.set(name, value)
        return { url: url.href, verifier: Redacted.make(verifier), state }
      }),
      complete: (callbackUrl, pending) =>
        Effect.tryPromise({
          try: async () => {
            const parameters = protocol.validateAuthResponse(server, client, new URL(callbackUrl), pending.state)
            const response = await protocol.authorizationCodeGrantRequest(
              server,
              client,
              secret,
              parameters,
              options.redirectUrl,
              Redacted.value(pending.verifier),
              http
            )
            return protocol.processAuthorizationCodeResponse(server, client, response)
          },
          catch: failed("the grant")
        }).pipe(
          Effect.flatMap((answer) => keep(answer, null)),
          Effect.asVoid
        ),
      authentication: {
        scheme: "oauth",
        accessToken,
        invalidate: (refused) =>
          Effect.sync(() => {
            // Only the one that was refused: a newer one may have come meanwhile.
            if (current !== null && Redacted.value(current.accessToken) === Redacted.value(refused))
              current = { ...current, expiresAt: 0 }
          }).pipe(
            Effect.zipRight(
              Effect.suspend(() => (current?.expiresAt === 0 ? options.store.save(current) : Effect.void))
            ),
            // The next use meets the same disk and says so.
            Effect.ignore
          )
      }
    }
  })

const TokenFile = Schema.Struct({
  accessToken: Schema.String,
  refreshToken: Schema.NullOr(Schema.String),
  expiresAt: Schema.Number
})

/** Tokens in a file that only its owner can read, replaced whole. */
export const fileTokenStore = (product: string, file: string): TokenStore => {
  const failed = (message: string) =>
    new ProviderError({ product, reason: "unauthorized", status: null, fields: [], message })
  return {
    load: Effect.suspend(() => {
      if (!existsSync(file)) return Effect.succeed(null)
      return Effect.try(() => JSON.parse(textOf(readFileSync(file))) as unknown).pipe(
        Effect.flatMap(Schema.decodeUnknown(TokenFile)),
        Effect.mapError(() => failed(`${file} holds no tokens: remove it and run hookshift authorize`)),
        Effect.map(({ accessToken, expiresAt, refreshToken }) => ({
          accessToken: Redacted.make(accessToken),
          refreshToken: refreshToken === null ? null : Redacted.make(refreshToken),
          expiresAt
        }))
      )
    }),
    save: ({ accessToken, expiresAt, refreshToken }) =>
      Effect.try({
        try: () => {
          const mine = `${file}.${process.pid}.${randomBytes(6).toString("hex")}`
          const text = JSON.stringify({
            accessToken: Redacted.value(accessToken),
            refreshToken: refreshToken === null ? null : Redacted.value(refreshToken),
            expiresAt
          })
          try {
            writeFileSync(mine, `${text}\n`, { flag: "wx", mode: 0o600, flush: true })
            // A link that lies there is replaced, not followed.
            renameSync(mine, file)
          } catch (error) {
            rmSync(mine, { force: true })
            throw error
          }
        },
        catch: (error) =>
          failed(
            `${file} cannot be written (${(error as NodeJS.ErrnoException).code}): check the source's auth.tokenFile`
          )
      })
  }
}
