/** A refused request as a `ProviderError`, by its status: the failures of all products in one vocabulary. */
import type { HttpClientResponse } from "@effect/platform"
import { Effect, Schema } from "effect"
import type { Authentication } from "./Authentication.js"
import { ProviderError } from "./ProviderError.js"

export interface Refused {
  readonly product: string
  /** The address that refused, as a message names it. */
  readonly where: string
  readonly scheme: Authentication["scheme"]
}

export const refusalOf = (
  response: HttpClientResponse.HttpClientResponse,
  { product, scheme, where }: Refused
): Effect.Effect<ProviderError> => {
  const { status } = response
  const because = (reason: ProviderError["reason"], message: string, fields: ProviderError["fields"] = []) =>
    new ProviderError({ product, reason, message: `${where} ${message}`, status, fields })
  switch (status) {
    case 401:
    case 403:
      return Effect.succeed(
        because(
          "unauthorized",
          `refused the ${scheme === "oauth" ? "token: grant access again" : "API key: check the variable that the source's auth.secretEnv names"}`
        )
      )
    case 404:
      return Effect.succeed(because("notFound", "does not know what was asked for (404)"))
    case 429:
      return Effect.succeed(because("throttled", "is over its rate limit after 5 tries: run again in a few minutes"))
    case 400:
    case 422:
      return Effect.map(fieldErrors(response), (fields) =>
        because(
          "invalid",
          `answered ${status}: ${fields.length === 0 ? "the request is not valid" : fields.map(({ code, field }) => `${field} (${code})`).join(", ")}`,
          fields
        )
      )
    default:
      return Effect.succeed(because("rejected", `answered ${status}`))
  }
}

/** The fields that a 400 complains of: names and codes, never the values. */
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
