/** A configured source, ready for use: its provider, account, credentials and webhook settings. */
import { Effect, Redacted } from "effect"
import type { Authentication } from "../providers/clients.js"
import { type Provider, providerOf, type Route } from "../providers/index.js"
import { type Config, ConfigError, readSecret, type SourceConfig } from "./Config.js"

export interface Source {
  readonly name: string
  readonly provider: Provider
  /** The account's host name, as recordings and reports know it. */
  readonly account: string
  readonly baseUrl: string
  readonly plan: string | null
  readonly route: Route
  readonly installUrl: string | null
  readonly config: SourceConfig
}

export const sourcesOf = (config: Config): Effect.Effect<ReadonlyArray<Source>, ConfigError> =>
  Effect.forEach(Object.entries(config.sources), ([name, source]) =>
    Effect.gen(function* () {
      const provider = providerOf(source.product)!
      if (source.plan !== undefined && provider.plans[source.plan] === undefined) {
        return yield* new ConfigError({
          message: `sources.${name}.plan is "${source.plan}", which ${source.product} does not have: choose one of ${Object.keys(provider.plans).join(", ")}`
        })
      }
      return {
        name,
        provider,
        account: new URL(source.baseUrl).host.toLowerCase(),
        baseUrl: source.baseUrl,
        plan: source.plan ?? null,
        route: source.webhook?.route ?? "app",
        installUrl: source.webhook?.installUrl ?? null,
        config: source
      }
    })
  )

export const authenticationOf = ({ config, name }: Source): Effect.Effect<Authentication, ConfigError> =>
  Effect.map(readSecret(config.auth, `the API key of sources.${name}.auth`), (secret) => ({
    scheme: config.auth.scheme,
    secret
  }))

/** The current webhook secret, then the previous one where one is named. */
export const webhookSecretsOf = ({ config, name }: Source): Effect.Effect<ReadonlyArray<string>, ConfigError> =>
  Effect.gen(function* () {
    const { webhook } = config
    if (webhook === undefined) {
      return yield* new ConfigError({
        message: `sources.${name} has no webhook settings: add "webhook" with secretEnv (docs/configuration.md)`
      })
    }
    const current = yield* readSecret(webhook, `the webhook secret of sources.${name}.webhook`)
    const previous = { secretEnv: webhook.previousSecretEnv, secretFile: webhook.previousSecretFile }
    // The previous secret is named for the time of a rotation; once it is over, the variable may be gone.
    const named =
      previous.secretFile !== undefined ||
      (previous.secretEnv !== undefined && process.env[previous.secretEnv] !== undefined)
    const old = named ? [yield* readSecret(previous, `the previous webhook secret of sources.${name}.webhook`)] : []
    return [current, ...old].map(Redacted.value)
  })

/** Rules cannot sign, so what authenticates their deliveries is a token header (FRESHWORKS.md, route 2). */
export const profileOf = ({ config, route }: Source): NonNullable<NonNullable<SourceConfig["webhook"]>["profile"]> =>
  config.webhook?.profile ?? (route === "rule" ? "token" : "freshworks")
