/** `hookshift authorize`: OAuth's first grant. */
import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Shared from "../../SharedOptions.js"

export const authorize = Command.make("authorize", {
  config: Shared.config,
  debug: Shared.debug,
  name: Args.text({ name: "source" }).pipe(Args.withDescription("The source's name in the configuration"))
}).pipe(Command.withDescription("Obtains the OAuth 2.0 tokens of a source, once. Example: hookshift authorize crm"))

export type AuthorizeOptions = Shared.OptionsOf<typeof authorize>
