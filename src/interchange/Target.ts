import type { Database } from "../store/index.js"

/** Where an import goes: a database, or its opening, which waits for the first call that can be read. */
export type Target = Database | (() => Database)

/** Opens the target once, when it is first asked for. */
export const openedOnce = (target: Target): (() => Database) => {
  let database: Database | null = typeof target === "function" ? null : target
  return () => {
    database ??= (target as () => Database)()
    return database
  }
}
