/** First and last call of a recording, and whether a window has any. */
import type { RecordedSpan } from "../../domain/RecordedSpan.js"
import type { Database } from "../Database.js"
import type { CallWindow } from "./RecordedCalls.js"

/** `null` for a recording without calls. */
export const recordedSpan = (database: Database): RecordedSpan | null => {
  const span = database
    .prepare<[], { calls: number; from: number | null; to: number | null }>(
      `SELECT count(*) AS calls, min(started_at) AS "from", max(started_at) AS "to" FROM call`
    )
    .get()!
  return span.from === null || span.to === null ? null : { calls: span.calls, from: span.from, to: span.to }
}

/** The start inclusive, the end exclusive. */
export const hasCalls = (database: Database, { from, to }: CallWindow): boolean =>
  database
    .prepare<[number, number], number>("SELECT EXISTS (SELECT 1 FROM call WHERE started_at >= ? AND started_at < ?)")
    .pluck()
    .get(from, to) === 1
