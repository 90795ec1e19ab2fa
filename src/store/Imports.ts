/** The calls that files brought into a recording. */
import { resolve } from "node:path"
import type { Database } from "./Database.js"

/** Notes the file that an import reads; the returned function notes each call that it brings. */
export const noteImport = (database: Database, recorder: number, file: string): ((call: number) => void) => {
  database
    .prepare("INSERT INTO import_file (recorder, path) VALUES (?, ?) ON CONFLICT DO UPDATE SET path = excluded.path")
    .run(recorder, resolve(file))
  const note = database.prepare("INSERT INTO imported_call (call, recorder) VALUES (?, ?) ON CONFLICT DO NOTHING")
  return (call) => void note.run(call, recorder)
}
