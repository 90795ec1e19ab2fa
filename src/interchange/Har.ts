/**
 * HAR 1.2 entries as calls, as browsers, mitmproxy, Charles and Fiddler write them: fields may be missing, sizes may be
 * -1 for unknown, bodies may be absent, base64, or already unpacked.
 */
import { type Observation, observationOf } from "../capture/index.js"
import { isRecord } from "../domain/Json.js"

/** What is wrong with an entry, for people. */
export class EntryProblem extends Error {}

/** `null` for an entry that no request was made for: it came from a cache. */
export const callOfEntry = (text: string): Observation | null => {
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
  const startedAt = Date.parse(String(entry["startedDateTime"]))
  if (Number.isNaN(startedAt)) throw new EntryProblem("has no startedDateTime")
  const { method, url } = request
  if (typeof url !== "string" || !URL.canParse(url)) throw new EntryProblem("has no request.url")
  if (typeof method !== "string") throw new EntryProblem("has no request.method")
  if (typeof entry["_fromCache"] === "string") return null

  const sent = headersOf(request["headers"])
  const received = headersOf(response["headers"])
  const status = amount(response["status"])
  const body = bodyOf(content)
  return observationOf({
    startedAt,
    durationMs: amount(entry["time"]),
    method: method.toUpperCase(),
    url,
    authorization: sent("authorization"),
    userAgent: sent("user-agent"),
    // 0 and no response at all: the request failed.
    status: status === null || status < 100 ? null : status,
    error: status === null || status < 100 ? errorOf(entry, response) : null,
    requestBytes: amount(request["bodySize"]) ?? postedBytes(request["postData"]),
    responseBytes:
      amount(response["bodySize"]) ?? (received("content-encoding") === null ? amount(content["size"]) : null),
    header: received,
    contentType: typeof content["mimeType"] === "string" ? content["mimeType"] : received("content-type"),
    body,
    requestBody: postedText(request["postData"])
  })
}

/** Sizes and times; -1 stands for unknown. */
const amount = (value: unknown): number | null =>
  typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : null

const headersOf = (list: unknown): ((name: string) => string | null) => {
  const found = new Map<string, string>()
  for (const header of Array.isArray(list) ? list : []) {
    if (isRecord(header) && typeof header["name"] === "string" && typeof header["value"] === "string")
      found.set(header["name"].toLowerCase(), header["value"])
  }
  return (name) => found.get(name) ?? null
}

/** `null` when the file has no body: what it held is unknown. */
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
