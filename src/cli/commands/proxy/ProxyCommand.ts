/** `hookshift proxy`: records programs in any language. */
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Shared from "../../SharedOptions.js"

export const proxy = Command.make("proxy", {
  ...Shared.shared,
  listen: Shared.listen,
  upstream: Options.text("upstream").pipe(
    Options.withDescription(
      "Where requests go: https://acme.freshdesk.com, or for some of them /freshdesk=https://… or chat.local=https://…; may be repeated"
    ),
    Options.repeated
  ),
  integration: Options.text("integration").pipe(
    Options.withDescription("The program's name in reports; default each call's User-Agent"),
    Options.optional
  ),
  keepBodies: Shared.keepBodies,
  tlsCert: Options.file("tls-cert").pipe(
    Options.withDescription("Certificate (PEM) for clients that speak TLS with the proxy"),
    Options.optional
  ),
  tlsKey: Options.file("tls-key").pipe(Options.withDescription("Its key (PEM)"), Options.optional),
  timeout: Options.text("timeout").pipe(
    Options.withDescription("How long an upstream may take to begin its answer; default 5m"),
    Options.optional
  )
}).pipe(
  Command.withDescription(
    "A recording reverse proxy, for programs in any language: give them its address as their base URL. Example: hookshift proxy --listen 127.0.0.1:8788 --upstream https://acme.freshdesk.com"
  )
)

export type ProxyOptions = Shared.OptionsOf<typeof proxy>
