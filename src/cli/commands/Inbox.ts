/** `hookshift inbox`: what arrived, what failed, deliver again. */
import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import * as Shared from "../Options.js"

const run = Effect.promise(() => import("../run/inbox.js"))
const id = Args.integer({ name: "id" })

const list = Command.make(
  "list",
  {
    ...Shared.shared,
    limit: Options.integer("limit").pipe(Options.withDefault(50), Options.withDescription("The newest N")),
    state: Options.choice("state", ["stored", "delivered", "dead", "quarantined"]).pipe(Options.optional),
    source: Options.text("source").pipe(Options.optional)
  },
  (options) => Effect.flatMap(run, ({ runInboxList }) => runInboxList(options))
).pipe(Command.withDescription("The newest deliveries. Example: hookshift inbox list --state dead --limit 20 --json"))

const show = Command.make("show", { ...Shared.shared, id }, (options) =>
  Effect.flatMap(run, ({ runInboxShow }) => runInboxShow(options))
).pipe(Command.withDescription("One delivery with its body. Example: hookshift inbox show 42"))

const retry = Command.make("retry", { ...Shared.shared, id }, (options) =>
  Effect.flatMap(run, ({ runInboxRetry }) => runInboxRetry(options))
).pipe(Command.withDescription("Hands a dead delivery over again. Example: hookshift inbox retry 42"))

export const inbox = Command.make("inbox").pipe(
  Command.withDescription("What arrived, what failed, deliver again"),
  Command.withSubcommands([list, show, retry])
)
