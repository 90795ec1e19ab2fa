/** `hookshift mirror`: the provider's API from the receiver's state; `mirror status`: what it answered. */
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Shared from "../../SharedOptions.js"

export const mirrorStatus = Command.make("status", { db: Shared.db, json: Shared.json, debug: Shared.debug }).pipe(
  Command.withDescription(
    "Shows what the mirror answered, by integration. Also why the rest went through, and what comparisons found. Example: hookshift mirror status"
  )
)

export const mirror = Command.make("mirror", {
  ...Shared.shared,
  listen: Shared.listen,
  source: Options.text("source").pipe(
    Options.withPseudoName("NAME"),
    Options.withDescription("A source that is mirrored; default all, each under /NAME where there are several"),
    Options.repeated
  ),
  dark: Options.boolean("dark").pipe(
    Options.withDescription("Compute and compare each answer, and serve the provider's")
  ),
  verify: Options.text("verify").pipe(
    Options.withPseudoName("SHARE"),
    Options.withDescription("Compare this share of the answers with the provider's: 1%, 0.05 (mirror.verify)"),
    Options.optional
  ),
  admin: Options.text("admin").pipe(
    Options.withPseudoName("HOST:PORT"),
    Options.withDescription("Address of /readyz and /metrics, or off; default 127.0.0.1:8791 (mirror.admin)"),
    Options.optional
  ),
  tlsCert: Options.file("tls-cert").pipe(
    Options.withDescription("Certificate file (PEM), for TLS between clients and the mirror"),
    Options.optional
  ),
  tlsKey: Options.file("tls-key").pipe(Options.withDescription("Key file (PEM) of the certificate"), Options.optional),
  logs: Options.choice("logs", ["pretty", "json"]).pipe(
    Options.withDescription("Format of the log on standard error"),
    Options.optional
  )
}).pipe(
  Command.withDescription(
    "Answers the provider's API from the receiver's state. What it cannot answer surely goes through. Set its address as the programs' base URL. Example: hookshift mirror --listen 127.0.0.1:8792 --dark"
  )
)

export type MirrorOptions = Shared.OptionsOf<typeof mirror>
export type MirrorStatusOptions = Shared.OptionsOf<typeof mirrorStatus>
