/** The requests of OAuth 2.0, made by `oauth4webapi`: the grant's address, the exchange of the code, the refresh. */
import { Effect, Redacted } from "effect"
import * as protocol from "oauth4webapi"
import { ProviderError } from "./ProviderError.js"

/** An application as the OAuth server knows it. */
export interface OAuthApplication {
  readonly product: string
  readonly clientId: string
  readonly clientSecret: Redacted.Redacted
  readonly authorizationUrl: string
  readonly tokenUrl: string
  readonly redirectUrl: string
  readonly scopes: ReadonlyArray<string>
}

/** A grant under way: the address for the person, and the values that the answer is checked against. */
export interface PendingGrant {
  readonly url: string
  readonly verifier: Redacted.Redacted
  readonly state: string
}

export interface OAuthRequests {
  /** Where a person grants access, with a fresh PKCE challenge. */
  readonly begin: Effect.Effect<PendingGrant>
  readonly exchange: (
    callbackUrl: string,
    pending: PendingGrant
  ) => Effect.Effect<protocol.TokenEndpointResponse, ProviderError>
  readonly refresh: (token: Redacted.Redacted) => Effect.Effect<protocol.TokenEndpointResponse, ProviderError>
}

export const oauthRequests = (options: OAuthApplication): OAuthRequests => {
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
    exchange: (callbackUrl, pending) =>
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
      }),
    refresh: (token) =>
      Effect.tryPromise({
        try: async () =>
          protocol.processRefreshTokenResponse(
            server,
            client,
            await protocol.refreshTokenGrantRequest(server, client, secret, Redacted.value(token), http)
          ),
        catch: failed("the refresh token")
      })
  }
}
