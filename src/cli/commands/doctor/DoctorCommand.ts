/** `hookshift doctor`: whether the sources are ready. */
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Shared from "../../SharedOptions.js"

export const doctor = Command.make("doctor", {
  config: Shared.config,
  json: Shared.json,
  debug: Shared.debug,
  source: Options.text("source").pipe(
    Options.withPseudoName("NAME"),
    Options.withDescription("Only this source of the configuration"),
    Options.optional
  )
}).pipe(
  Command.withDescription(
    "Checks whether each source is ready. It looks at reachability, credential, plan, service account, clock, webhook secret and receiver. Example: hookshift doctor"
  )
)

export type DoctorOptions = Shared.OptionsOf<typeof doctor>
