/** Serves the live page, and shows it each change of the database. */
import { existsSync } from "node:fs"
import { Clock, Effect } from "effect"
import { visibleJson } from "../../../domain/PlainText.js"
import type { StoreUnavailable } from "../../../store/service.js"
import { isPassing, UsageError } from "../../Failure.js"
import { authorityOf, cannotListen, isLoopback } from "../../Listening.js"
import { lookAgain, stampOf } from "../../LookAgain.js"
import { openScoped } from "../../OpenDatabase.js"
import { addressOf } from "../../OptionValues.js"
import { note, print, printJsonLine } from "../../Output.js"
import type { WatchOptions } from "./WatchCommand.js"
import { figuresAt } from "./WatchedFigures.js"
import { startWatchServer } from "./WatchServer.js"

/** Pause between two looks at the file, in milliseconds. */
const lookEveryMs = 1_000
/** Without any change figures are read anew after so long: a receiver's silence is one. */
const freshForMs = 10_000

/** Reads again and again, and gives what it reads to `show`; a failed look is told and tried again. */
const looking = (options: WatchOptions, show: (figures: unknown) => Effect.Effect<void>) => {
  let last = ""
  let readAt = Number.NEGATIVE_INFINITY
  let told = ""
  const look = Effect.gen(function* () {
    const now = yield* Clock.currentTimeMillis
    const stamp = stampOf(options.db)
    if (stamp === last && now - readAt < freshForMs) return
    last = stamp
    readAt = now
    yield* show(yield* figuresAt(options, now))
    told = ""
  }).pipe(
    Effect.catchAll((error) => {
      if (error.message === told) return Effect.void
      told = error.message
      return note(`hookshift: ${error.message}`)
    })
  )
  return lookAgain(look, lookEveryMs)
}

/**
 * A file that no later look can read ends the command at once; a lock passes, and a file that is not there may come.
 */
const readable = (db: string): Effect.Effect<void, StoreUnavailable> =>
  existsSync(db)
    ? Effect.scoped(openScoped(db, { mustExist: true, readsOnly: true, busyTimeoutMs: 500 })).pipe(
        Effect.asVoid,
        Effect.catchIf(isPassing, () => Effect.void)
      )
    : Effect.void

export const runWatch = (options: WatchOptions) =>
  Effect.gen(function* () {
    const { host, port } = yield* addressOf(options.listen, "listen", options.listen)
    if (!isLoopback(authorityOf(host)))
      return yield* new UsageError({
        message: `--listen ${options.listen}: the page shows what was recorded to anyone who reaches it, so it is served on loopback alone, such as 127.0.0.1:${port}`
      })
    yield* readable(options.db)
    const server = yield* Effect.acquireRelease(
      Effect.tryPromise({
        try: () => startWatchServer(host, port),
        catch: (error) => cannotListen(`${host}:${port}`, error, "with --listen")
      }),
      (one) => Effect.promise(one.close)
    )
    const { port: taken, url } = server
    yield* options.json ? printJsonLine({ url, port: taken }) : print(`${url}: open it in a browser; Ctrl-C ends it`)
    return yield* looking(options, (figures) => {
      server.show(visibleJson(figures))
      return options.json ? printJsonLine(figures) : Effect.void
    })
  }).pipe(Effect.scoped)
