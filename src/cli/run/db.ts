/** Looks after the database file. */
import { existsSync } from "node:fs"
import { Effect } from "effect"
import { backupDatabase, checkDatabase, explain, type StoreError, vacuumDatabase } from "../../store/index.js"
import { GateFailed } from "../Failure.js"
import { mebibytes, print, printJson } from "../Output.js"

const attempt = <A>(file: string, use: () => A): Effect.Effect<A, StoreError> =>
  Effect.try({ try: use, catch: (error) => explain(error, file) })

interface Common {
  readonly db: string
  readonly json: boolean
}

export const runBackup = ({ db, json, to }: Common & { readonly to: string }) =>
  Effect.gen(function* () {
    const bytes = yield* attempt(db, () => backupDatabase(db, to))
    yield* json
      ? printJson({ db, to, bytes })
      : print(
          `${to}: ${mebibytes(bytes)}${existsSync(`${db}.key`) ? `. Bodies in it are sealed: keep ${db}.key, apart from it, to read them` : ""}`
        )
  })

export const runCheck = ({ db, json }: Common) =>
  Effect.gen(function* () {
    const problems = yield* attempt(db, () => checkDatabase(db))
    if (json) yield* printJson({ db, problems })
    if (problems.length > 0)
      return yield* new GateFailed({
        message: `${db} is damaged (${problems[0]}${problems.length > 1 ? `, and ${problems.length - 1} more` : ""}): stop what writes to it and put a backup in its place`
      })
    if (!json) yield* print(`${db} is sound`)
  })

export const runVacuum = ({ db, json }: Common) =>
  Effect.gen(function* () {
    const { after, before } = yield* attempt(db, () => vacuumDatabase(db))
    yield* json
      ? printJson({ db, before, after })
      : print(`${db}: ${mebibytes(before)} before, ${mebibytes(after)} now`)
  })
