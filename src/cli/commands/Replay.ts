/** `hookshift replay`: both paths side by side. */
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import * as Shared from "../Options.js"

export const replay = Command.make(
  "replay",
  {
    ...Shared.shared,
    wire: Options.boolean("wire").pipe(
      Options.withDescription("Over real HTTP on loopback; so far the only way, and the default")
    ),
    reconcile: Shared.reconcile,
    seed: Shared.seed,
    faults: Shared.faults
  },
  (options) =>
    Effect.promise(() => import("../run/audit.js")).pipe(Effect.flatMap(({ runReplay }) => runReplay(options)))
).pipe(
  Command.withDescription(
    "Replays the recorded calls and the changes they saw, polling beside webhooks. Example: hookshift replay --faults drop=0.1,receiverDown=2h"
  )
)
