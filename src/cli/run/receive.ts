/** Runs the receiver until it is told to stop. */
import { FetchHttpClient } from "@effect/platform"
import { Duration, Effect, Option, Redacted } from "effect"
import {
  type Config,
  clientOptionsOf,
  loadConfig,
  profileOf,
  readSecret,
  type Source,
  webhookSecretsOf
} from "../../config/index.js"
import { type EntityReader, getOrNull, makeReader } from "../../providers/clients.js"
import { eventsOf, tellsIdOnly } from "../../providers/index.js"
import {
  forwardTo,
  makeReconciliation,
  type ReceiverSource,
  type Reconciliation,
  receiverScoped
} from "../../receiver/index.js"
import { Store } from "../../store/service.js"
import { UsageError } from "../Failure.js"
import { addressOf, secondsOf } from "../Options.js"
import { note, printJson } from "../Output.js"
import { chosenSources } from "./chosenSources.js"

export interface ReceiveOptions {
  readonly db: string
  readonly config: Option.Option<string>
  readonly json: boolean
  readonly listen: Option.Option<string>
  readonly forward: Option.Option<string>
  readonly reconcile: string
}

const forwarding = (config: Config, url: string) =>
  Effect.gen(function* () {
    if (!URL.canParse(url)) return yield* new UsageError({ message: `--forward takes a URL, not "${url}"` })
    const setting = { secretEnv: config.receiver.forwardSecretEnv, secretFile: config.receiver.forwardSecretFile }
    const named = setting.secretEnv !== undefined || setting.secretFile !== undefined
    const secret = named ? Redacted.value(yield* readSecret(setting, "the secret of receiver.forward")) : null
    return forwardTo({ url, secret })
  })

const reconciled = (source: Source, every: Duration.Duration) =>
  Effect.gen(function* () {
    const store = yield* Store
    const applied = (yield* store.subscriptions).filter((row) => row.source === source.name).map((row) => row.event)
    const { entities, sweeps } = source.provider
    const subscribed = (entity: string) =>
      applied.length === 0 || eventsOf(source.provider, source.route, entity).some((event) => applied.includes(event))
    const names = Object.keys(entities).filter(
      (entity) => eventsOf(source.provider, source.route, entity).length > 0 && subscribed(entity)
    )
    return {
      every,
      entities: names.filter((entity) => sweeps[entity] !== undefined),
      client: yield* clientOptionsOf(source)
    }
  })

export const runReceive = (options: ReceiveOptions) =>
  Effect.scoped(
    Effect.gen(function* () {
      const config = yield* loadConfig(Option.getOrUndefined(options.config))
      const sources = yield* chosenSources(config)
      const listen = yield* addressOf(
        Option.getOrElse(options.listen, () => config.receiver.listen ?? "127.0.0.1:8787")
      )
      const settings: Record<string, ReceiverSource> = {}
      for (const source of sources) {
        const encoding = source.config.webhook?.encoding
        settings[source.name] = {
          product: source.provider.product,
          ...(source.serviceAccount === null ? {} : { serviceAccount: source.serviceAccount }),
          profile: profileOf(source),
          secrets: yield* webhookSecretsOf(source),
          ...(encoding === undefined ? {} : { encoding })
        }
      }
      const every =
        options.reconcile === "off" ? null : Duration.seconds(yield* secondsOf("reconcile", options.reconcile))
      const forward = Option.getOrUndefined(options.forward) ?? config.receiver.forward
      const onEvent = forward === undefined ? undefined : yield* forwarding(config, forward)
      const plans =
        every === null
          ? []
          : yield* Effect.forEach(sources, (source) =>
              Effect.map(reconciled(source, every), (plan) => ({ source, plan }))
            )

      const reconciliations = new Map<string, Reconciliation>()
      // Without reconciliation only what a delivery lacks is fetched.
      const readers = new Map<string, EntityReader>()
      if (every === null)
        for (const source of sources.filter(({ provider, route }) => tellsIdOnly(provider, route)))
          readers.set(source.name, yield* makeReader(source.provider, yield* clientOptionsOf(source)))
      const receiver = yield* receiverScoped({
        db: options.db,
        listen,
        sources: settings,
        ...(onEvent === undefined ? {} : { onEvent }),
        ...(config.receiver.maxBodyBytes === undefined ? {} : { maxBodyBytes: config.receiver.maxBodyBytes }),
        ...(config.receiver.ackDeadline === undefined
          ? {}
          : { ackDeadlineMs: Duration.toMillis(config.receiver.ackDeadline) }),
        hydrate: async (source, entity, id) => {
          const reconciliation = reconciliations.get(source)
          if (reconciliation !== undefined) return Effect.runPromise(reconciliation.hydrate(entity, id))
          const reader = readers.get(source)
          if (reader === undefined) return null
          return Effect.runPromise(getOrNull(reader, entity, id))
        }
      })
      for (const { plan, source } of plans) {
        const reconciliation = yield* makeReconciliation(receiver, {
          source: source.name,
          account: source.account,
          provider: source.provider,
          client: plan.client,
          every: plan.every,
          entities: plan.entities,
          onError: (error) => note(`reconciliation of ${source.name}: ${error.message}`)
        })
        reconciliations.set(source.name, reconciliation)
      }
      if (options.json)
        yield* printJson({ url: receiver.url, port: receiver.port, sources: sources.map((source) => source.name) })
      else {
        for (const source of sources)
          yield* note(`deliveries for ${source.name}: POST ${receiver.url}/hooks/${source.name}`)
        yield* note(
          `reconciliation ${every === null ? "off" : `every ${options.reconcile}`}; events ${forward === undefined ? "stay in the inbox" : "are forwarded"}; ready`
        )
      }
      return yield* Effect.never
    })
  ).pipe(Effect.provide(Store.layer(options.db)), Effect.provide(FetchHttpClient.layer))
