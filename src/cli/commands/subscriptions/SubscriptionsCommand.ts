/** `hookshift subscriptions`: the webhooks that the verdicts call for. */
import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Shared from "../../SharedOptions.js"

const events = Options.text("events").pipe(
  Options.withPseudoName("LIST"),
  Options.withDescription("Plan these events instead of those of the verdicts: ticket_create,ticket_update"),
  Options.optional
)
const source = Options.text("source").pipe(
  Options.withPseudoName("NAME"),
  Options.withDescription("Only this source of the configuration"),
  Options.optional
)
const dryRun = Options.boolean("dry-run").pipe(Options.withDescription("Print the requests without sending them"))
const { healWithin, migration, plannedReconcile: reconcile } = Shared

export const subscriptionsPlan = Command.make("plan", {
  ...Shared.shared,
  events,
  source,
  reconcile,
  healWithin,
  migration
}).pipe(
  Command.withDescription(
    "Shows the planned events, each with its route. Also the manual steps of routes without an API. Example: hookshift subscriptions plan --json"
  )
)
export const subscriptionsApply = Command.make("apply", {
  ...Shared.shared,
  events,
  source,
  reconcile,
  healWithin,
  migration,
  refresh: Options.boolean("refresh").pipe(
    Options.withDescription(
      "Send all applied rules and apps again, though nothing differs: a changed token cannot be detected"
    )
  ),
  dryRun
}).pipe(
  Command.withDescription(
    "Creates and updates the planned subscriptions. Those applied before are kept, and applying twice changes nothing. Example: hookshift subscriptions apply --dry-run"
  )
)
export const subscriptionsStatus = Command.make("status", { ...Shared.shared, source }).pipe(
  Command.withDescription(
    "Shows whether the applied subscriptions are in place. Exits 1 on drift. Example: hookshift subscriptions status"
  )
)
export const subscriptionsRemove = Command.make("remove", {
  ...Shared.shared,
  source,
  events: Options.text("events").pipe(
    Options.withPseudoName("LIST"),
    Options.withDescription("Only the subscriptions of these events: ticket_create,ticket_update"),
    Options.optional
  ),
  dryRun
}).pipe(
  Command.withDescription(
    "Removes the applied subscriptions. Example: hookshift subscriptions remove --source freshdesk"
  )
)

export const subscriptionsApp = Command.make("app", {
  ...Shared.shared,
  events,
  source,
  reconcile,
  healWithin,
  migration,
  out: Options.directory("out").pipe(Options.withDescription("The folder for the app's files"))
}).pipe(
  Command.withDescription(
    "Generates the Freshworks app that posts the events, signed. Example: hookshift subscriptions app --out app"
  )
)
export const subscriptionsRotate = Command.make("rotate", {
  ...Shared.shared,
  route: Options.text("route").pipe(
    Options.withPseudoName("ROUTE"),
    Options.withDescription("Only the secret of this route, where the source has several"),
    Options.optional
  ),
  name: Args.text({ name: "source" }).pipe(Args.withDescription("The source's name in the configuration"))
}).pipe(
  Command.withDescription(
    "Shows the next step of a webhook secret's rotation. Exits 0 once it is complete. Example: hookshift subscriptions rotate freshdesk"
  )
)

export const subscriptions = Command.make("subscriptions").pipe(
  Command.withDescription(
    "Plans, applies and checks the webhook subscriptions. They are those that the verdicts call for. Example: hookshift subscriptions plan"
  )
)

export type PlanOptions = Shared.OptionsOf<typeof subscriptionsPlan>
export type ApplyOptions = Shared.OptionsOf<typeof subscriptionsApply>
export type SourceOptions = Shared.OptionsOf<typeof subscriptionsStatus>
export type RemoveOptions = Shared.OptionsOf<typeof subscriptionsRemove>
export type AppOptions = Shared.OptionsOf<typeof subscriptionsApp>
export type RotateOptions = Shared.OptionsOf<typeof subscriptionsRotate>
