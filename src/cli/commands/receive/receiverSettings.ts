/**
 * The receiver's settings from the configuration: read and checked as a whole, at start and after a SIGHUP, before use.
 */
import { Duration, Effect, Option, Redacted } from "effect"
import {
  type Config,
  ConfigError,
  chosenSources,
  clientOptionsOf,
  inboxKeyOf,
  loadConfig,
  neededWebhooks,
  readSecret,
  type Source,
  type Webhook,
  webhookSecretsOf,
  webhookSettingsOf
} from "../../../config/service.js"
import { type EntityReader, makeReader } from "../../../providers/clients.js"
import { allProviders, replaceDescribed, sendsThinEvents } from "../../../providers/index.js"
import {
  execProgram,
  forwardTo,
  type ReceiverSender,
  type ReceiverSource,
  type Target
} from "../../../receiver/index.js"
import { UsageError } from "../../Failure.js"
import { chosenMigration } from "../../Migration.js"
import { reconciliationPlans } from "./reconciliationPlans.js"

export interface SettingsOptions {
  readonly forward: Option.Option<string>
  readonly exec: Option.Option<string>
  /** `null`: no reconciliation. */
  readonly every: Duration.Duration | null
  /** A file with a migration plan; where it is not named, the stored one may be taken. */
  readonly migration: Option.Option<string>
  readonly takesStoredPlan: boolean
  readonly backfill: boolean
}

/** The variables that hold secrets: withheld from the program that `--exec` runs. */
const secretVariables = (config: Config): ReadonlyArray<string> =>
  [
    config.receiver.forwardSecretEnv,
    config.inbox.keyEnv,
    ...Object.values(config.sources).flatMap(({ auth, webhook }) => [
      auth.secretEnv,
      ...webhookSettingsOf({ webhook }).flatMap(({ previousSecretEnv, secretEnv }) => [secretEnv, previousSecretEnv])
    ])
  ].filter((name) => name !== undefined)

const targetOf = (config: Config, options: SettingsOptions) =>
  Effect.gen(function* () {
    if (Option.isSome(options.forward) && Option.isSome(options.exec))
      return yield* new UsageError({ message: "--forward and --exec are two ways to hand events over: choose one" })
    const timeout = config.receiver.handOverTimeout
    const timeoutMs = timeout === undefined ? {} : { timeoutMs: Duration.toMillis(timeout) }
    if (Option.isSome(options.exec))
      return execProgram({ command: options.exec.value, withhold: secretVariables(config), ...timeoutMs })
    const url = Option.getOrUndefined(options.forward) ?? config.receiver.forward
    if (url === undefined) return null
    if (!URL.canParse(url) || !/^https?:/.test(url))
      return yield* new UsageError({ message: `--forward takes an http or https URL, not "${url}"` })
    const setting = { secretEnv: config.receiver.forwardSecretEnv, secretFile: config.receiver.forwardSecretFile }
    const named = setting.secretEnv !== undefined || setting.secretFile !== undefined
    const secret = named ? Redacted.value(yield* readSecret(setting, "the secret of receiver.forward")) : null
    return forwardTo({ url, secret, ...timeoutMs })
  })

const senderOf = (webhook: Webhook) =>
  Effect.map(webhookSecretsOf(webhook), (secrets): ReceiverSender => {
    const { allowFrom, encoding } = webhook.setting
    return {
      route: webhook.route,
      profile: webhook.profile,
      secrets,
      ...(encoding === undefined ? {} : { encoding }),
      ...(allowFrom === undefined ? {} : { allowFrom })
    }
  })

const settingsOf = (sources: ReadonlyArray<Source>) =>
  Effect.map(
    Effect.forEach(sources, (source) =>
      Effect.gen(function* () {
        const [first, ...further] = yield* Effect.forEach(yield* neededWebhooks(source), senderOf)
        const settings: ReceiverSource = {
          product: source.provider.product,
          ...(source.serviceAccount === null ? {} : { serviceAccount: source.serviceAccount }),
          ...first!,
          ...(further.length === 0 ? {} : { further })
        }
        return [source.name, settings] as const
      })
    ),
    Object.fromEntries
  )

export const readSettings = (config: Config, options: SettingsOptions) =>
  Effect.gen(function* () {
    const sources = yield* chosenSources(config)
    const { backfill, every } = options
    const migration = yield* chosenMigration({ named: options.migration, takesStored: options.takesStoredPlan })
    // Without reconciliation, calls are made for hydration only.
    const readers = new Map<string, EntityReader>()
    if (every === null)
      for (const source of sources.filter(({ provider, routes }) =>
        routes.some((route) => sendsThinEvents(provider, route))
      ))
        readers.set(source.name, yield* makeReader(source.provider, yield* clientOptionsOf(source)))
    return {
      config,
      sources,
      inboxKey: yield* inboxKeyOf(config),
      settings: yield* settingsOf(sources),
      target: (yield* targetOf(config, options)) as Target | null,
      plans: every === null ? [] : yield* reconciliationPlans(sources, { every, backfill, migration }),
      readers
    }
  })

export type ReceiverSettings = Effect.Effect.Success<ReturnType<typeof readSettings>>

/** Keys of `receiver` that may change in a running receiver. */
const takenAnew = new Set(["publicUrl", "forward", "forwardSecretEnv", "forwardSecretFile", "handOverTimeout"])

/**
 * Rereads the settings of `file` and gives them to `take`. It fails where they are invalid, need a restart or are not
 * taken; the described providers then stay as they were.
 */
export const readSettingsAgain = <E, R>(
  file: string | undefined,
  options: SettingsOptions,
  before: ReceiverSettings,
  take: (settings: ReceiverSettings) => Effect.Effect<void, E, R>
) =>
  Effect.suspend(() => {
    const described = allProviders().filter((provider) => provider.described !== undefined)
    replaceDescribed([])
    return loadConfig(file).pipe(
      Effect.flatMap((config) => readSettings(config, options)),
      Effect.tap(({ config, target }) => {
        const startOnly = (config: Config): Readonly<Record<string, unknown>> =>
          Object.fromEntries([
            ...Object.entries(config.receiver)
              .filter(([key]) => !takenAnew.has(key))
              .map(([key, value]) => [`receiver.${key}`, value] as const),
            ...Object.entries(config.inbox).map(([key, value]) => [`inbox.${key}`, value] as const)
          ])
        const [was, is] = [startOnly(before.config), startOnly(config)]
        const changed = [...new Set([...Object.keys(was), ...Object.keys(is)])].filter(
          (name) => JSON.stringify(was[name]) !== JSON.stringify(is[name])
        )
        if ((target === null) !== (before.target === null)) changed.push("receiver.forward")
        return changed.length === 0
          ? Effect.void
          : new ConfigError({
              message: `${changed.join(", ")} ${changed.length === 1 ? "is" : "are"} read at start only: restart the receiver to change ${changed.length === 1 ? "it" : "them"}, or set back what was there`
            })
      }),
      Effect.tap(take),
      Effect.onError(() => Effect.sync(() => replaceDescribed(described)))
    )
  })
