/** `hookshift shadow`: the live comparison. */
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import type * as Shared from "../../SharedOptions.js"
import { evidence } from "./EvidenceOptions.js"

export const shadow = Command.make("shadow", {
  ...evidence,
  watch: Options.boolean("watch").pipe(Options.withDescription("Look again every few seconds")),
  requireSafe: Options.boolean("require-safe").pipe(
    Options.withDescription("Exit 1 unless every poller may be cut over")
  )
}).pipe(
  Command.withDescription(
    "Compares what recorded polling saw with what the receiver got, and says when cutting over is safe; exit 1 for a regression. Example: hookshift shadow --confidence 0.99"
  )
)

export type ShadowOptions = Shared.OptionsOf<typeof shadow>
