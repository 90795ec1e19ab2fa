/** The database file, for commands that use it without the `Store` service. */
import { existsSync } from "node:fs"
import { Effect, type Scope } from "effect"
import { type Database, explain, type OpenOptions, openDatabase } from "../store/index.js"
import { StoreUnavailable } from "../store/service.js"

export const openScoped = (
  file: string,
  options: OpenOptions = {}
): Effect.Effect<Database, StoreUnavailable, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.try({ try: () => openDatabase(file, options), catch: (error) => storeUnavailable(error, file) }),
    (database) => Effect.sync(() => database.close())
  )

/** A file that is there is opened at once, for its faults; a new one is made when it is first asked for. */
export const openedOnUse = (file: string): Effect.Effect<() => Database, StoreUnavailable, Scope.Scope> => {
  let database: Database | null = null
  const open = (): Database => {
    database ??= openDatabase(file)
    return database
  }
  return Effect.acquireRelease(
    Effect.try({
      try: () => {
        if (existsSync(file)) open()
        return open
      },
      catch: (error) => storeUnavailable(error, file)
    }),
    () => Effect.sync(() => database?.close())
  )
}

export const storeUnavailable = (error: unknown, file: string): StoreUnavailable => {
  const { message, reason } = explain(error, file)
  return new StoreUnavailable({ reason, message })
}
