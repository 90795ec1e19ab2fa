/** The webhook settings of a source: an entry for each route of its events, with the proof of its deliveries. */
import { Effect, Redacted } from "effect"
import { inOrder, type Provider, type Route, routes } from "../providers/index.js"
import { type ConfigError, configError } from "./ConfigError.js"
import type { SourceConfig } from "./LoadConfig.js"
import { isSecretSet, readSecret } from "./Secret.js"

type Setting = NonNullable<SourceConfig["webhook"]>
export type WebhookSetting = Exclude<Setting, ReadonlyArray<unknown>>

export interface Webhook {
  readonly route: Route
  readonly profile: NonNullable<WebhookSetting["profile"]>
  readonly installUrl: string | null
  readonly setting: WebhookSetting
  /** Where the configuration has it: `sources.freshdesk.webhook`, in a list with its place. */
  readonly place: string
}

export const webhookSettingsOf = ({ webhook }: Pick<SourceConfig, "webhook">): ReadonlyArray<WebhookSetting> =>
  webhook === undefined ? [] : "length" in webhook ? webhook : [webhook]

const routesHad = (provider: Provider): ReadonlyArray<Route> =>
  routes.filter((route) => provider.routes[route] !== undefined)

/** The app route, or the product's only one. */
export const defaultRouteOf = (provider: Provider): Route => routesHad(provider)[0] ?? "app"

/** In the order of the routes; an error where two are for the same, or the product lacks one. */
export const webhooksOf = (
  name: string,
  source: SourceConfig,
  provider: Provider
): Effect.Effect<ReadonlyArray<Webhook>, ConfigError> =>
  Effect.gen(function* () {
    const listed = source.webhook !== undefined && "length" in source.webhook
    const has = routesHad(provider)
    const webhooks = new Map<Route, Webhook>()
    for (const [index, setting] of webhookSettingsOf(source).entries()) {
      const place = `sources.${name}.webhook${listed ? `.${index}` : ""}`
      const route = setting.route ?? defaultRouteOf(provider)
      if (!has.includes(route))
        return yield* configError(
          `${place}.route is "${route}", which ${source.product} does not have: choose ${has.join(" or ")}`
        )
      const other = webhooks.get(route)
      if (other !== undefined)
        return yield* configError(
          `${other.place} and ${place} are both for the route "${route}": keep one entry for each route`
        )
      webhooks.set(route, {
        route,
        profile: setting.profile ?? profileBy(route, provider),
        installUrl: setting.installUrl ?? null,
        setting,
        place
      })
    }
    return inOrder([...webhooks.keys()]).map((route) => webhooks.get(route)!)
  })

/** Rules and workflows cannot sign, Freshchat's own webhooks do (FRESHWORKS.md, "Webhooks"). */
const profileBy = (route: Route, provider: Provider): Webhook["profile"] => {
  const described = provider.described?.webhook?.profile
  if (described !== undefined) return described
  if (route === "app") return "freshworks"
  return route === "ui" && provider.runbook?.body === null ? "freshchat" : "token"
}

/** How a source proves the deliveries of a route: as set, else as the route's senders can. */
export const profileOf = (
  { provider, webhooks }: { readonly provider: Provider; readonly webhooks: ReadonlyArray<Webhook> },
  route: Route
): Webhook["profile"] => webhooks.find((one) => one.route === route)?.profile ?? profileBy(route, provider)

/** For commands that cannot do without: an error where a source has no webhook settings. */
export const neededWebhooks = (source: {
  readonly name: string
  readonly webhooks: ReadonlyArray<Webhook>
}): Effect.Effect<ReadonlyArray<Webhook>, ConfigError> =>
  source.webhooks.length > 0
    ? Effect.succeed(source.webhooks)
    : configError(
        `sources.${source.name} has no webhook settings: add "webhook" with secretEnv (docs/configuration.md)`
      )

/**
 * The current secret of a webhook, then the previous one. That one is there during a rotation only: its variable or
 * file may stay named, and be absent or blank, before and afterwards.
 */
export const webhookSecretsOf = ({ place, setting }: Webhook): Effect.Effect<ReadonlyArray<string>, ConfigError> =>
  Effect.gen(function* () {
    const current = yield* readSecret(setting, `the webhook secret of ${place}`)
    const previous = { secretEnv: setting.previousSecretEnv, secretFile: setting.previousSecretFile }
    const old = isSecretSet(previous) ? [yield* readSecret(previous, `the previous webhook secret of ${place}`)] : []
    return [current, ...old].map(Redacted.value)
  })
