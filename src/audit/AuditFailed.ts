import { Schema } from "effect"

/** Nothing to audit, or the replay broke off; `message` says what to do. */
export class AuditFailed extends Schema.TaggedError<AuditFailed>()("AuditFailed", {
  reason: Schema.Literal("nothingRecorded", "window", "replay"),
  message: Schema.String
}) {}
