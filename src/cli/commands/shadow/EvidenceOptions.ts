/** The options of commands that judge the live comparison. */
import * as Options from "@effect/cli/Options"
import * as Shared from "../../SharedOptions.js"

/** The defaults of the live comparison's judgement (docs/cut-over.md). */
export const usualMeasure = { confidence: 0.95, maxLoss: 0.01, settle: "15m" } as const

export const evidence = {
  ...Shared.shared,
  from: Options.text("from").pipe(
    Options.withDescription("Compare what changed from this time on; 14 days ago unless set"),
    Options.optional
  ),
  confidence: Options.float("confidence").pipe(
    Options.withDescription("How sure a verdict has to be"),
    Options.withDefault<number>(usualMeasure.confidence)
  ),
  maxLoss: Options.float("max-loss").pipe(
    Options.withDescription("The share of changes that pushes may lose, for reconciliation to bring"),
    Options.withDefault<number>(usualMeasure.maxLoss)
  ),
  settle: Options.text("settle").pipe(
    Options.withDescription("How long a delivery may take, retries included"),
    Options.withDefault<string>(usualMeasure.settle)
  ),
  reconcile: Shared.reconcile
}
