/** `hookshift subscriptions`: the webhooks that the verdicts call for. */
import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Shared from "../../SharedOptions.js"

const events = Options.text("events").pipe(
  Options.withDescription("Plan these events instead of those that the verdicts call for: ticket_create,ticket_update"),
  Options.optional
)
const source = Options.text("source").pipe(
  Options.withDescription("Only this source of the configuration"),
  Options.optional
)
const reconcile = Shared.reconcile

export const subscriptionsPlan = Command.make("plan", { ...Shared.shared, events, source, reconcile }).pipe(
  Command.withDescription("Which events by which route. Example: hookshift subscriptions plan --json")
)
export const subscriptionsApply = Command.make("apply", {
  ...Shared.shared,
  events,
  source,
  reconcile,
  refresh: Options.boolean("refresh").pipe(
    Options.withDescription("Send rules again although nothing differs: their token cannot be compared")
  ),
  dryRun: Options.boolean("dry-run").pipe(Options.withDescription("Print what would be sent, and send nothing"))
}).pipe(
  Command.withDescription(
    "Makes the plan true; twice changes nothing. Example: hookshift subscriptions apply --dry-run"
  )
)
export const subscriptionsStatus = Command.make("status", { ...Shared.shared, source }).pipe(
  Command.withDescription(
    "Whether what was applied still holds; exits 1 on drift. Example: hookshift subscriptions status"
  )
)
export const subscriptionsRemove = Command.make("remove", { ...Shared.shared, source }).pipe(
  Command.withDescription("Takes back what was applied. Example: hookshift subscriptions remove --source freshdesk")
)

export const subscriptionsApp = Command.make("app", {
  ...Shared.shared,
  events,
  source,
  reconcile,
  out: Options.directory("out").pipe(Options.withDescription("Where the app's files go"))
}).pipe(
  Command.withDescription(
    "Writes a Freshworks app that posts the planned events, signed. Example: hookshift subscriptions app --out app"
  )
)
export const subscriptionsRotate = Command.make("rotate", {
  ...Shared.shared,
  name: Args.text({ name: "source" })
}).pipe(
  Command.withDescription(
    "Says what is next in a change of the webhook secret; exits 0 once it is over. Example: hookshift subscriptions rotate freshdesk"
  )
)

export const subscriptions = Command.make("subscriptions").pipe(
  Command.withDescription("The webhook subscriptions that the verdicts call for")
)

export type PlanOptions = Shared.OptionsOf<typeof subscriptionsPlan>
export type ApplyOptions = Shared.OptionsOf<typeof subscriptionsApply>
export type SourceOptions = Shared.OptionsOf<typeof subscriptionsStatus>
export type AppOptions = Shared.OptionsOf<typeof subscriptionsApp>
export type RotateOptions = Shared.OptionsOf<typeof subscriptionsRotate>
