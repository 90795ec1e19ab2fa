/** `hookshift shadow`: the live comparison. */
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import type * as Shared from "../../SharedOptions.js"
import { evidence } from "./EvidenceOptions.js"

export const shadow = Command.make("shadow", {
  ...evidence,
  watch: Options.boolean("watch").pipe(Options.withDescription("Refresh every few seconds")),
  requireSafe: Options.boolean("require-safe").pipe(
    Options.withDescription("Exit 1 unless every poller is safe to cut over")
  )
}).pipe(
  Command.withDescription(
    "Compares polling with pushes while both run. It tells when a cut-over is safe, and exits 1 on a regression. Example: hookshift shadow --confidence 0.99"
  )
)

export type ShadowOptions = Shared.OptionsOf<typeof shadow>
