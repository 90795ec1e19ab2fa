/** A database that is not there, told with the command that makes it: not every one begins with a recording. */
import { existsSync } from "node:fs"
import { Effect } from "effect"
import { StoreError } from "../store/index.js"

export const neededDatabase = (file: string, remedy: string): Effect.Effect<void, StoreError> =>
  existsSync(file)
    ? Effect.void
    : Effect.fail(new StoreError("missing", `there is no database at ${file}: ${remedy}, or name another with --db`))
