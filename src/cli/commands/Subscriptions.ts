/** `hookshift subscriptions`: the webhooks that the verdicts call for. */
import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import * as Shared from "../Options.js"

const run = Effect.promise(() => import("../run/subscriptions.js"))

const events = Options.text("events").pipe(
  Options.withDescription("Plan these events instead of those that the verdicts call for: ticket_create,ticket_update"),
  Options.optional
)
const source = Options.text("source").pipe(
  Options.withDescription("Only this source of the configuration"),
  Options.optional
)
const reconcile = Shared.reconcile

const plan = Command.make("plan", { ...Shared.shared, events, source, reconcile }, (options) =>
  Effect.flatMap(run, ({ runPlan }) => runPlan(options))
).pipe(Command.withDescription("Which events by which route. Example: hookshift subscriptions plan --json"))
const apply = Command.make(
  "apply",
  {
    ...Shared.shared,
    events,
    source,
    reconcile,
    refresh: Options.boolean("refresh").pipe(
      Options.withDescription("Send rules again although nothing differs: their token cannot be compared")
    ),
    dryRun: Options.boolean("dry-run").pipe(Options.withDescription("Print what would be sent, and send nothing"))
  },
  (options) => Effect.flatMap(run, ({ runApply }) => runApply(options))
).pipe(
  Command.withDescription(
    "Makes the plan true; twice changes nothing. Example: hookshift subscriptions apply --dry-run"
  )
)
const status = Command.make("status", { ...Shared.shared, source }, (options) =>
  Effect.flatMap(run, ({ runStatus }) => runStatus(options))
).pipe(
  Command.withDescription(
    "Whether what was applied still holds; exits 1 on drift. Example: hookshift subscriptions status"
  )
)
const remove = Command.make("remove", { ...Shared.shared, source }, (options) =>
  Effect.flatMap(run, ({ runRemove }) => runRemove(options))
).pipe(
  Command.withDescription("Takes back what was applied. Example: hookshift subscriptions remove --source freshdesk")
)

const app = Command.make(
  "app",
  {
    ...Shared.shared,
    events,
    source,
    reconcile,
    out: Options.directory("out").pipe(Options.withDescription("Where the app's files go"))
  },
  (options) => Effect.flatMap(run, ({ runApp }) => runApp(options))
).pipe(
  Command.withDescription(
    "Writes a Freshworks app that posts the planned events, signed. Example: hookshift subscriptions app --out app"
  )
)
const rotate = Command.make("rotate", { ...Shared.shared, name: Args.text({ name: "source" }) }, (options) =>
  Effect.flatMap(run, ({ runRotate }) => runRotate(options))
).pipe(
  Command.withDescription(
    "Says what is next in a change of the webhook secret; exits 0 once it is over. Example: hookshift subscriptions rotate freshdesk"
  )
)

export const subscriptions = Command.make("subscriptions").pipe(
  Command.withDescription("The webhook subscriptions that the verdicts call for"),
  Command.withSubcommands([plan, apply, status, remove, app, rotate])
)
