/** The options of commands that judge the live comparison. */
import * as Options from "@effect/cli/Options"
import { usualMeasure } from "../../../shadow/index.js"
import * as Shared from "../../SharedOptions.js"

export const evidence = {
  ...Shared.shared,
  from: Options.text("from").pipe(
    Options.withPseudoName("TIME"),
    Options.withDescription("Compare changes from this time on (ISO 8601); default 14 days ago"),
    Options.optional
  ),
  confidence: Shared.usually(Options.float("confidence"), usualMeasure.confidence, "Confidence that a verdict needs"),
  maxLoss: Shared.usually(
    Options.float("max-loss"),
    usualMeasure.maxLoss,
    "Share of changes that pushes may lose and reconciliation heals"
  ),
  settle: Shared.textWithDefault(
    "settle",
    usualMeasure.settle,
    "Longest time that a delivery may take, retries included",
    "DURATION"
  ),
  reconcile: Shared.reconcile,
  migration: Options.file("migration").pipe(
    Options.withDescription(
      "The migration plan that is carried out: its events in place of those that were applied, its healing bound in place of --reconcile; default hookshift.plan.json where there is one; none leaves it out"
    ),
    Options.optional
  )
}
