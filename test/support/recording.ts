/** Builds recordings call by call, for tests of the analysis. */
import type { Call, ItemVersion, Stream } from "../../src/domain/Call.js"
import type { Recording } from "../../src/domain/Recording.js"
import { buildRecording } from "../../src/domain/RecordingBuilder.js"

export const start = Date.parse("2026-03-02T00:00:00Z")
const at = (seconds: number): number => start + seconds * 1000

export const makeRecording = () => {
  const streams: Array<Stream> = []
  const calls: Array<Call> = []
  const versions: Array<ItemVersion> = []
  return {
    stream: (fields: Partial<Stream> & { readonly template: string }): number => {
      const id = streams.length + 1
      streams.push({
        id,
        integration: "sync",
        principal: "p1",
        product: "freshdesk",
        account: "acme.freshdesk.com",
        method: "GET",
        query: "",
        ...fields
      })
      return id
    },
    call: (stream: number, seconds: number, fields: Partial<Call> = {}): number => {
      const id = calls.length + 1
      calls.push({
        id,
        stream,
        startedAt: at(seconds),
        durationMs: 200,
        status: 200,
        error: null,
        page: null,
        since: null,
        subject: null,
        requestBytes: 0,
        responseBytes: 2,
        limitTotal: 200,
        limitRemaining: 199,
        retryAfterSeconds: null,
        items: 0,
        newVersions: 0,
        process: null,
        clockMs: null,
        failedRecords: null,
        recordHashes: null,
        ...fields
      })
      return id
    },
    version: (
      stream: number,
      call: number,
      entityId: string,
      updatedSeconds: number | null,
      changed: ReadonlyArray<string> | null,
      created = false,
      entity = "ticket"
    ): void => {
      const seen = calls[call - 1]!
      versions.push({
        stream,
        call,
        entity,
        entityId,
        version: updatedSeconds === null ? `#${call}` : String(at(updatedSeconds)),
        updatedAt: updatedSeconds === null ? null : at(updatedSeconds),
        seenAt: seen.startedAt + (seen.durationMs ?? 0),
        created,
        changed
      })
      calls[call - 1] = { ...seen, items: (seen.items ?? 0) + 1, newVersions: (seen.newVersions ?? 0) + 1 }
    },
    done: (): Recording => {
      const builder = buildRecording(streams)
      const inTime = [...calls].sort((a, b) => a.startedAt - b.startedAt || a.id - b.id)
      const places = new Map(inTime.map((call, place) => [call.id, place]))
      for (const call of inTime) builder.call({ ...call, id: places.get(call.id)! + 1 })
      const inCalls = [...versions].sort((a, b) => places.get(a.call)! - places.get(b.call)!)
      for (const version of inCalls) builder.version({ ...version, call: places.get(version.call)! + 1 })
      return builder.done({ recordsLost: 0, leftOut: [], recordersCutOff: 0, bodiesKept: false })
    },
    at
  }
}
