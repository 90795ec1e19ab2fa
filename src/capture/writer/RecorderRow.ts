/** The row of `recorder` that counts what one process, or one import, wrote. */
import type { Database } from "../../store/index.js"
import type { WriterSettings } from "../spool/ThreadData.js"

export interface RecorderRow {
  readonly id: number
  readonly noteProgress: (calls: number, lost: number, lastSeenAt: number) => void
  readonly end: () => void
}

/** Resumes the row of this process, if there is one: after a lock or a full disk its file is opened again. */
export const openRecorderRow = (database: Database, settings: WriterSettings): RecorderRow => {
  const { kind, pid, program, startedAt } = settings
  const integration = settings.integration ?? ""
  const resumed = database
    .prepare(
      "SELECT id FROM recorder WHERE pid = ? AND started_at = ? AND integration = ? AND program = ? AND kind = ? AND ended = 0"
    )
    .pluck()
    .get(pid, startedAt, integration, program, kind) as number | undefined
  const id =
    resumed ??
    (database
      .prepare(
        `INSERT INTO recorder (integration, program, pid, started_at, last_seen_at, kind, keeps_bodies)
       VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id`
      )
      .pluck()
      .get(integration, program, pid, startedAt, startedAt, kind, settings.keepBodies ? 1 : 0) as number)
  const progress = database.prepare(
    "UPDATE recorder SET calls = calls + ?, lost = lost + ?, last_seen_at = max(last_seen_at, ?) WHERE id = ?"
  )
  return {
    id,
    noteProgress: (calls, lost, lastSeenAt) => void progress.run(calls, lost, lastSeenAt, id),
    end: () => void database.prepare("UPDATE recorder SET ended = 1 WHERE id = ?").run(id)
  }
}
