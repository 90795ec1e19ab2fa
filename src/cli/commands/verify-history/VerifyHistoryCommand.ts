/** `hookshift verify-history`: a history checked by itself. */
import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Shared from "../../SharedOptions.js"

export const verifyHistory = Command.make("verify-history", {
  file: Args.text({ name: "file" }).pipe(Args.withDescription("A history from replay --history or inbox history")),
  json: Shared.json,
  debug: Shared.debug
}).pipe(
  Command.withDescription(
    "Checks a history for lost and doubled deliveries. No acknowledged delivery is lost, each takes effect once and in order per entity, and counts add up. Example: hookshift verify-history day.ndjson"
  )
)

export type VerifyHistoryOptions = Shared.OptionsOf<typeof verifyHistory>
