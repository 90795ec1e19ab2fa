/** Runs the mirror until it is stopped. */
import { FetchHttpClient } from "@effect/platform"
import { Effect, Option, Ref, Schedule } from "effect"
import { loadConfig } from "../../../config/service.js"
import { openMirror } from "../../../mirror/index.js"
import { explain, StoreError } from "../../../store/index.js"
import { captureHosts } from "../../CaptureHosts.js"
import { adminAddressOf, authorityOf, cannotListen, freeAddress, isLoopback } from "../../Listening.js"
import { receiverLog } from "../../Logging.js"
import { addressOf } from "../../OptionValues.js"
import { printJsonLine } from "../../Output.js"
import type { MirrorOptions } from "./MirrorCommand.js"
import { readMirrorSettings, usualAdminPort, usualListen } from "./mirrorSettings.js"

/** A mirror answers from what a receiver keeps: without its database there is nothing to answer from. */
const unopened = (error: unknown, db: string): StoreError => {
  const failure = explain(error, db)
  return failure.reason === "missing"
    ? new StoreError(
        "missing",
        `there is no database at ${db}: start the receiver first (hookshift receive), or name its database with --db`
      )
    : failure
}

export const runMirror = (options: MirrorOptions) =>
  Effect.scoped(
    Effect.gen(function* () {
      const config = yield* loadConfig(Option.getOrUndefined(options.config))
      const listen = Option.getOrElse(options.listen, () => config.mirror.listen ?? usualListen)
      const { host, port } = yield* addressOf(listen)
      const admin = yield* adminAddressOf(Option.getOrUndefined(options.admin) ?? config.mirror.admin, usualAdminPort)
      const settings = yield* readMirrorSettings(options, config)
      const log = yield* receiverLog(Option.getOrElse(options.logs, () => "pretty" as const))
      yield* freeAddress(host, port)
      const mirror = yield* Effect.acquireRelease(
        Effect.tryPromise({
          try: () =>
            openMirror({
              ...settings,
              db: options.db,
              host,
              port,
              admin,
              recorder: { db: options.db, hosts: captureHosts(options.config) },
              log
            }),
          catch: (error) => {
            const taken = error as NodeJS.ErrnoException & { readonly address?: string; readonly port?: number }
            return taken.syscall === "listen"
              ? cannotListen(`${taken.address}:${taken.port}`, error, "address with --listen or --admin")
              : unopened(error, options.db)
          }
        }),
        (running) => Effect.promise(() => running.close())
      )
      if (options.json) yield* printJsonLine({ url: mirror.url, port: mirror.port, admin: mirror.adminUrl })
      for (const { baseUrl, name, path } of settings.sources)
        log("info", `${name}: ${mirror.url}${path ?? ""} in place of ${baseUrl}`)
      if (!isLoopback(authorityOf(host)) && settings.tls === null)
        log(
          "warning",
          "others on the network can reach this mirror, and credentials reach it unencrypted: consider --tls-cert and --tls-key"
        )
      if (mirror.adminUrl !== null) log("info", `for operators: ${mirror.adminUrl}/readyz and /metrics`)
      yield* Effect.promise(() => mirror.loaded)
      const runs = yield* Ref.make<boolean | null>(null)
      return yield* Effect.gen(function* () {
        // While another mirror has the state, this one has said so.
        if (!mirror.ownsState()) return
        const now = mirror.receiverRuns()
        if ((yield* Ref.getAndSet(runs, now)) === now) return
        if (now)
          log(
            "info",
            options.dark ? "the state is read; answers are compared and not served" : "the state is read; ready"
          )
        else
          log(
            "warning",
            "the state is read, but no receiver runs on this database: all requests go through until one does (hookshift receive)"
          )
      }).pipe(Effect.repeat(Schedule.spaced("1 second")), Effect.zipRight(Effect.never))
    })
  ).pipe(Effect.provide(FetchHttpClient.layer))
