/**
 * HAR 1.2 entries as calls, as browsers, mitmproxy, Charles and Fiddler write them: fields may be missing, sizes may be
 * -1 for unknown, bodies may be absent, base64, or already unpacked.
 */
import { type Observation, observationOf } from "../capture/index.js"
import { isByteCount, isCount, longestCallSeconds } from "../domain/CallBounds.js"
import { isRecord } from "../domain/Json.js"
import { isTooDeep, maxDepth } from "../domain/JsonDepth.js"
import { yearProblem } from "../domain/Span.js"

/** A problem of an entry, for people. */
export class EntryProblem extends Error {}

/** Why an entry is no call: its answer came from the browser itself, or the browser stopped it. */
export type NotSent = "cached" | "blocked"

export const callOfEntry = (text: string): Observation | NotSent => {
  if (isTooDeep(text)) throw new EntryProblem(`is nested deeper than ${maxDepth} levels`)
  let entry: unknown
  try {
    entry = JSON.parse(text)
  } catch {
    throw new EntryProblem("is no JSON")
  }
  if (!isRecord(entry)) throw new EntryProblem("is no object")
  const request = isRecord(entry["request"]) ? entry["request"] : {}
  const response = isRecord(entry["response"]) ? entry["response"] : {}
  const content = isRecord(response["content"]) ? response["content"] : {}
  const startedAt = momentIn(entry)
  if (Number.isNaN(startedAt)) throw new EntryProblem("has no startedDateTime")
  const year = yearProblem(startedAt)
  if (year !== null) throw new EntryProblem(year)
  const { method, url } = request
  if (typeof url !== "string" || !URL.canParse(url)) throw new EntryProblem("has no request.url")
  if (typeof method !== "string") throw new EntryProblem("has no request.method")
  // `data:`, `blob:`, extensions and their like: nothing of them leaves a browser.
  if (!/^(?:https?|wss?):/i.test(url)) return "cached"
  const notSent = notSentBecause(entry, response, content)
  if (notSent !== null) return notSent

  const sent = headersOf(request["headers"])
  const received = headersOf(response["headers"])
  const status = statusOf(response["status"])
  const body = bodyOf(content)
  return observationOf({
    startedAt,
    durationMs: durationOf(entry["time"]),
    method: method.toUpperCase(),
    url,
    authorization: sent("authorization"),
    userAgent: sent("user-agent"),
    status,
    error: status === null ? errorOf(entry, response) : null,
    requestBytes: bytesOf(request["bodySize"]) ?? postedBytes(request["postData"]),
    responseBytes:
      bytesOf(response["bodySize"]) ?? (received("content-encoding") === null ? bytesOf(content["size"]) : null),
    header: received,
    contentType: typeof content["mimeType"] === "string" ? content["mimeType"] : received("content-type"),
    body,
    requestBody: postedText(request["postData"])
  })
}

/**
 * Requests that a browser's blocker, policy or mode stopped before they were sent; other errors happened on the way or
 * at the far end. An answer that a browser kept from its page (Chrome's BLOCKED_BY_RESPONSE and ORB, `corp-…`,
 * `coep-…`) was a call.
 */
const blockedBy =
  /\bERR_(?:BLOCKED_(?!BY_(?:RESPONSE|ORB|XSS_AUDITOR)\b)[A-Z_]+|CACHE_MISS|CLEARTEXT_NOT_PERMITTED|UNSAFE_PORT|DISALLOWED_URL_SCHEME|UNKNOWN_URL_SCHEME)\b|NS_ERROR_(?:CONTENT_BLOCKED|BLOCKED_BY_POLICY|(?:TRACKING|MALWARE|PHISHING|HARMFUL|UNWANTED)_URI|PROXY_FORBIDDEN|DOM_BAD_URI)\b|^(?:csp|mixed-content|devtools|inspector|origin)$/i
const keptFromPage = /^(?:corp|coep|coop|orb)-|^(?:content-type|sri)$/i

/**
 * When an entry began; NaN where it does not say. Only a text is parsed: an object may have a `toString` of its own.
 */
export const momentIn = (entry: Readonly<Record<string, unknown>>): number =>
  typeof entry["startedDateTime"] === "string" ? Date.parse(entry["startedDateTime"]) : Number.NaN

/**
 * Each browser has its own mark: Chrome and Edge `_fromCache` and `_fetchedViaServiceWorker`, Safari `_fetchType`,
 * Firefox `cache.afterRequest`, Playwright `_wasFulfilled`.
 */
const notSentBecause = (
  entry: Record<string, unknown>,
  response: Record<string, unknown>,
  content: Record<string, unknown>
): NotSent | null => {
  const marked = (name: string) => [entry[name], response[name]].find((value) => value !== undefined && value !== null)
  const isSet = (name: string) => ![undefined, false, "", 0].includes(marked(name) as undefined)
  if (
    isSet("_fromCache") ||
    isSet("_servedFromCache") ||
    isSet("_fetchedViaServiceWorker") ||
    isSet("_fromServiceWorker") ||
    isSet("_wasFulfilled")
  )
    return "cached"
  const fetched = marked("_fetchType")
  if (typeof fetched === "string" && !/^(?:Network Load|Unknown)$/i.test(fetched)) return "cached"
  const cache = isRecord(entry["cache"]) ? entry["cache"] : {}
  if ("afterRequest" in cache && !("beforeRequest" in cache)) return "cached"
  // The status line alone has some bytes.
  const shown = amount(content["size"]) ?? 0
  if (marked("_transferSize") === 0 && shown > 0 && (amount(response["status"]) ?? 0) >= 200) return "cached"
  const blocked = marked("_blockedReason") ?? marked("_blocked_reason")
  if (typeof blocked === "string" && blocked !== "" && !keptFromPage.test(blocked)) return "blocked"
  if (isSet("_wasAborted")) return "blocked"
  const error = marked("_error")
  return typeof error === "string" && blockedBy.test(error) ? "blocked" : null
}

/** Sizes and times; -1 stands for unknown. */
const amount = (value: unknown): number | null =>
  typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : null

const bytesOf = (value: unknown): number | null => {
  const bytes = amount(value)
  return bytes !== null && isByteCount(Math.round(bytes)) ? Math.round(bytes) : null
}

const durationOf = (value: unknown): number | null => {
  const ms = amount(value)
  return ms === null || ms > longestCallSeconds * 1_000 ? null : ms
}

/** 0 and no response at all: the request failed. */
const statusOf = (value: unknown): number | null => {
  const status = amount(value)
  return status !== null && isCount(status) && status >= 100 && status <= 999 ? status : null
}

const headersOf = (list: unknown): ((name: string) => string | null) => {
  const found = new Map<string, string>()
  for (const header of Array.isArray(list) ? list : []) {
    if (isRecord(header) && typeof header["name"] === "string" && typeof header["value"] === "string")
      found.set(header["name"].toLowerCase(), header["value"])
  }
  return (name) => found.get(name) ?? null
}

/** `null` where the file has no body: its contents are unknown. */
const bodyOf = (content: Record<string, unknown>): Buffer | null => {
  const { encoding, size, text } = content
  if (typeof text !== "string") return size === 0 ? Buffer.alloc(0) : null
  if (text === "" && size !== 0) return null
  return Buffer.from(text, encoding === "base64" ? "base64" : "utf8")
}

const postedText = (posted: unknown): Buffer | null =>
  isRecord(posted) && typeof posted["text"] === "string" ? Buffer.from(posted["text"]) : null

const postedBytes = (posted: unknown): number | null =>
  posted === undefined ? 0 : (postedText(posted)?.length ?? null)

/** Chrome's `net::ERR_CONNECTION_REFUSED`, Firefox's and the proxies' own words. */
const errorOf = (entry: Record<string, unknown>, response: Record<string, unknown>): string => {
  const said = String(response["_error"] ?? entry["_error"] ?? "")
  return /\b(?:NS_ERROR|ERR|E)[A-Z_]*_[A-Z_]+\b/.exec(said)?.[0] ?? "Error"
}
