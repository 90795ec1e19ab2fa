/** `hookshift import`: a recording from a file. */
import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import { formatArgument } from "../../FormatArgument.js"
import * as Shared from "../../SharedOptions.js"

export const importCalls = Command.make("import", {
  ...Shared.shared,
  quiet: Shared.quiet,
  format: formatArgument(["har", "ndjson", "common", "combined"]),
  file: Args.file({ name: "file" }).pipe(Args.withDescription("The file to import")),
  host: Options.text("host").pipe(
    Options.withDescription(
      "A host to import in addition to the configured ones, or the host of an access log: acme.freshdesk.com, or localhost:4010=freshdesk@acme.freshdesk.com"
    ),
    Options.repeated
  ),
  integration: Options.text("integration").pipe(
    Options.withPseudoName("NAME"),
    Options.withDescription("The integration's name in reports; default each call's User-Agent"),
    Options.optional
  ),
  keepBodies: Shared.keepBodies
}).pipe(
  Command.withDescription(
    "Adds the calls of a file to the recording. Importing a file twice adds nothing. Example: hookshift import har session.har"
  )
)

export type ImportOptions = Shared.OptionsOf<typeof importCalls>
