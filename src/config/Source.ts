/** A configured source, ready for use: its provider, account, credentials and webhook settings. */
import { Duration, Effect } from "effect"
import { accountOf } from "../domain/Account.js"
import { nearestName } from "../domain/NearestName.js"
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
  hoursBeneath,
  limitsOf,
  listAbove,
  type OwnIntervals,
  type PlanLimits,
  type Provider,
  providerOf,
  type Route
} from "../providers/index.js"
import { type ConfigError, configError } from "./ConfigError.js"
import type { Config, SourceConfig } from "./LoadConfig.js"
import { readSecret } from "./Secret.js"
import { knownKeysAt } from "./UnknownKey.js"
import { defaultRouteOf, type Webhook, webhooksOf } from "./Webhook.js"

export interface Source {
  readonly name: string
  readonly provider: Provider
  /** The account's host name, as recordings and reports know it. */
  readonly account: string
  readonly baseUrl: string
  readonly plan: string | null
  /** Routes that its events come by, in their fixed order. */
  readonly routes: ReadonlyArray<Route>
  /** Its webhook settings, one for each of its routes and in their order; empty without any. */
  readonly webhooks: ReadonlyArray<Webhook>
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
      const webhooks = yield* webhooksOf(name, source, provider)
      const reconcileOwn = yield* ownIntervals(name, source, provider)
      return {
        name,
        provider,
        account: accountOf(source.baseUrl),
        baseUrl: source.baseUrl,
        plan: source.plan ?? null,
        routes: webhooks.length === 0 ? [defaultRouteOf(provider)] : webhooks.map(({ route }) => route),
        webhooks,
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
  Effect.gen(function* () {
    const own: Record<string, OwnIntervals[string]> = {}
    const known = Object.keys(provider.sweeps).sort()
    for (const [entity, every] of Object.entries(reconcile)) {
      if (general.has(entity)) continue
      if (!known.includes(entity)) {
        const near = nearestName(entity, [...known, ...general])
        const hint = near === null ? `choose among ${known.join(", ")}` : `did you mean "${near}"?`
        return yield* configError(
          `sources.${name}.reconcile.${entity} is not an entity type of ${product} that can be swept: ${hint}`
        )
      }
      if (every === undefined || every === "off") own[entity] = "off"
      else if (Duration.isDuration(every)) own[entity] = Duration.toMillis(every)
      else {
        const list = listAbove(provider, entity)
        if (list !== null) return yield* configError(`sources.${name}.reconcile.${entity} ${hoursBeneath(list)}`)
        own[entity] = { ...every, every: Duration.toMillis(every.every), busy: Duration.toMillis(every.busy) }
      }
    }
    return own
  })

/** The account's rate limits; `null` where neither a limit nor a plan is set. */
export const sourceLimits = ({ config, plan, provider }: Source): PlanLimits | null =>
  limitsOf(provider.plans, plan, config.limit ?? null)

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
    limiter: makeAccountLimiter(sourceLimits(source), source.provider.plans)
  }))
