/** `hookshift cutover`: the checklist of a cut-over, and when it happened. */
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import type * as Shared from "../../SharedOptions.js"
import { evidence } from "../shadow/EvidenceOptions.js"

export const cutover = Command.make("cutover", {
  ...evidence,
  integration: Options.text("integration").pipe(
    Options.withPseudoName("NAME"),
    Options.withDescription("The integration that polls")
  ),
  endpoint: Options.text("endpoint").pipe(
    Options.withDescription("Its endpoint, if it polls several: 'GET /api/v2/tickets'"),
    Options.optional
  ),
  source: Options.text("source").pipe(
    Options.withPseudoName("NAME"),
    Options.withDescription("Its source of the configuration, if it polls several accounts"),
    Options.optional
  ),
  mirror: Options.boolean("mirror").pipe(
    Options.withDescription("Print the checklist for pointing it at hookshift mirror, in place of switching it off")
  ),
  done: Options.boolean("done").pipe(Options.withDescription("Record that the poller is switched off as of now")),
  undo: Options.boolean("undo").pipe(Options.withDescription("Record that the poller is switched on again")),
  force: Options.boolean("force").pipe(Options.withDescription("With --done: record it although it is not safe yet"))
}).pipe(
  Command.withDescription(
    "Prints the checklist for switching a poller off. It has today's evidence; --done records when the poller was switched off. Example: hookshift cutover --integration crm-sync"
  )
)

export type CutoverOptions = Shared.OptionsOf<typeof cutover>
