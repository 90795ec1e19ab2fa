/** `hookshift export`: a recording into a file. */
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import { formatArgument } from "../../FormatArgument.js"
import * as Shared from "../../SharedOptions.js"

export const exportCalls = Command.make("export", {
  ...Shared.shared,
  format: formatArgument(["ndjson", "har"]),
  out: Options.file("out").pipe(
    Options.withDescription("The file to write; default standard output"),
    Options.optional
  ),
  from: Options.text("from").pipe(
    Options.withPseudoName("TIME"),
    Options.withDescription("Calls from this time on"),
    Options.optional
  ),
  to: Options.text("to").pipe(
    Options.withPseudoName("TIME"),
    Options.withDescription("Calls before this time"),
    Options.optional
  )
}).pipe(
  Command.withDescription(
    "Exports the recorded calls, without secrets. Example: hookshift export ndjson --out calls.ndjson"
  )
)

export type ExportOptions = Shared.OptionsOf<typeof exportCalls>
