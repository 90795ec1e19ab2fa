/** Reads a recording into columns, in one snapshot (bench/: audit). Plain and synchronous. */
import type { Recording } from "../../domain/Recording.js"
import { buildRecording } from "../../domain/RecordingBuilder.js"
import { type CallsOfDay, dayMs, type LeftOut, spanOf } from "../../domain/Span.js"
import type { Database } from "../Database.js"
import { type CallWindow, eachCall, eachVersion, hasBodies, readStreams } from "./RecordedCalls.js"
import { isRunning } from "./RecordingStatus.js"

/** The start inclusive, the end exclusive; a side that is not given is taken from the calls (domain/Span.ts). */
export const readRecording = (
  database: Database,
  window: Partial<CallWindow>,
  products: ReadonlyArray<string>
): Recording =>
  database
    .transaction((): Recording => {
      const streams = readStreams(database).filter(
        ({ product }) => products.length === 0 || (product !== null && products.includes(product))
      )
      const builder = buildRecording(streams)
      const { leftOut, ...span } = soundWindow(
        database,
        window,
        streams.map(({ id }) => id)
      )
      // A recording without calls has no versions.
      let [first, last] = [0, -1]
      for (const call of eachCall(database, span)) {
        if (last === -1) first = call.id
        last = call.id
        builder.call(call)
      }
      for (const version of eachVersion(database, first, last)) builder.version(version)
      const unended = database.prepare<[], number>("SELECT pid FROM recorder WHERE ended = 0").pluck().all()
      return builder.done({
        recordsLost: database.prepare<[], number>("SELECT coalesce(sum(lost), 0) FROM recorder").pluck().get()!,
        recordersCutOff: unended.filter((pid) => !isRunning(pid)).length,
        leftOut,
        bodiesKept: hasBodies(database)
      })
    })
    .deferred()

/** The window without strays; a window that the user names on both sides is taken as it is. */
const soundWindow = (
  database: Database,
  window: Partial<CallWindow>,
  streams: ReadonlyArray<number>
): CallWindow & { readonly leftOut: ReadonlyArray<LeftOut> } => {
  const { from = 0, to = Number.MAX_SAFE_INTEGER } = window
  const asNamed = { from, to, leftOut: [] }
  if (window.from !== undefined && window.to !== undefined) return asNamed
  // Ids rise with time: most recordings are short, and are not read twice.
  const end = (order: "ASC" | "DESC"): number =>
    database.prepare<[], number>(`SELECT started_at FROM call ORDER BY id ${order} LIMIT 1`).pluck().get() ?? 0
  if (end("DESC") - end("ASC") < shortMs) return asNamed
  const days = database
    .prepare<[number, number, string], CallsOfDay>(
      `SELECT started_at / ${dayMs} AS day, count(*) AS calls FROM call
       WHERE started_at >= ? AND started_at < ? AND stream IN (SELECT value FROM json_each(?)) GROUP BY day ORDER BY day`
    )
    .all(from, to, JSON.stringify(streams))
  const span = spanOf(days)
  return span === null ? asNamed : { from: Math.max(from, span.from), to: Math.min(to, span.to), leftOut: span.leftOut }
}

/** Too short for strays (domain/Span.ts). */
const shortMs = 30 * dayMs
