/** A configured source, ready for use: its provider, account, credentials and webhook settings. */
import { Duration, Effect, Redacted } from "effect"
import { accountOf } from "../domain/Account.js"
import { nearestName } from "../domain/NearestName.js"
import { isBlank } from "../domain/PlainText.js"
import {
  type Authentication,
  type ClientOptions,
  fileTokenStore,
  makeAccountLimiter,
  makeOAuth,
  type OAuth
} from "../providers/clients.js"
import {
  allProviders,
  type OwnIntervals,
  type PlanLimits,
  type Provider,
  providerOf,
  type Route,
  routes
} from "../providers/index.js"
import { type ConfigError, configError } from "./ConfigError.js"
import { variableOf } from "./Environment.js"
import type { Config, SourceConfig } from "./LoadConfig.js"
import { readSecret } from "./Secret.js"
import { knownKeysAt } from "./UnknownKey.js"

export interface Source {
  readonly name: string
  readonly provider: Provider
  /** The account's host name, as recordings and reports know it. */
  readonly account: string
  readonly baseUrl: string
  readonly plan: string | null
  /** Routes that its events come by, in their fixed order. */
  readonly routes: ReadonlyArray<Route>
  readonly installUrl: string | null
  readonly serviceAccount: string | null
  /** Entity types that are reconciled more or less often than the others, in milliseconds, or not at all. */
  readonly reconcileOwn: OwnIntervals
  readonly config: SourceConfig
}

export const sourcesOf = (config: Config): Effect.Effect<ReadonlyArray<Source>, ConfigError> =>
  Effect.forEach(Object.entries(config.sources), ([name, source]) =>
    Effect.gen(function* () {
      const provider = providerOf(source.product)
      const known = allProviders().map(({ product }) => product)
      if (provider === null)
        return yield* configError(
          `sources.${name}.product is "${source.product}", which is not known: choose one of ${known.join(", ")}, or describe it in a file of "providers"`
        )
      const plans = Object.keys(provider.plans)
      if (source.plan !== undefined && provider.plans[source.plan] === undefined)
        return yield* configError(
          `sources.${name}.plan is "${source.plan}", which ${source.product} does not have: choose one of ${plans.join(", ")}`
        )
      const has = routes.filter((one) => provider.routes[one] !== undefined)
      const route = source.webhook?.route ?? has[0] ?? "app"
      if (source.webhook !== undefined && !has.includes(route))
        return yield* configError(
          `sources.${name}.webhook.route is "${route}", which ${source.product} does not have: choose ${has.join(" or ")}`
        )
      const reconcileOwn = yield* ownIntervals(name, source, provider)
      return {
        name,
        provider,
        account: accountOf(source.baseUrl),
        baseUrl: source.baseUrl,
        plan: source.plan ?? null,
        routes: [route],
        installUrl: source.webhook?.installUrl ?? null,
        serviceAccount: source.serviceAccount === undefined ? null : String(source.serviceAccount),
        reconcileOwn,
        config: source
      }
    })
  )

/** Keys of `reconcile` that are not entity types. */
const general: ReadonlySet<string> = new Set(knownKeysAt(["sources", "*", "reconcile"]))

/** The intervals of `reconcile` for single entity types. */
const ownIntervals = (
  name: string,
  { reconcile = {}, product }: SourceConfig,
  provider: Provider
): Effect.Effect<OwnIntervals, ConfigError> =>
  Effect.map(
    Effect.forEach(
      Object.entries(reconcile).filter(([key]) => !general.has(key)),
      ([entity, every]) => {
        const known = Object.keys(provider.sweeps).sort()
        if (known.includes(entity))
          return Effect.succeed([
            entity,
            every === "off" || every === undefined ? "off" : Duration.toMillis(every)
          ] as const)
        const near = nearestName(entity, [...known, ...general])
        const hint = near === null ? `choose among ${known.join(", ")}` : `did you mean "${near}"?`
        return configError(
          `sources.${name}.reconcile.${entity} is not an entity type of ${product} that can be swept: ${hint}`
        )
      }
    ),
    (entries): OwnIntervals => Object.fromEntries(entries)
  )

/** The account's rate limits: the source's own setting, else the plan's; `null` where neither is known. */
export const limitsOf = ({ config, plan, provider }: Source): PlanLimits | null =>
  config.limit !== undefined
    ? { ...config.limit, endpoints: {}, source: "the source's own setting" }
    : plan === null
      ? null
      : (provider.plans[plan] ?? null)

/** The OAuth side of a source whose `auth.scheme` is `oauth`. */
export const oauthOf = ({ config, name, provider }: Source): Effect.Effect<OAuth, ConfigError> =>
  Effect.gen(function* () {
    const { auth } = config
    for (const key of ["clientId", "authorizationUrl", "tokenUrl", "redirectUrl", "tokenFile"] as const)
      if (auth[key] === undefined)
        return yield* configError(`sources.${name}.auth.${key} is missing: OAuth needs it (docs/configuration.md)`)
    return yield* makeOAuth({
      product: provider.product,
      clientId: auth.clientId!,
      clientSecret: yield* readSecret(auth, `the client secret of sources.${name}.auth`),
      authorizationUrl: auth.authorizationUrl!,
      tokenUrl: auth.tokenUrl!,
      redirectUrl: auth.redirectUrl!,
      scopes: auth.scopes ?? [],
      store: fileTokenStore(provider.product, auth.tokenFile!)
    })
  })

export const authenticationOf = (source: Source): Effect.Effect<Authentication, ConfigError> =>
  Effect.gen(function* () {
    const { auth } = source.config
    if (auth.scheme === "oauth") return (yield* oauthOf(source)).authentication
    const secret = yield* readSecret(auth, `the API key of sources.${source.name}.auth`)
    return { scheme: auth.scheme ?? source.provider.defaultScheme, secret }
  })

/** The options of an API client for this source's account. */
export const clientOptionsOf = (source: Source): Effect.Effect<ClientOptions, ConfigError> =>
  Effect.map(authenticationOf(source), (authentication) => ({
    baseUrl: source.baseUrl,
    authentication,
    limiter: makeAccountLimiter(limitsOf(source))
  }))

/** The current webhook secret, then the previous one where one is named. */
export const webhookSecretsOf = ({ config, name }: Source): Effect.Effect<ReadonlyArray<string>, ConfigError> =>
  Effect.gen(function* () {
    const { webhook } = config
    if (webhook === undefined) {
      return yield* configError(
        `sources.${name} has no webhook settings: add "webhook" with secretEnv (docs/configuration.md)`
      )
    }
    const current = yield* readSecret(webhook, `the webhook secret of sources.${name}.webhook`)
    const previous = { secretEnv: webhook.previousSecretEnv, secretFile: webhook.previousSecretFile }
    // The previous secret is named during a rotation only: its variable may be gone afterwards.
    const named =
      previous.secretFile !== undefined ||
      (previous.secretEnv !== undefined && !isBlank(variableOf(previous.secretEnv) ?? ""))
    const old = named ? [yield* readSecret(previous, `the previous webhook secret of sources.${name}.webhook`)] : []
    return [current, ...old].map(Redacted.value)
  })

/**
 * The signature profile of a source's deliveries: rules and workflows cannot sign, Freshchat's webhooks do
 * (FRESHWORKS.md).
 */
export const profileOf = ({
  config,
  provider,
  routes: [route]
}: Source): NonNullable<NonNullable<SourceConfig["webhook"]>["profile"]> => {
  const told = config.webhook?.profile ?? provider.described?.webhook?.profile
  if (told !== undefined) return told
  if (route === "app") return "freshworks"
  return route === "ui" && provider.runbook?.body === null ? "freshchat" : "token"
}
