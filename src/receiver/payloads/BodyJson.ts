/** The JSON object in a body, bounded; a text says why there is none. Pure. */
import { parseExactJson } from "../../domain/ExactJson.js"
import { isRecord } from "../../domain/Json.js"
import { isTooDeep, maxDepth } from "../../domain/JsonDepth.js"
import type { Json } from "./Payload.js"

export const bodyJson = (body: Buffer): Json | string => {
  const text = body.toString("utf8")
  if (isTooDeep(text)) return `nested deeper than ${maxDepth} levels`
  let parsed: unknown
  try {
    parsed = parseJson(text)
  } catch {
    return body.length === 0 ? "an empty body" : "no JSON"
  }
  return isRecord(parsed) ? parsed : "no JSON object"
}

/**
 * Whole numbers beyond 2^53 keep their digits. `__proto__` as a key is left out, since a copy by assignment would
 * change an object's nature. Of a key that stands twice the last one counts, as for every JSON.parse.
 */
const parseJson = (text: string): unknown => {
  const proto = text.includes("__proto__") || text.includes("\\u005f") || text.includes("\\u005F")
  return parseExactJson(text, proto ? (key, value) => (key === "__proto__" ? undefined : value) : undefined)
}
