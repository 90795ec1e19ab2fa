/** `hookshift replay`: both paths side by side. */
import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import * as Shared from "../Options.js"

const from = Options.text("from").pipe(
  Options.withDescription(
    "Where the changes come from: recording, truth (of a simulated account), or a file of changes"
  ),
  Options.withDefault("recording")
)

const gridOptions = {
  ...Shared.shared,
  from,
  reconcile: Options.text("reconcile").pipe(
    Options.withDescription("Reconciliation intervals to try"),
    Options.withDefault("5m,15m,1h,6h")
  ),
  faults: Options.text("faults").pipe(
    Options.withDescription(
      "Faults to try each of them under, several sets apart by semicolons: none;drop=0.02;receiverDown=2h"
    ),
    Options.withDefault("none")
  ),
  slo: Options.text("slo").pipe(
    Options.withDescription("Recommend the cheapest setting that keeps this: ticket=5m@p99.9"),
    Options.withDefault("")
  ),
  runs: Options.integer("runs").pipe(Options.withDescription("Days for each setting"), Options.withDefault(100)),
  picture: Options.file("picture").pipe(
    Options.withDescription("Draw calls against staleness into this SVG file"),
    Options.optional
  ),
  seed: Shared.seed
}

const gridNamed = (name: "grid" | "sweep", description: string) =>
  Command.make(name, gridOptions, (options) =>
    Effect.promise(() => import("../run/sweep.js")).pipe(Effect.flatMap(({ runSweep }) => runSweep(options)))
  ).pipe(Command.withDescription(description))

const grid = gridNamed(
  "grid",
  "What freshness costs: reconciliation intervals under faults, beside polling as it is and polling that adapts. Example: hookshift replay grid --reconcile 5m,15m,1h,6h --slo ticket=5m@p99.9"
)
const sweep = gridNamed("sweep", "The former name of replay grid")

export const replay = Command.make(
  "replay",
  {
    ...Shared.shared,
    wire: Options.boolean("wire").pipe(
      Options.withDescription("The real components over HTTP on loopback, instead of the model: slower, and the truth")
    ),
    from,
    runs: Options.integer("runs").pipe(
      Options.withDescription("So many days like it, with draws of their own: medians and 95 % bands"),
      Options.withDefault(0)
    ),
    history: Options.file("history").pipe(
      Options.withDescription("Write down what happened, one JSON object a line, for hookshift verify-history"),
      Options.optional
    ),
    watch: Options.boolean("watch").pipe(Options.withDescription("Play the busiest hour on the terminal")),
    reconcile: Shared.reconcile,
    seed: Shared.seed,
    faults: Shared.faults
  },
  (options) =>
    Effect.promise(() => import("../run/replay.js")).pipe(Effect.flatMap(({ runReplay }) => runReplay(options)))
).pipe(
  Command.withDescription(
    "Replays the changes that the recording shows, polling beside webhooks. Examples: hookshift replay --faults drop=0.1,receiverDown=2h; hookshift replay --runs 1000; hookshift replay --wire"
  ),
  Command.withSubcommands([grid, sweep])
)

export const verifyHistory = Command.make(
  "verify-history",
  {
    file: Args.text({ name: "file" }).pipe(
      Args.withDescription("A history, as replay --history or inbox history wrote it")
    ),
    json: Shared.json,
    debug: Shared.debug
  },
  (options) =>
    Effect.promise(() => import("../run/history.js")).pipe(Effect.flatMap(({ runVerify }) => runVerify(options)))
).pipe(
  Command.withDescription(
    "Checks a history by itself: nothing acknowledged is lost, effects once, order per entity, counts add up. Example: hookshift verify-history day.ndjson"
  )
)
