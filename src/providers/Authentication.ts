/** How a request shows who it is. Secrets are `Redacted`, so that printing them shows nothing. */
import { type HttpClient, type HttpClientError, HttpClientRequest, type HttpClientResponse } from "@effect/platform"
import { Effect, Redacted } from "effect"
import type { ProviderError } from "./ProviderError.js"

export interface KeyAuthentication {
  readonly scheme: "basic" | "token" | "bearer"
  readonly secret: Redacted.Redacted
}

/** Tokens that run out: see OAuth.ts. */
export interface OAuthAuthentication {
  readonly scheme: "oauth"
  /**
   * The access token of now, refreshed when it is about to run out; a single refresh for all calls that ask meanwhile.
   */
  readonly accessToken: Effect.Effect<Redacted.Redacted, ProviderError>
  /** A refused token is not used again. */
  readonly invalidate: (refused: Redacted.Redacted) => Effect.Effect<void>
}

export type Authentication = KeyAuthentication | OAuthAuthentication

/** The `Authorization` header's value: Basic `key:X`, `Token token=…`, or `Bearer …` (FRESHWORKS.md, "Products"). */
export const authorizationHeader = (authentication: KeyAuthentication): string => {
  // A key from a file often ends with a newline, which no header may hold.
  const secret = Redacted.value(authentication.secret).trim()
  switch (authentication.scheme) {
    case "basic":
      return `Basic ${Buffer.from(`${secret}:X`).toString("base64")}`
    case "token":
      return `Token token=${secret}`
    case "bearer":
      return `Bearer ${secret}`
  }
}

/**
 * Sends a request with its credential. A token may be revoked early: after a 401 it is renewed, and the call is made
 * once more.
 */
export const authorized = (
  http: HttpClient.HttpClient,
  authentication: Authentication,
  request: HttpClientRequest.HttpClientRequest
): Effect.Effect<HttpClientResponse.HttpClientResponse, HttpClientError.HttpClientError | ProviderError> => {
  const execute = (authorization: string) =>
    http.execute(HttpClientRequest.setHeader(request, "authorization", authorization))
  if (authentication.scheme !== "oauth") return execute(authorizationHeader(authentication))
  const withToken = Effect.flatMap(authentication.accessToken, (token) =>
    Effect.map(execute(`Bearer ${Redacted.value(token)}`), (response) => ({ response, token }))
  )
  return Effect.flatMap(withToken, ({ response, token }) =>
    response.status === 401
      ? authentication.invalidate(token).pipe(
          Effect.zipRight(withToken),
          Effect.map((again) => again.response)
        )
      : Effect.succeed(response)
  )
}
