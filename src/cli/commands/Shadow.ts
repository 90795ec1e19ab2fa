/** `hookshift shadow` and `hookshift cutover`: the live comparison, and the way over. */
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import * as Shared from "../Options.js"
import { usualMeasure } from "../ShadowMeasure.js"

const run = Effect.promise(() => import("../run/shadow.js"))

const evidence = {
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

export const shadow = Command.make(
  "shadow",
  {
    ...evidence,
    watch: Options.boolean("watch").pipe(Options.withDescription("Look again every few seconds")),
    requireSafe: Options.boolean("require-safe").pipe(
      Options.withDescription("Exit 1 unless every poller may be cut over")
    )
  },
  (options) => Effect.flatMap(run, ({ runShadow }) => runShadow(options))
).pipe(
  Command.withDescription(
    "Compares what recorded polling saw with what the receiver got, and says when cutting over is safe; exit 1 for a regression. Example: hookshift shadow --confidence 0.99"
  )
)

export const cutover = Command.make(
  "cutover",
  {
    ...evidence,
    integration: Options.text("integration").pipe(Options.withDescription("The integration whose poller it is")),
    endpoint: Options.text("endpoint").pipe(
      Options.withDescription("Its endpoint where it has several: 'GET /api/v2/tickets'"),
      Options.optional
    ),
    done: Options.boolean("done").pipe(Options.withDescription("Write down that it is switched off now")),
    undo: Options.boolean("undo").pipe(Options.withDescription("Write down that it polls again")),
    force: Options.boolean("force").pipe(Options.withDescription("With --done: although it is not safe yet"))
  },
  (options) => Effect.flatMap(run, ({ runCutover }) => runCutover(options))
).pipe(
  Command.withDescription(
    "The checklist for switching a poller off, with the evidence as it is; --done writes down when. Example: hookshift cutover --integration crm-sync"
  )
)
