/** `hookshift authorize`: OAuth's first grant. */
import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Shared from "../../SharedOptions.js"

export const authorize = Command.make("authorize", {
  config: Shared.config,
  debug: Shared.debug,
  name: Args.text({ name: "source" })
}).pipe(
  Command.withDescription(
    "Grants access by OAuth 2.0, once for each source that uses it. Example: hookshift authorize crm"
  )
)

export type AuthorizeOptions = Shared.OptionsOf<typeof authorize>
