/** `hookshift audit`: everything in one run. */
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Shared from "../../SharedOptions.js"

const from = Options.text("from").pipe(
  Options.withPseudoName("TIME"),
  Options.withDescription("Start of the window (ISO 8601)"),
  Options.optional
)
const to = Options.text("to").pipe(
  Options.withPseudoName("TIME"),
  Options.withDescription("End of the window (ISO 8601)"),
  Options.optional
)

export const audit = Command.make("audit", {
  ...Shared.shared,
  quiet: Shared.quiet,
  demo: Options.boolean("demo").pipe(
    Options.withDescription("Run the sample integrations through a simulated day, and audit that recording")
  ),
  out: Shared.out,
  from,
  to,
  failUnder: Options.float("fail-under").pipe(
    Options.withDescription("Exit 1 when the reduction of calls is below this share: 0.9"),
    Options.optional
  ),
  failOn: Shared.failOn,
  baseline: Options.file("baseline").pipe(
    Options.withDescription("A file of known findings, which --fail-on ignores"),
    Options.optional
  ),
  updateBaseline: Options.boolean("update-baseline").pipe(
    Options.withDescription("Rewrite the baseline with all findings of this audit")
  ),
  format: Shared.format,
  plan: Options.text("plan").pipe(
    Options.withPseudoName("NAME"),
    Options.withDescription("The rate-limit plan: garden, growth, …"),
    Options.optional
  ),
  slo: Shared.slo,
  route: Shared.route,
  reconcile: Shared.textWithDefault(
    "reconcile",
    "planned",
    "One interval between reconciliation sweeps for every type, such as 1h, in place of the plan's; or cheapest, for the longest one that keeps --slo",
    "DURATION"
  ),
  healWithin: Shared.healWithin,
  migration: Shared.migration,
  seed: Shared.seed,
  faults: Shared.faults,
  product: Options.text("product").pipe(
    Options.withPseudoName("PRODUCT"),
    Options.withDescription("Only accounts of this product"),
    Options.repeated
  ),
  mirror: Shared.mirror,
  noReplay: Options.boolean("no-replay").pipe(Options.withDescription("Skip the side-by-side replay"))
}).pipe(
  Command.withDescription(
    "Analyses, plans, replays and reports, in one run. Of a recording of your own, or of a simulated day with --demo. Examples: hookshift audit --demo; hookshift audit --fail-under 0.8 --fail-on error --format md,sarif"
  )
)

export type AuditOptions = Shared.OptionsOf<typeof audit>
