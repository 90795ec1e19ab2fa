/** `hookshift pollers`: the pollers of a recording. */
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Shared from "../../SharedOptions.js"

export const pollers = Command.make("pollers", {
  ...Shared.shared,
  reconcile: Shared.reconcile,
  slo: Shared.slo,
  watch: Options.boolean("watch").pipe(Options.withDescription("Show it again whenever more was recorded"))
}).pipe(Command.withDescription("What polls, how often, how much of it is waste. Example: hookshift pollers --watch"))

export type PollersOptions = Shared.OptionsOf<typeof pollers>
