/** `hookshift pollers`: the pollers of a recording. */
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Shared from "../../SharedOptions.js"

export const pollers = Command.make("pollers", {
  ...Shared.shared,
  reconcile: Shared.plannedReconcile,
  healWithin: Shared.healWithin,
  migration: Shared.migration,
  slo: Shared.slo,
  route: Shared.route,
  watch: Options.boolean("watch").pipe(Options.withDescription("Refresh the table as the recording grows"))
}).pipe(
  Command.withDescription(
    "Shows what polls, how often, and how much of it is waste. A line for each poller, with its freshness and its verdict. Example: hookshift pollers --watch"
  )
)

export type PollersOptions = Shared.OptionsOf<typeof pollers>
