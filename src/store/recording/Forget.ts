/**
 * Deletes a part of a recording: an import, an integration, or calls before a moment, with all that depends on these
 * calls. Streams stay, since a running recorder knows them by number.
 */
import { basename, resolve } from "node:path"
import type { EpochMillis } from "../../domain/Time.js"
import { type Database, openDatabase } from "../Database.js"
import { explain } from "../StoreError.js"

export type Forgotten =
  | { readonly import: string }
  | { readonly integration: string }
  /** Calls that started before. */
  | { readonly before: EpochMillis }

export interface ForgetResult {
  readonly calls: number
  readonly itemVersions: number
  /** Calls that stay. */
  readonly left: number
}

/** The imports of a file: by its path, or by its name where only one imported file has it. */
const importsOf = (database: Database, file: string): ReadonlyArray<number> => {
  const all = database.prepare("SELECT recorder, path FROM import_file").all() as Array<{
    recorder: number
    path: string
  }>
  const exact = all.filter(({ path }) => path === resolve(file))
  const named = all.filter(({ path }) => basename(path) === file)
  const found = exact.length > 0 || new Set(named.map(({ path }) => path)).size > 1 ? exact : named
  return found.map(({ recorder }) => recorder)
}

/** The files that were imported, by their paths. */
export const importedFiles = (file: string): ReadonlyArray<string> => {
  const database = openDatabase(file, { mustExist: true })
  try {
    return database.prepare("SELECT DISTINCT path FROM import_file ORDER BY path").pluck().all() as Array<string>
  } finally {
    database.close()
  }
}

/** `dryRun` counts and leaves everything as it is. */
export const forget = (file: string, what: Forgotten, dryRun = false): ForgetResult => {
  const database = openDatabase(file, { mustExist: true })
  const rows = (sql: string, ...values: Array<unknown>): number => database.prepare(sql).run(...values).changes
  const choose = (recorders: ReadonlyArray<number>): void => {
    if ("before" in what) rows("INSERT INTO gone SELECT id FROM call WHERE started_at < ?", what.before)
    else if ("integration" in what)
      rows(
        "INSERT INTO gone SELECT call.id FROM call JOIN stream ON stream.id = stream WHERE stream.integration = ?",
        what.integration
      )
    else
      for (const recorder of recorders)
        rows("INSERT OR IGNORE INTO gone SELECT call FROM imported_call WHERE recorder = ?", recorder)
  }
  const count = (table: string, column: string): number =>
    database.prepare(`SELECT count(*) FROM ${table} WHERE ${column} IN (SELECT id FROM gone)`).pluck().get() as number
  try {
    database.exec("CREATE TEMP TABLE gone (id INTEGER PRIMARY KEY)")
    return database
      .transaction(() => {
        const recorders = "import" in what ? importsOf(database, what.import) : []
        choose(recorders)
        const calls = count("call", "id")
        const itemVersions = count("item_version", "call")
        const all = database.prepare("SELECT count(*) FROM call").pluck().get() as number
        if (!dryRun && calls > 0) {
          rows("DELETE FROM item_version WHERE call IN (SELECT id FROM gone)")
          rows("DELETE FROM call_body WHERE call IN (SELECT id FROM gone)")
          rows(
            "DELETE FROM body WHERE id NOT IN (SELECT request FROM call_body WHERE request IS NOT NULL UNION SELECT response FROM call_body WHERE response IS NOT NULL)"
          )
          rows("DELETE FROM call WHERE id IN (SELECT id FROM gone)")
          // An import of which no call is left can be made again.
          rows(
            `DELETE FROM imported WHERE recorder IN (SELECT recorder FROM imported_call WHERE call IN (SELECT id FROM gone))
               AND recorder NOT IN (SELECT recorder FROM imported_call WHERE call NOT IN (SELECT id FROM gone))`
          )
          rows("DELETE FROM imported_call WHERE call IN (SELECT id FROM gone)")
          rows("DELETE FROM item_state WHERE stream NOT IN (SELECT stream FROM call)")
          // A state without its version would hide that version from a repeated import; an old state is still true.
          if (!("before" in what))
            rows(
              `DELETE FROM item_state WHERE NOT EXISTS (SELECT 1 FROM item_version AS seen WHERE seen.stream = item_state.stream
                 AND seen.entity = item_state.entity AND seen.entity_id = item_state.entity_id AND seen.version = item_state.version)`
            )
          if ("integration" in what) {
            rows("DELETE FROM other_host WHERE integration = ?", what.integration)
            rows("DELETE FROM recorder WHERE integration = ? AND ended = 1", what.integration)
          }
          for (const recorder of recorders) {
            rows("DELETE FROM recorder WHERE id = ?", recorder)
            rows("DELETE FROM import_file WHERE recorder = ?", recorder)
          }
        }
        return { calls, itemVersions, left: dryRun ? all : all - calls }
      })
      .immediate()
  } catch (error) {
    throw explain(error, file)
  } finally {
    database.close()
  }
}
