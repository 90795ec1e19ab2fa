/** `hookshift receive`: the receiver. */
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Shared from "../../SharedOptions.js"

export const receive = Command.make("receive", {
  ...Shared.shared,
  listen: Shared.listen,
  admin: Options.text("admin").pipe(
    Options.withDescription(
      "Where /readyz and /metrics are, apart from the senders' port: HOST:PORT, or off; default 127.0.0.1:8789 (receiver.admin)"
    ),
    Options.optional
  ),
  forward: Options.text("forward").pipe(
    Options.withDescription("POST each event to this URL, signed with the Standard Webhooks headers"),
    Options.optional
  ),
  exec: Options.text("exec").pipe(
    Options.withDescription("Run this command for each event, with the event as JSON on its standard input"),
    Options.optional
  ),
  logs: Options.choice("logs", ["pretty", "json"]).pipe(
    Options.withDescription("How the log on standard error looks (receiver.logs)"),
    Options.optional
  ),
  exitWithParent: Options.boolean("exit-with-parent").pipe(
    Options.withDescription("Stop when the process that started this one is gone: npx, a shell, a test")
  ),
  reconcile: Options.text("reconcile").pipe(
    Options.withDescription("How often to look for what pushes lost: 15m, 1h, off"),
    Options.withDefault("1h")
  ),
  backfill: Options.boolean("backfill").pipe(
    Options.withDescription(
      "Hand over what a first sweep finds, however old it is; without it the past only fills the state"
    )
  )
}).pipe(
  Command.withDescription(
    "Takes signed deliveries at POST /hooks/{source} into a durable inbox and hands them on. Example: hookshift receive --listen 127.0.0.1:8787 --forward http://127.0.0.1:3000/events"
  )
)

export type ReceiveOptions = Shared.OptionsOf<typeof receive>
