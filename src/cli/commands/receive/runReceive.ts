/** Runs the receiver until it is stopped. */
import { FetchHttpClient } from "@effect/platform"
import { Duration, Effect, Option, Queue } from "effect"
import { loadConfig } from "../../../config/service.js"
import { getOrNull } from "../../../providers/clients.js"
import { defaultAdminPort, type Log, type ReceiverError, replaceableTarget } from "../../../receiver/index.js"
import { makeReconciledReceiver } from "../../../runtime/index.js"
import { adminAddressOf } from "../../Listening.js"
import { receiverLog } from "../../Logging.js"
import { tellStored } from "../../Migration.js"
import { addressOf, secondsOf } from "../../OptionValues.js"
import { printJson } from "../../Output.js"
import { parentGone } from "../../ParentProcess.js"
import { readStoreIfAny } from "../../ReadStore.js"
import { usualReconcile } from "../../SharedOptions.js"
import { tracesUrl, tracingLayer } from "../../Tracing.js"
import type { ReceiveOptions } from "./ReceiveCommand.js"
import { readSettings, readSettingsAgain } from "./receiverSettings.js"
import { announcedReconciliations } from "./SourceReconciliations.js"

/** Runs `reread` on SIGHUP, one at a time; a failure changes nothing and is logged. */
const onHangUp = <E extends { readonly message: string }, R>(log: Log, reread: Effect.Effect<void, E, R>) =>
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
    yield* Queue.take(hangUps.queue).pipe(
      Effect.zipRight(reread),
      Effect.catchAll((error) => Effect.sync(() => log("error", `nothing was changed: ${error.message}`))),
      Effect.forever,
      Effect.forkScoped
    )
  })

export const runReceive = (options: ReceiveOptions) =>
  Effect.scoped(
    Effect.gen(function* () {
      const file = Option.getOrUndefined(options.config)
      const config = yield* loadConfig(file)
      const { receiver: settings } = config
      const listen = yield* addressOf(Option.getOrElse(options.listen, () => settings.listen ?? "127.0.0.1:8787"))
      const admin = yield* adminAddressOf(Option.getOrUndefined(options.admin) ?? settings.admin, defaultAdminPort)
      const interval = Option.getOrElse(options.reconcile, () => usualReconcile)
      const every = interval === "off" ? null : Duration.seconds(yield* secondsOf("reconcile", interval))
      const log = yield* receiverLog(Option.getOrElse(options.logs, () => settings.logs ?? "pretty"))
      const { backfill, exec, forward } = options
      const settingsOptions = {
        forward,
        exec,
        every,
        backfill,
        migration: options.migration,
        takesStoredPlan: Option.isNone(options.reconcile)
      }
      // The receiver makes the database, once all settings are known to be valid.
      let current = yield* Effect.provide(readSettings(config, settingsOptions), readStoreIfAny(options.db))
      yield* tellStored({ named: options.migration, takesStored: settingsOptions.takesStoredPlan })
      const { sources } = current
      const target = current.target === null ? null : replaceableTarget(current.target)
      const keep = settings.keepDelivered
      const tracing = tracesUrl(process.env) !== null
      const tracer = yield* Effect.tracer
      const receiverOptions = {
        db: options.db,
        ...(tracing ? { tracer } : {}),
        listen,
        admin,
        sources: current.settings,
        log,
        ...(target === null ? {} : { target }),
        ...given("inboxKey", current.inboxKey),
        ...given("tls", settings.tls),
        ...given("trustProxy", settings.trustProxy),
        ...given("maxBodyBytes", settings.maxBodyBytes),
        ...given("concurrency", settings.concurrency),
        ...given("ratePerSecond", settings.ratePerSecond),
        ...given("maxInboxBytes", settings.maxInboxBytes),
        ...(settings.maxConnections === undefined ? {} : { limits: { connections: settings.maxConnections } }),
        ...(keep === undefined ? {} : { keepDeliveredMs: keep === "forever" ? null : Duration.toMillis(keep) }),
        ...(settings.ackDeadline === undefined ? {} : { ackDeadlineMs: Duration.toMillis(settings.ackDeadline) })
      }
      const { receiver, reconcile } = yield* makeReconciledReceiver(receiverOptions, async (source, entity, id) => {
        const reader = current.readers.get(source)
        return reader === undefined ? null : Effect.runPromise(getOrNull(reader, entity, id))
      })
      const reconciled = announcedReconciliations(log)
      yield* reconcile(current.plans.map(reconciled))
      yield* onHangUp(
        log,
        Effect.gen(function* () {
          const next = yield* readSettingsAgain(file, settingsOptions, current, (read) =>
            Effect.tryPromise({ try: () => receiver.reload(read.settings), catch: (error) => error as ReceiverError })
          ).pipe(Effect.provide(readStoreIfAny(options.db)))
          current = next
          if (next.target !== null) target?.replace(next.target)
          yield* reconcile(next.plans.map(reconciled))
        })
      )
      if (options.json)
        yield* printJson({
          url: receiver.url,
          port: receiver.port,
          admin: receiver.adminUrl,
          sources: sources.map((source) => source.name)
        })
      for (const source of sources)
        log("info", `deliveries for ${source.name}: POST ${receiver.url}/hooks/${source.name}`)
      if (receiver.adminUrl !== null) log("info", `for operators: ${receiver.adminUrl}/readyz and /metrics`)
      log(
        "info",
        `reconciliation ${every === null ? "off" : "on"}; events ${target === null ? "stay in the inbox" : Option.isSome(options.exec) ? "are given to the program" : "are forwarded"}; ready`
      )
      yield* Effect.addFinalizer(() =>
        Effect.sync(() =>
          log("info", "stopping: accepted deliveries are answered, and the hand-over in progress is completed")
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
  ).pipe(Effect.provide(FetchHttpClient.layer), Effect.provide(tracingLayer(process.env)))

/** A setting under its name where it is set. */
const given = <Name extends string, Value>(
  name: Name,
  value: Value | undefined
): { readonly [name in Name]?: Value } => (value === undefined ? {} : ({ [name]: value } as { [name in Name]: Value }))
