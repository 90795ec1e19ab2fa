/** `hookshift cutover`: the checklist of a cut-over, and when it happened. */
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import type * as Shared from "../../SharedOptions.js"
import { evidence } from "../shadow/EvidenceOptions.js"

export const cutover = Command.make("cutover", {
  ...evidence,
  integration: Options.text("integration").pipe(Options.withDescription("The integration whose poller it is")),
  endpoint: Options.text("endpoint").pipe(
    Options.withDescription("Its endpoint where it has several: 'GET /api/v2/tickets'"),
    Options.optional
  ),
  done: Options.boolean("done").pipe(Options.withDescription("Write down that it is switched off now")),
  undo: Options.boolean("undo").pipe(Options.withDescription("Write down that it polls again")),
  force: Options.boolean("force").pipe(Options.withDescription("With --done: although it is not safe yet"))
}).pipe(
  Command.withDescription(
    "The checklist for switching a poller off, with the evidence as it is; --done writes down when. Example: hookshift cutover --integration crm-sync"
  )
)

export type CutoverOptions = Shared.OptionsOf<typeof cutover>
