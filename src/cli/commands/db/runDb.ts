/** Backs up, checks and vacuums the database file. */
import { Effect, Option } from "effect"
import { inboxKeyPlace, loadConfig } from "../../../config/service.js"
import { mebibytes } from "../../../domain/Figures.js"
import {
  backupDatabase,
  checkDatabase,
  explain,
  fileHoldsBodies,
  type StoreError,
  vacuumDatabase
} from "../../../store/index.js"
import { GateFailed } from "../../Failure.js"
import { print, printJson } from "../../Output.js"
import type { BackupOptions, DatabaseOptions } from "./DbCommand.js"

const attempt = <A>(file: string, use: () => A): Effect.Effect<A, StoreError> =>
  Effect.try({ try: use, catch: (error) => explain(error, file) })

export const runBackup = ({ config, db, json, to }: BackupOptions) =>
  Effect.gen(function* () {
    const place = inboxKeyPlace((yield* loadConfig(Option.getOrUndefined(config))).inbox) ?? `${db}.key`
    const bytes = yield* attempt(db, () => backupDatabase(db, to))
    const needsKey = (yield* attempt(db, () => fileHoldsBodies(db))) ? place : null
    yield* json
      ? printJson({ db, to, bytes, needsKey })
      : print(
          `${to}: ${mebibytes(bytes)}${needsKey === null ? "" : `. Bodies in it are sealed, and their key is not in it: keep a copy of ${needsKey} as well, in another place`}`
        )
  })

export const runCheck = ({ db, json }: DatabaseOptions) =>
  Effect.gen(function* () {
    const problems = yield* attempt(db, () => checkDatabase(db))
    if (json) yield* printJson({ db, problems })
    if (problems.length > 0)
      return yield* new GateFailed({
        message: `${db} is damaged (${problems[0]}${problems.length > 1 ? `, and ${problems.length - 1} more` : ""}): stop its writers and restore a backup`
      })
    if (!json) yield* print(`${db} is sound`)
  })

export const runVacuum = ({ db, json }: DatabaseOptions) =>
  Effect.gen(function* () {
    const { after, before } = yield* attempt(db, () => vacuumDatabase(db))
    yield* json
      ? printJson({ db, before, after })
      : print(`${db}: ${mebibytes(before)} before, ${mebibytes(after)} now`)
  })
