/** `hookshift forget`: takes a part of a recording out again. */
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Shared from "../../SharedOptions.js"

export const forget = Command.make("forget", {
  ...Shared.shared,
  import: Options.text("import").pipe(Options.withDescription("The calls that this file brought"), Options.optional),
  integration: Options.text("integration").pipe(Options.withDescription("The calls of this program"), Options.optional),
  before: Options.text("before").pipe(Options.withDescription("The calls before this time"), Options.optional),
  dryRun: Options.boolean("dry-run").pipe(Options.withDescription("Count them and change nothing"))
}).pipe(
  Command.withDescription(
    "Takes a part of a recording out again: an import, a program, or what is old. Example: hookshift forget --import session.har"
  )
)

export type ForgetOptions = Shared.OptionsOf<typeof forget>
