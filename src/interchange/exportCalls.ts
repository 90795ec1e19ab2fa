/**
 * Exports recorded calls: as NDJSON, which can be imported again without loss, or as HAR 1.2 for other tools. A HAR has
 * what was kept and no more: no credential, no header but those of the rate limit, the query's harmless values.
 */
import { iso, isoOrNull } from "../domain/Figures.js"
import type { Database } from "../store/index.js"
import { version } from "../version.js"
import { type CallLine, headLine } from "./Ndjson.js"
import { recordingName } from "./Provenance.js"
import { type ExportWindow, eachRecordedCall, type RecordedCall, type RecordedVersion } from "./RecordedCalls.js"

const orNull = (text: string): string | null => (text === "" ? null : text)

export const ndjsonOf = function* (database: Database, window: ExportWindow): Generator<string> {
  yield `${headLine()}\n`
  for (const [call, versions] of eachRecordedCall(database, window)) yield `${JSON.stringify(lineOf(call, versions))}\n`
}

const lineOf = (call: RecordedCall, versions: ReadonlyArray<RecordedVersion>): CallLine => ({
  id: call.id,
  startedAt: iso(call.startedAt),
  durationSeconds: call.durationUs === null ? null : call.durationUs / 1e6,
  integration: call.integration,
  principal: orNull(call.principal),
  product: orNull(call.product),
  account: call.account,
  method: call.method,
  endpoint: call.template,
  query: call.query,
  page: call.page,
  since: isoOrNull(call.since),
  subject: call.subject,
  status: call.status,
  error: call.error,
  requestBytes: call.requestBytes,
  responseBytes: call.responseBytes,
  rateLimit: { total: call.limitTotal, remaining: call.limitRemaining },
  retryAfterSeconds: call.retryAfter,
  serverTime: isoOrNull(call.clockMs === null ? null : call.startedAt + call.clockMs),
  failedRecords: call.failedRecords,
  recordHashes: call.recordHashes === null ? null : call.recordHashes.split(" "),
  process: call.process === null ? null : Math.abs(call.process),
  items: call.items,
  newVersions: call.newVersions,
  versions: versions.map((one) => ({
    entity: one.entity,
    id: one.entityId,
    version: one.version,
    updatedAt: isoOrNull(one.updatedAt),
    seenAt: iso(one.seenAt),
    created: one.created === 1,
    changed: one.changed === null ? null : (JSON.parse(one.changed) as Array<string>)
  })),
  ...(call.requestBody === null ? {} : { requestBody: call.requestBody }),
  ...(call.responseBody === null ? {} : { responseBody: call.responseBody })
})

export const harOf = function* (database: Database, window: ExportWindow): Generator<string> {
  yield `{"log":{"version":"1.2","creator":{"name":"hookshift","version":${JSON.stringify(version)}},"entries":[`
  const recording = recordingName(database)
  let first = true
  for (const [call] of eachRecordedCall(database, window)) {
    yield `${first ? "" : ","}\n${JSON.stringify({ ...entryOf(call), _hookshift: { recording, call: call.id } })}`
    first = false
  }
  yield "\n]}}\n"
}

const entryOf = (call: RecordedCall) => {
  const query = queryOf(call)
  const search = query.map(({ name, value }) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join("&")
  const headers = [
    ["X-RateLimit-Total", call.limitTotal],
    ["X-RateLimit-Remaining", call.limitRemaining],
    ["Retry-After", call.retryAfter],
    ["Date", call.clockMs === null ? null : new Date(call.startedAt + call.clockMs).toUTCString()]
  ].flatMap(([name, value]) => (value === null ? [] : [{ name, value: String(value) }]))
  const durationMs = call.durationUs === null ? -1 : call.durationUs / 1000
  return {
    startedDateTime: iso(call.startedAt),
    time: durationMs,
    request: {
      method: call.method,
      // A subject stands for the path's parameter; other parameters were not kept.
      url: `https://${call.account}${call.template.replace("{id}", call.subject ?? "{id}")}${search === "" ? "" : `?${search}`}`,
      httpVersion: "HTTP/1.1",
      cookies: [],
      headers: [{ name: "User-Agent", value: call.integration }],
      queryString: query,
      headersSize: -1,
      bodySize: call.requestBytes ?? -1,
      ...(call.requestBody === null ? {} : { postData: { mimeType: "application/json", text: call.requestBody } })
    },
    response: {
      status: call.status ?? 0,
      statusText: "",
      httpVersion: "HTTP/1.1",
      cookies: [],
      headers,
      content: {
        size: call.responseBody === null ? (call.responseBytes ?? -1) : Buffer.byteLength(call.responseBody),
        mimeType: "application/json",
        ...(call.responseBody === null ? {} : { text: call.responseBody })
      },
      redirectURL: "",
      headersSize: -1,
      bodySize: call.responseBytes ?? -1,
      ...(call.error === null ? {} : { _error: call.error })
    },
    cache: {},
    timings: { send: -1, wait: durationMs, receive: -1 }
  }
}

const queryOf = (call: RecordedCall): Array<{ name: string; value: string }> => {
  const query =
    call.query === ""
      ? []
      : call.query.split("&").map((part) => {
          const equals = part.indexOf("=")
          const value = part.slice(equals + 1)
          return { name: part.slice(0, equals), value: value === "*" ? (isoOrNull(call.since) ?? "*") : value }
        })
  return call.page === null ? query : [...query, { name: "page", value: String(call.page) }]
}
