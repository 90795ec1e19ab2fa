/** `hookshift replay`: both paths side by side. */
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Shared from "../../SharedOptions.js"

const from = Shared.usually(
  Options.text("from"),
  "recording",
  "Where the changes come from: recording, truth (of a simulated account), or a file of changes"
)

const gridOptions = {
  ...Shared.shared,
  quiet: Shared.quiet,
  from,
  reconcile: Shared.textWithDefault("reconcile", "5m,15m,1h,6h", "Reconciliation intervals to try", "LIST"),
  faults: Shared.textWithDefault(
    "faults",
    "none",
    "Faults to try each of them under, several sets apart by semicolons: none;drop=0.02;receiverDown=2h",
    "LIST"
  ),
  slo: Options.text("slo").pipe(
    Options.withPseudoName("GOALS"),
    Options.withDescription("Recommend the cheapest setting that keeps this: ticket=5m@p99.9"),
    Options.withDefault("")
  ),
  runs: Shared.usually(Options.integer("runs"), 100, "Days for each setting"),
  picture: Options.file("picture").pipe(
    Options.withDescription("Draw calls against staleness into this SVG file"),
    Options.optional
  ),
  route: Shared.route,
  seed: Shared.seed
}

export const replayGrid = Command.make("grid", gridOptions).pipe(
  Command.withDescription(
    "Shows what freshness costs. It plays reconciliation intervals under faults, beside polling as it is and polling that adapts. Example: hookshift replay grid --reconcile 5m,15m,1h,6h --slo ticket=5m@p99.9"
  )
)

export const replaySweep = Command.make("sweep", gridOptions).pipe(
  Command.withDescription("The former name of replay grid. Example: hookshift replay grid")
)

export const replay = Command.make("replay", {
  ...Shared.shared,
  quiet: Shared.quiet,
  wire: Options.boolean("wire").pipe(
    Options.withDescription("Run the real components over HTTP on loopback instead of the model; slower")
  ),
  from,
  runs: Options.integer("runs").pipe(
    Options.withDescription("Simulate this many similar days: medians and 95 % bands"),
    Options.withDefault(0)
  ),
  history: Options.file("history").pipe(
    Options.withDescription("Write the history as NDJSON, for hookshift verify-history"),
    Options.optional
  ),
  watch: Options.boolean("watch").pipe(Options.withDescription("Animate the busiest hour on the terminal")),
  mirror: Shared.mirror,
  reconcile: Shared.plannedReconcile,
  healWithin: Shared.healWithin,
  migration: Shared.migration,
  route: Shared.route,
  seed: Shared.seed,
  faults: Shared.faults
}).pipe(
  Command.withDescription(
    "Plays the changes through polling and webhooks. Both stand side by side: calls, freshness, losses. Examples: hookshift replay --faults drop=0.1,receiverDown=2h; hookshift replay --runs 1000; hookshift replay --wire"
  )
)

export type GridOptions = Shared.OptionsOf<typeof replayGrid>
export type ReplayOptions = Shared.OptionsOf<typeof replay>
