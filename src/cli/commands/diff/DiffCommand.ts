/** `hookshift diff`: the changes between two audits. */
import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Shared from "../../SharedOptions.js"

export const diff = Command.make("diff", {
  before: Args.text({ name: "before.json" }).pipe(Args.withDescription("The report.json of the earlier audit")),
  after: Args.text({ name: "after.json" }).pipe(Args.withDescription("The report.json of the later audit")),
  failOn: Shared.failOn,
  json: Shared.json,
  debug: Shared.debug
}).pipe(
  Command.withDescription(
    "Compares two audits. It shows the calls per day, the removed and the new pollers, and the findings. Example: hookshift diff before.json after.json --fail-on error"
  )
)

export type DiffOptions = Shared.OptionsOf<typeof diff>
