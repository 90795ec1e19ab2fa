/** `hookshift init`: the first configuration, asked on a terminal or given by flags. */
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Shared from "../../SharedOptions.js"

const asked = (name: string, description: string) =>
  Options.text(name).pipe(Options.withDescription(description), Options.optional)

export const init = Command.make("init", {
  ...Shared.shared,
  product: asked("product", "The account's product: freshdesk, freshservice, freshsales or freshchat"),
  domain: asked("domain", "The account's host name: acme.freshdesk.com"),
  start: asked("start", "The command that starts the integration: 'node poller.js'; or behind --"),
  source: asked("source", "The source's name, the last part of its hook URL; default the product's name"),
  apiKeyEnv: asked(
    "api-key-env",
    "The environment variable that holds the API key; default FRESHDESK_API_KEY and alike"
  ),
  host: Options.text("host").pipe(
    Options.withDescription(
      "A further host under which the program reaches the account, such as a proxy's; may be repeated"
    ),
    Options.repeated
  ),
  trial: Shared.textWithDefault(
    "trial",
    "20s",
    "How long the program is run to see which hosts it calls; 0 for no trial"
  ),
  force: Options.boolean("force").pipe(Options.withDescription("Overwrite the configuration that is there"))
}).pipe(
  Command.withDescription(
    "Writes the first configuration, after a trial of the program. It asks for what no flag gives, and checks the account. Example: hookshift init --product freshdesk --domain acme.freshdesk.com --start 'node poller.js'"
  )
)

export type InitOptions = Shared.OptionsOf<typeof init>
