/** Runs the receiver until it is told to stop. */
import { FetchHttpClient } from "@effect/platform"
import { Duration, Effect, Option, Queue, Redacted } from "effect"
import {
  type Config,
  clientOptionsOf,
  inboxKeyOf,
  loadConfig,
  profileOf,
  readSecret,
  type Source,
  webhookSecretsOf
} from "../../config/index.js"
import { type EntityReader, getOrNull, makeReader } from "../../providers/clients.js"
import { tellsIdOnly } from "../../providers/index.js"
import {
  execProgram,
  forwardTo,
  type Log,
  makeReconciliation,
  type Receiver,
  type ReceiverError,
  type ReceiverSource,
  type Reconciliation,
  receiverScoped,
  type Skipped,
  sparingly
} from "../../receiver/index.js"
import { Store } from "../../store/service.js"
import { UsageError } from "../Failure.js"
import { receiverLog } from "../Logging.js"
import { addressOf, secondsOf } from "../Options.js"
import { printJson } from "../Output.js"
import { parentGone } from "../ParentProcess.js"
import { tracesUrl, tracingLayer } from "../Tracing.js"
import { chosenSources } from "./chosenSources.js"
import { announce, reconciliationPlans } from "./reconciliationPlans.js"

export interface ReceiveOptions {
  readonly db: string
  readonly config: Option.Option<string>
  readonly json: boolean
  readonly listen: Option.Option<string>
  readonly forward: Option.Option<string>
  readonly exec: Option.Option<string>
  readonly logs: Option.Option<"pretty" | "json">
  readonly reconcile: string
  readonly exitWithParent: boolean
  readonly backfill: boolean
}

/** Variables that hold secrets, by the configuration: no program that events are handed to gets them. */
const secretVariables = (config: Config): ReadonlyArray<string> =>
  [
    config.receiver.forwardSecretEnv,
    config.inbox.keyEnv,
    ...Object.values(config.sources).flatMap(({ auth, webhook }) => [
      auth.secretEnv,
      webhook?.secretEnv,
      webhook?.previousSecretEnv
    ])
  ].filter((name) => name !== undefined)

const targetOf = (config: Config, options: ReceiveOptions) =>
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

const settingsOf = (sources: ReadonlyArray<Source>) =>
  Effect.map(
    Effect.forEach(sources, (source) =>
      Effect.gen(function* () {
        const { allowFrom, encoding } = source.config.webhook ?? {}
        const settings: ReceiverSource = {
          product: source.provider.product,
          ...(source.serviceAccount === null ? {} : { serviceAccount: source.serviceAccount }),
          profile: profileOf(source),
          secrets: yield* webhookSecretsOf(source),
          ...(encoding === undefined ? {} : { encoding }),
          ...(allowFrom === undefined ? {} : { allowFrom })
        }
        return [source.name, settings] as const
      })
    ),
    Object.fromEntries
  )

/** SIGHUP reads the configuration and the secrets again; what is wrong with them changes nothing. */
const rereadOnHangUp = (receiver: Receiver, file: string | undefined, log: Log) =>
  Effect.gen(function* () {
    const hangUps = yield* Effect.acquireRelease(
      Effect.gen(function* () {
        const queue = yield* Queue.sliding<void>(1)
        const told = () => void Queue.unsafeOffer(queue, undefined)
        process.on("SIGHUP", told)
        return { queue, told }
      }),
      ({ told }) => Effect.sync(() => process.off("SIGHUP", told))
    )
    const reread = Effect.gen(function* () {
      const settings = yield* settingsOf(yield* chosenSources(yield* loadConfig(file)))
      yield* Effect.try({ try: () => receiver.reload(settings), catch: (error) => error as ReceiverError })
    }).pipe(Effect.catchAll((error) => Effect.sync(() => log("error", `nothing was changed: ${error.message}`))))
    yield* Queue.take(hangUps.queue).pipe(Effect.zipRight(reread), Effect.forever, Effect.forkScoped)
  })

export const runReceive = (options: ReceiveOptions) =>
  Effect.scoped(
    Effect.gen(function* () {
      const file = Option.getOrUndefined(options.config)
      const config = yield* loadConfig(file)
      const sources = yield* chosenSources(config)
      const { receiver: settings } = config
      const listen = yield* addressOf(Option.getOrElse(options.listen, () => settings.listen ?? "127.0.0.1:8787"))
      const every =
        options.reconcile === "off" ? null : Duration.seconds(yield* secondsOf("reconcile", options.reconcile))
      const log = yield* receiverLog(Option.getOrElse(options.logs, () => settings.logs ?? "pretty"))
      const target = yield* targetOf(config, options)
      const plans = every === null ? [] : yield* reconciliationPlans(sources, { every, backfill: options.backfill })

      const reconciliations = new Map<string, Reconciliation>()
      // Without reconciliation only what a delivery lacks is fetched.
      const readers = new Map<string, EntityReader>()
      if (every === null)
        for (const source of sources.filter(({ provider, route }) => tellsIdOnly(provider, route)))
          readers.set(source.name, yield* makeReader(source.provider, yield* clientOptionsOf(source)))
      const keep = settings.keepDelivered
      const tracing = tracesUrl(process.env) !== null
      const tracer = yield* Effect.tracer
      const inboxKey = yield* inboxKeyOf(config)
      const receiver = yield* receiverScoped({
        db: options.db,
        ...(tracing ? { tracer } : {}),
        listen,
        sources: yield* settingsOf(sources),
        log,
        ...(target === null ? {} : { target }),
        ...given("inboxKey", inboxKey),
        ...given("tls", settings.tls),
        ...given("trustProxy", settings.trustProxy),
        ...given("maxBodyBytes", settings.maxBodyBytes),
        ...given("concurrency", settings.concurrency),
        ...given("ratePerSecond", settings.ratePerSecond),
        ...given("maxInboxBytes", settings.maxInboxBytes),
        ...(settings.maxConnections === undefined ? {} : { limits: { connections: settings.maxConnections } }),
        ...(keep === undefined ? {} : { keepDeliveredMs: keep === "forever" ? null : Duration.toMillis(keep) }),
        ...(settings.ackDeadline === undefined ? {} : { ackDeadlineMs: Duration.toMillis(settings.ackDeadline) }),
        hydrate: async (source, entity, id) => {
          const reconciliation = reconciliations.get(source)
          if (reconciliation !== undefined) return Effect.runPromise(reconciliation.hydrate(entity, id))
          const reader = readers.get(source)
          if (reader === undefined) return null
          return Effect.runPromise(getOrNull(reader, entity, id))
        }
      })
      const sparingLog = sparingly(log, () => performance.now())
      for (const plan of plans) {
        const { source } = plan
        announce(log, plan)
        const reconciliation = yield* makeReconciliation(receiver, {
          ...plan.options,
          source: source.name,
          account: source.account,
          provider: source.provider,
          onError: (error) =>
            Effect.sync(() => sparingLog("warning", `reconciliation: ${error.message}`, { source: source.name })),
          onSkipped: ({ entity, fate, status }) =>
            Effect.sync(() =>
              sparingLog("warning", `reconciliation passed something by: ${fates[fate]}`, {
                source: source.name,
                entity,
                ...(status === null ? {} : { status })
              })
            )
        })
        reconciliations.set(source.name, reconciliation)
      }
      yield* rereadOnHangUp(receiver, file, log)
      if (options.json)
        yield* printJson({ url: receiver.url, port: receiver.port, sources: sources.map((source) => source.name) })
      for (const source of sources)
        log("info", `deliveries for ${source.name}: POST ${receiver.url}/hooks/${source.name}`)
      log(
        "info",
        `reconciliation ${every === null ? "off" : `every ${options.reconcile}`}; events ${target === null ? "stay in the inbox" : Option.isSome(options.exec) ? "are given to the program" : "are forwarded"}; ready`
      )
      yield* Effect.addFinalizer(() =>
        Effect.sync(() =>
          log("info", "stopping: what was accepted is answered, what the target has in hand is waited for")
        )
      )
      const ended = Effect.flatMap(
        Effect.promise(() => receiver.ended),
        (error) => Effect.fail(error)
      )
      if (!options.exitWithParent) return yield* ended
      yield* Effect.raceFirst(parentGone, ended)
      log("info", "the process that started this receiver is gone")
    })
  ).pipe(
    Effect.provide(Store.layer(options.db)),
    Effect.provide(FetchHttpClient.layer),
    Effect.provide(tracingLayer(process.env))
  )

const fates: Readonly<Record<Skipped["fate"], string>> = {
  gone: "a list names it, and it is not there any more",
  refused: "the provider does not show it to this key",
  later: "it cannot be read now; it is tried again, more and more seldom"
}

/** A setting under its name where it is set. */
const given = <Name extends string, Value>(
  name: Name,
  value: Value | undefined
): { readonly [name in Name]?: Value } => (value === undefined ? {} : ({ [name]: value } as { [name in Name]: Value }))
