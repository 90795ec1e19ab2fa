/** Checks every configured source, with a remedy for each check that fails. */
import { FetchHttpClient } from "@effect/platform"
import { Effect, Option } from "effect"
import {
  type Config,
  chosenSources,
  clientOptionsOf,
  loadConfig,
  neededWebhooks,
  webhookSecretsOf
} from "../../../config/service.js"
import { type Check, checkSource } from "../../../doctor/index.js"
import { GateFailed } from "../../Failure.js"
import { columns, print, printJson } from "../../Output.js"
import type { DoctorOptions } from "./DoctorCommand.js"

const marks: Readonly<Record<Check["state"], string>> = { ok: "ok", warning: "warning", failed: "FAILED", unknown: "?" }

/** The checks of a configuration's sources, or of the named one. */
export const checksOf = (config: Config, wanted?: string) =>
  Effect.gen(function* () {
    const sources = yield* chosenSources(config, wanted)
    const found = yield* Effect.forEach(
      sources,
      (source) =>
        Effect.gen(function* () {
          const client = yield* Effect.either(clientOptionsOf(source))
          const secrets = yield* Effect.either(
            Effect.flatMap(neededWebhooks(source), (webhooks) => Effect.forEach(webhooks, webhookSecretsOf))
          )
          return yield* checkSource({
            source: source.name,
            provider: source.provider,
            baseUrl: source.baseUrl,
            plan: source.plan,
            limit: source.config.limit ?? null,
            serviceAccount: source.serviceAccount,
            client: client._tag === "Left" ? client.left.message : client.right,
            webhookProblem: secrets._tag === "Left" ? secrets.left.message : null,
            publicUrl: config.receiver.publicUrl ?? null
          })
        }),
      { concurrency: 4 }
    )
    return found.flat()
  }).pipe(Effect.provide(FetchHttpClient.layer))

export const checkTable = (checks: ReadonlyArray<Check>): string =>
  columns(
    ["source", "check", "", ""],
    checks.map(({ check, say, source, state }) => [source, check, marks[state], say])
  )

export const runDoctor = (options: DoctorOptions) =>
  Effect.gen(function* () {
    const config = yield* loadConfig(Option.getOrUndefined(options.config))
    const checks = yield* checksOf(config, Option.getOrUndefined(options.source))
    yield* options.json ? printJson(checks) : print(checkTable(checks))
    const failed = checks.filter(({ state }) => state === "failed")
    if (failed.length > 0)
      return yield* new GateFailed({
        message: `${failed.length} of ${checks.length} checks failed: ${failed.map(({ check, source }) => `${source} ${check}`).join(", ")}`
      })
  })
