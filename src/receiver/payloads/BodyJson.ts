/** The JSON object in a body, bounded; a text says why there is none. Pure. */
import { isRecord } from "../../domain/Json.js"
import { isTooDeep, maxDepth } from "../../domain/JsonDepth.js"
import { parseUntrustedJson } from "../../domain/UntrustedJson.js"
import type { Json } from "./Payload.js"

export const bodyJson = (body: Buffer): Json | string => {
  const text = body.toString("utf8")
  if (isTooDeep(text)) return `nested deeper than ${maxDepth} levels`
  let parsed: unknown
  try {
    parsed = parseUntrustedJson(text)
  } catch {
    return body.length === 0 ? "an empty body" : "no JSON"
  }
  return isRecord(parsed) ? parsed : "no JSON object"
}
