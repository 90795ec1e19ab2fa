/** `hookshift help`: the help of all commands, or of one. */
import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import type * as Shared from "../../SharedOptions.js"

export const help = Command.make("help", {
  command: Args.text({ name: "command" }).pipe(
    Args.withDescription("The command, with its subcommand if it has any; without one, all are listed"),
    Args.repeated
  )
}).pipe(Command.withDescription("Shows all commands, or one with its options. Example: hookshift help inbox list"))

export type HelpOptions = Shared.OptionsOf<typeof help>
