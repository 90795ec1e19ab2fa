/** `hookshift doctor` and `hookshift authorize`: whether the sources are ready, and OAuth's first grant. */
import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import * as Shared from "../Options.js"

export const doctor = Command.make(
  "doctor",
  {
    config: Shared.config,
    json: Shared.json,
    debug: Shared.debug,
    source: Options.text("source").pipe(
      Options.withDescription("Only this source of the configuration"),
      Options.optional
    )
  },
  (options) =>
    Effect.promise(() => import("../run/doctor.js")).pipe(Effect.flatMap(({ runDoctor }) => runDoctor(options)))
).pipe(
  Command.withDescription(
    "Checks each source: reachable, authenticated, plan, service account, clock, webhook secret, receiver. Example: hookshift doctor"
  )
)

export const authorize = Command.make(
  "authorize",
  { config: Shared.config, debug: Shared.debug, name: Args.text({ name: "source" }) },
  (options) =>
    Effect.promise(() => import("../run/authorize.js")).pipe(
      Effect.flatMap(({ runAuthorize }) => runAuthorize(options))
    )
).pipe(
  Command.withDescription(
    "Grants access by OAuth 2.0, once for each source that uses it. Example: hookshift authorize crm"
  )
)
