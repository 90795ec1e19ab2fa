/** The database file, for commands that use it without the `Store` service. */
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

export const storeUnavailable = (error: unknown, file: string): StoreUnavailable => {
  const { message, reason } = explain(error, file)
  return new StoreUnavailable({ reason, message })
}
