/** Failures of a provider's API, in terms that a caller can act on. */
import { Schema } from "effect"

/** No usable answer, or none at all. The message never holds a credential or a body. */
export class ProviderError extends Schema.TaggedError<ProviderError>()("ProviderError", {
  product: Schema.String,
  reason: Schema.Literal(
    "unreachable",
    "unauthorized",
    "throttled",
    "notFound",
    "invalid",
    "rejected",
    "unexpectedShape"
  ),
  message: Schema.String,
  /** `null` when no answer came. */
  status: Schema.NullOr(Schema.Number),
  /** The product's complaint about each field, for a 400. */
  fields: Schema.optionalWith(Schema.Array(Schema.Struct({ field: Schema.String, code: Schema.String })), {
    default: () => []
  })
}) {}
