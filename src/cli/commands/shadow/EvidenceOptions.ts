/** The options of commands that judge the live comparison. */
import * as Options from "@effect/cli/Options"
import { usualMeasure } from "../../../shadow/index.js"
import * as Shared from "../../SharedOptions.js"

export const evidence = {
  ...Shared.shared,
  from: Options.text("from").pipe(
    Options.withDescription("Compare changes from this time on (ISO 8601); default 14 days ago"),
    Options.optional
  ),
  confidence: Options.float("confidence").pipe(
    Options.withDescription(`Confidence that a verdict needs; default ${usualMeasure.confidence}`),
    Options.withDefault<number>(usualMeasure.confidence)
  ),
  maxLoss: Options.float("max-loss").pipe(
    Options.withDescription(
      `Share of changes that pushes may lose and reconciliation heals; default ${usualMeasure.maxLoss}`
    ),
    Options.withDefault<number>(usualMeasure.maxLoss)
  ),
  settle: Options.text("settle").pipe(
    Options.withDescription(`Longest time that a delivery may take, retries included; default ${usualMeasure.settle}`),
    Options.withDefault<string>(usualMeasure.settle)
  ),
  reconcile: Shared.reconcile,
  migration: Options.file("migration").pipe(
    Options.withDescription(
      "The migration plan that is carried out: its events in place of those that were applied, its healing bound in place of --reconcile; default hookshift.plan.json where there is one; none leaves it out"
    ),
    Options.optional
  )
}
