/** Rows of `call`. Their ids order calls by time, and differ between integrations that write at the same moment. */
import { createHash } from "node:crypto"
import { type CallId, callIdSlots, hasCallId } from "../../domain/Call.js"
import { retryAfterMillis } from "../../providers/index.js"
import { type Database, RecordingStatements } from "../../store/index.js"
import type { Observation } from "../Observation.js"
import type { PlacedCall } from "./CallStreams.js"

export interface CallRows {
  /**
   * `items` is null where the body's items are unknown, or not read yet. Throws a `RangeError` for an implausible
   * time.
   */
  readonly insert: (seen: Observation, call: PlacedCall, items: number | null, writtenRecords: string | null) => CallId
  readonly noteItems: (id: CallId, items: number, newVersions: number) => void
  readonly noteFailedRecords: (id: CallId, failed: number, records: string | null) => void
}

/** `process` is the recorder's row of a recorded program; null for proxies and imports. */
export const makeCallRows = (database: Database, process: number | null): CallRows => {
  const add = RecordingStatements.insertCall(database)
  const noteFailed = RecordingStatements.setFailedRecords(database)
  const noteItems = RecordingStatements.setCallItems(database)

  const slots = new Map<string, number>()
  const slotOf = (integration: string): number => {
    let slot = slots.get(integration)
    if (slot === undefined) {
      slot = (createHash("sha256").update(integration).digest()[0]! & 0x7f) * 16
      slots.set(integration, slot)
    }
    return slot
  }
  let sequence = 0

  return {
    insert: (seen, call, items, writtenRecords) => {
      // A clock that is wrong by decades: no id can hold its time.
      if (!hasCallId(seen.startedAt)) throw new RangeError("a call of no plausible time")
      const startedAt = Math.floor(seen.startedAt)
      const retryAfter = retryAfterMillis(seen.retryAfter, seen.startedAt, seen.serverTime)
      const insert = (id: CallId): number =>
        add.run(
          id,
          call.stream,
          startedAt,
          seen.durationMs === null ? null : Math.round(seen.durationMs * 1000),
          seen.status,
          seen.error,
          call.page,
          call.since,
          call.subject,
          seen.requestBytes,
          seen.responseBytes,
          seen.limitTotal,
          seen.limitRemaining,
          retryAfter === null ? null : retryAfter / 1000,
          items,
          items === null ? null : 0,
          process,
          seen.serverTime === null ? null : seen.serverTime - startedAt,
          null,
          writtenRecords
        ).changes
      let id = startedAt * callIdSlots + slotOf(call.integration) + (sequence++ % 16)
      while (insert(id) === 0) id += 1
      return id
    },
    noteItems: (id, items, newVersions) => void noteItems.run(items, newVersions, id),
    noteFailedRecords: (id, failed, records) => void noteFailed.run(failed, records, id)
  }
}
