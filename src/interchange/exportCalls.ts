/**
 * Exports recorded calls: as NDJSON, which can be imported again without loss, or as HAR 1.2 for other tools. A HAR has
 * no credential, no header but those of the rate limit, and of the query its harmless values.
 */
import type { Call, ItemVersion, Stream } from "../domain/Call.js"
import { iso, isoOrNull } from "../domain/Figures.js"
import { type CallWindow, type Database, eachWholeCall, type WholeCall } from "../store/index.js"
import { version } from "../version.js"
import { type CallLine, headLine, type VersionLine } from "./Ndjson.js"
import { recordingName } from "./Provenance.js"

/** Recorded to the microsecond. */
const microseconds = (durationMs: number): number => Math.round(durationMs * 1_000)

export const ndjsonOf = function* (database: Database, window: CallWindow): Generator<string> {
  yield `${headLine()}\n`
  for (const whole of eachWholeCall(database, window)) yield `${JSON.stringify(lineOf(whole))}\n`
}

const lineOf = ({ call, requestBody, responseBody, stream, versions }: WholeCall): CallLine => ({
  id: call.id,
  startedAt: iso(call.startedAt),
  durationSeconds: call.durationMs === null ? null : microseconds(call.durationMs) / 1e6,
  integration: stream.integration,
  principal: stream.principal,
  product: stream.product,
  account: stream.account,
  method: stream.method,
  endpoint: stream.template,
  query: stream.query,
  page: call.page,
  since: isoOrNull(call.since),
  subject: call.subject,
  status: call.status,
  error: call.error,
  requestBytes: call.requestBytes,
  responseBytes: call.responseBytes,
  rateLimit: { total: call.limitTotal, remaining: call.limitRemaining },
  retryAfterSeconds: call.retryAfterSeconds,
  serverTime: isoOrNull(call.clockMs === null ? null : call.startedAt + call.clockMs),
  failedRecords: call.failedRecords,
  recordHashes: call.recordHashes,
  process: call.process === null ? null : Math.abs(call.process),
  items: call.items,
  newVersions: call.newVersions,
  versions: versions.map(versionLineOf),
  ...(requestBody === null ? {} : { requestBody }),
  ...(responseBody === null ? {} : { responseBody })
})

const versionLineOf = (version: ItemVersion): VersionLine => ({
  entity: version.entity,
  id: version.entityId,
  version: version.version,
  updatedAt: isoOrNull(version.updatedAt),
  seenAt: iso(version.seenAt),
  created: version.created,
  changed: version.changed
})

export const harOf = function* (database: Database, window: CallWindow): Generator<string> {
  yield `{"log":{"version":"1.2","creator":{"name":"hookshift","version":${JSON.stringify(version)}},"entries":[`
  const recording = recordingName(database)
  let first = true
  for (const whole of eachWholeCall(database, window)) {
    const entry = { ...entryOf(whole), _hookshift: { recording, call: whole.call.id } }
    yield `${first ? "" : ","}\n${JSON.stringify(entry)}`
    first = false
  }
  yield "\n]}}\n"
}

const entryOf = ({ call, requestBody, responseBody, stream }: WholeCall) => {
  const query = queryOf(call, stream)
  const search = query.map(({ name, value }) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join("&")
  const headers = [
    ["X-RateLimit-Total", call.limitTotal],
    ["X-RateLimit-Remaining", call.limitRemaining],
    ["Retry-After", call.retryAfterSeconds],
    ["Date", call.clockMs === null ? null : new Date(call.startedAt + call.clockMs).toUTCString()]
  ].flatMap(([name, value]) => (value === null ? [] : [{ name, value: String(value) }]))
  const durationMs = call.durationMs ?? -1
  return {
    startedDateTime: iso(call.startedAt),
    time: durationMs,
    request: {
      method: stream.method,
      // A subject stands for the path's parameter; other parameters were not kept.
      url: `https://${stream.account}${stream.template.replace("{id}", call.subject ?? "{id}")}${search === "" ? "" : `?${search}`}`,
      httpVersion: "HTTP/1.1",
      cookies: [],
      headers: [{ name: "User-Agent", value: stream.integration }],
      queryString: query,
      headersSize: -1,
      bodySize: call.requestBytes ?? -1,
      ...(requestBody === null ? {} : { postData: { mimeType: "application/json", text: requestBody } })
    },
    response: {
      status: call.status ?? 0,
      statusText: "",
      httpVersion: "HTTP/1.1",
      cookies: [],
      headers,
      content: {
        size: responseBody === null ? (call.responseBytes ?? -1) : Buffer.byteLength(responseBody),
        mimeType: "application/json",
        ...(responseBody === null ? {} : { text: responseBody })
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

const queryOf = (call: Call, stream: Stream): Array<{ name: string; value: string }> => {
  const query =
    stream.query === ""
      ? []
      : stream.query.split("&").map((part) => {
          const equals = part.indexOf("=")
          const value = part.slice(equals + 1)
          return { name: part.slice(0, equals), value: value === "*" ? (isoOrNull(call.since) ?? "*") : value }
        })
  return call.page === null ? query : [...query, { name: "page", value: String(call.page) }]
}
