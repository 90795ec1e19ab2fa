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
    reconcile: Shared.reconcile,
    seed: Shared.seed,
    faults: Shared.faults
  },
  (options) =>
    Effect.promise(() => import("../run/replay.js")).pipe(Effect.flatMap(({ runReplay }) => runReplay(options)))
).pipe(
  Command.withDescription(
    "Replays the changes that the recording shows, polling beside webhooks. Examples: hookshift replay --faults drop=0.1,receiverDown=2h; hookshift replay --runs 1000; hookshift replay --wire"
  )
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
