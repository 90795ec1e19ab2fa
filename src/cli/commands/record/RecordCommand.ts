/** `hookshift record`: a program with capture switched on; `record status`: the running recordings. */
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Shared from "../../SharedOptions.js"

export const recordStatus = Command.make("status", { db: Shared.db, json: Shared.json, debug: Shared.debug }).pipe(
  Command.withDescription(
    "Shows the recording processes, their calls and losses. Also the growth of the database. Example: hookshift record status --json"
  )
)

export const record = Command.make("record", {
  ...Shared.shared,
  integration: Options.text("integration").pipe(
    Options.withPseudoName("NAME"),
    Options.withDescription("The integration's name in reports; default its package name and script"),
    Options.optional
  ),
  keepBodies: Shared.keepBodies,
  through: Options.text("through").pipe(
    Options.withPseudoName("URL"),
    Options.withDescription("The mirror that its calls go to; HOST=URL, repeated, where several hosts are recorded"),
    Options.repeated
  )
}).pipe(
  Command.withDescription(
    "Runs a program and records its calls, with no code change. All its Node processes are recorded. Example: hookshift record --integration crm-sync -- node app.js"
  )
)

export type RecordStatusOptions = Shared.OptionsOf<typeof recordStatus>
export type RecordOptions = Shared.OptionsOf<typeof record>
