/** `hookshift report`: the last audit's report again. */
import * as Command from "@effect/cli/Command"
import * as Shared from "../../SharedOptions.js"

export const report = Command.make("report", {
  ...Shared.shared,
  out: Shared.out,
  format: Shared.format
}).pipe(
  Command.withDescription(
    "Writes the last audit's report again, from the database. Example: hookshift report --out reports"
  )
)

export type ReportOptions = Shared.OptionsOf<typeof report>
