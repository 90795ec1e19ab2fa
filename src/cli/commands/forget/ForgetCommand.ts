/** `hookshift forget`: takes a part of a recording out again. */
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Shared from "../../SharedOptions.js"

export const forget = Command.make("forget", {
  ...Shared.shared,
  import: Options.text("import").pipe(
    Options.withPseudoName("FILE"),
    Options.withDescription("The calls that were imported from this file"),
    Options.optional
  ),
  integration: Options.text("integration").pipe(
    Options.withPseudoName("NAME"),
    Options.withDescription("The calls of this integration"),
    Options.optional
  ),
  before: Options.text("before").pipe(
    Options.withPseudoName("TIME"),
    Options.withDescription("The calls before this time"),
    Options.optional
  ),
  dryRun: Options.boolean("dry-run").pipe(Options.withDescription("Only count the calls; delete nothing"))
}).pipe(
  Command.withDescription(
    "Deletes part of a recording. An import, an integration, or all calls before a time. Example: hookshift forget --import session.har"
  )
)

export type ForgetOptions = Shared.OptionsOf<typeof forget>
