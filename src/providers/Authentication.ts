/** How a request shows who it is. Secrets are `Redacted`, so that printing them shows nothing. */
import { Effect, Redacted } from "effect"
import type { ProviderError } from "./ProviderError.js"

export interface KeyAuthentication {
  readonly scheme: "basic" | "token" | "bearer"
  readonly secret: Redacted.Redacted
}

/** Tokens that run out: see OAuth.ts. */
export interface OAuthAuthentication {
  readonly scheme: "oauth"
  /** The access token of now, refreshed when it is about to run out; one refresh for all who ask meanwhile. */
  readonly accessToken: Effect.Effect<Redacted.Redacted, ProviderError>
  /** What was refused is not used again. */
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

export const authorize = (authentication: Authentication): Effect.Effect<string, ProviderError> =>
  authentication.scheme === "oauth"
    ? Effect.map(authentication.accessToken, (token) => `Bearer ${Redacted.value(token)}`)
    : Effect.sync(() => authorizationHeader(authentication))
