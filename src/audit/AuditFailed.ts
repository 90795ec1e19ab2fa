import { Schema } from "effect"

/** Nothing to audit, or the replay broke off; `message` tells the remedy. */
export class AuditFailed extends Schema.TaggedError<AuditFailed>()("AuditFailed", {
  reason: Schema.Literal("nothingRecorded", "window", "replay"),
  message: Schema.String
}) {}

/** The replay broke off. */
export const replayFailed = (error: unknown): AuditFailed =>
  new AuditFailed({ reason: "replay", message: error instanceof Error ? error.message : String(error) })
