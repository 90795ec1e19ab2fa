/** `hookshift proxy`: records programs in any language. */
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Shared from "../../SharedOptions.js"

export const proxy = Command.make("proxy", {
  ...Shared.shared,
  listen: Shared.listen,
  upstream: Options.text("upstream").pipe(
    Options.withPseudoName("URL"),
    Options.withDescription(
      "Where to send requests: https://acme.freshdesk.com, or by path or host: /freshdesk=https://…, chat.local=https://…"
    ),
    Options.repeated
  ),
  integration: Options.text("integration").pipe(
    Options.withPseudoName("NAME"),
    Options.withDescription("The integration's name in reports; default each call's User-Agent"),
    Options.optional
  ),
  keepBodies: Shared.keepBodies,
  tlsCert: Options.file("tls-cert").pipe(
    Options.withDescription("Certificate file (PEM), for TLS between clients and the proxy"),
    Options.optional
  ),
  tlsKey: Options.file("tls-key").pipe(Options.withDescription("Key file (PEM) of the certificate"), Options.optional),
  timeout: Options.text("timeout").pipe(
    Options.withPseudoName("DURATION"),
    Options.withDescription("Time until an upstream must begin its answer; default 5m"),
    Options.optional
  )
}).pipe(
  Command.withDescription(
    "Records programs in any language, as a reverse proxy. Set its address as their base URL. Example: hookshift proxy --listen 127.0.0.1:8788 --upstream https://acme.freshdesk.com"
  )
)

export type ProxyOptions = Shared.OptionsOf<typeof proxy>
