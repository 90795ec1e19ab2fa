/** `hookshift simulate`: the Freshworks stand-in on its own. */
import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Shared from "../../SharedOptions.js"

export const simulate = Command.make("simulate", {
  products: Args.choice(
    [
      ["freshdesk", "freshdesk"],
      ["freshservice", "freshservice"],
      ["freshsales", "freshsales"],
      ["freshchat", "freshchat"]
    ],
    { name: "product" }
  ).pipe(Args.withDescription("The products to simulate, each under its own path prefix"), Args.atLeast(1)),
  listen: Shared.listen,
  plan: Options.text("plan").pipe(
    Options.withPseudoName("NAME"),
    Options.optional,
    Options.withDescription("The rate-limit plan; default garden, if the product has it")
  ),
  seed: Shared.seed,
  entities: Shared.usually(Options.integer("entities"), 400, "Entities in the account at start"),
  changesPerHour: Shared.usually(
    Options.float("changes-per-hour"),
    30,
    "Average number of changes per hour; 0 for none"
  ),
  faults: Shared.faults,
  revoked: Options.text("revoked").pipe(
    Options.withPseudoName("KEYS"),
    Options.withDefault(""),
    Options.withDescription("API keys to refuse, separated by commas")
  ),
  restricted: Options.text("restricted").pipe(
    Options.withPseudoName("KEYS"),
    Options.withDefault(""),
    Options.withDescription("API keys that see a part of each account only, separated by commas")
  ),
  searchLag: Options.text("search-lag").pipe(
    Options.withPseudoName("DURATION"),
    Options.optional,
    Options.withDescription("How much later than the lists Freshdesk's search shows a change, such as 2m; default none")
  ),
  json: Shared.json,
  debug: Shared.debug
}).pipe(
  Command.withDescription(
    "Serves simulated accounts over HTTP. They send signed deliveries, and have a control plane under /_sim/. Example: hookshift simulate freshdesk --listen 127.0.0.1:4010"
  )
)

export type SimulateOptions = Shared.OptionsOf<typeof simulate>
