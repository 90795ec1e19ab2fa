/** `hookshift receive`: the receiver. */
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Shared from "../../SharedOptions.js"

export const receive = Command.make("receive", {
  ...Shared.shared,
  listen: Shared.listen,
  admin: Options.text("admin").pipe(
    Options.withPseudoName("HOST:PORT"),
    Options.withDescription(
      "Address of the admin listener with /readyz and /metrics, or off; default 127.0.0.1:8789 (receiver.admin)"
    ),
    Options.optional
  ),
  forward: Options.text("forward").pipe(
    Options.withPseudoName("URL"),
    Options.withDescription("POST each event to this URL, signed with the Standard Webhooks headers"),
    Options.optional
  ),
  exec: Options.text("exec").pipe(
    Options.withPseudoName("COMMAND"),
    Options.withDescription("Run this command for each event, with the event as JSON on its standard input"),
    Options.optional
  ),
  logs: Options.choice("logs", ["pretty", "json"]).pipe(
    Options.withDescription("Format of the log on standard error (receiver.logs)"),
    Options.optional
  ),
  exitWithParent: Options.boolean("exit-with-parent").pipe(
    Options.withDescription("Stop when the parent process ends: npx, a shell, a test")
  ),
  reconcile: Shared.receiverReconcile,
  migration: Options.file("migration").pipe(
    Options.withDescription(
      "Reconcile as this plan says (hookshift plan --out), where a source has no reconcile setting of its own; default hookshift.plan.json where there is one; none leaves it out"
    ),
    Options.optional
  ),
  backfill: Options.boolean("backfill").pipe(
    Options.withDescription("Hand over the entities of the first sweep as events; by default they only fill the state")
  )
}).pipe(
  Command.withDescription(
    "Receives signed deliveries, stores them and hands them over. They come to POST /hooks/{source}, and are on disk before they are answered. Example: hookshift receive --listen 127.0.0.1:8787 --forward http://127.0.0.1:3000/events"
  )
)

export type ReceiveOptions = Shared.OptionsOf<typeof receive>
