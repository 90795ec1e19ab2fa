/** `hookshift plan`: the migration plan. */
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Shared from "../../SharedOptions.js"

export const plan = Command.make("plan", {
  ...Shared.shared,
  slo: Shared.slo,
  healWithin: Shared.healWithin,
  route: Shared.route,
  explain: Options.boolean("explain").pipe(
    Options.withDescription("Also tell what a receiver measured of the pushes, and what of the plan that moved")
  ),
  mirror: Options.boolean("mirror").pipe(
    Options.withDescription(
      "The plan for programs that poll hookshift mirror as they are: with the types that it needs besides"
    )
  ),
  out: Options.file("out").pipe(
    Options.withDescription("Write the plan into this file, for --migration of other commands"),
    Options.optional
  )
}).pipe(
  Command.withDescription(
    "Makes the migration plan of a recording. It has the routes, the reconciliation intervals, and what becomes of each poller. Example: hookshift plan --out hookshift.plan.json"
  )
)

export type PlanOptions = Shared.OptionsOf<typeof plan>
