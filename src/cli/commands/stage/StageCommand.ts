/** `hookshift` alone: where a migration stands, and the next command. */
import * as Command from "@effect/cli/Command"
import * as Shared from "../../SharedOptions.js"

export const stage = Command.make("hookshift", Shared.shared).pipe(
  Command.withDescription("Says where the migration in this folder stands, and the one command that comes next")
)

export type StageOptions = Shared.OptionsOf<typeof stage>
