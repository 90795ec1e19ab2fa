/** Bodies, for recordings that ask for them: redacted by field name and by pattern, each text kept once. */
import { createHash } from "node:crypto"
import type { CallId } from "../domain/Call.js"
import { isLongNumber, parseRewritableJson } from "../domain/ExactJson.js"
import { isRecord } from "../domain/Json.js"
import { isPlainName, sensitiveField, sensitiveText } from "../domain/Sensitive.js"
import { textOf } from "../domain/Text.js"
import type { Database } from "../store/index.js"
import type { Observation } from "./Observation.js"
import { Recent } from "./Recent.js"
import { unpackBody } from "./ResponseBody.js"

/** Longer bodies are not kept. */
const longestText = 1024 * 1024

export interface KeptBodies {
  readonly keep: (call: CallId, seen: Observation) => void
}

export const makeKeptBodies = (database: Database): KeptBodies => {
  const addBody = database.prepare(
    "INSERT INTO body (hash, content) VALUES (?, ?) ON CONFLICT DO UPDATE SET content = excluded.content RETURNING id"
  )
  const addCallBody = database.prepare(
    "INSERT INTO call_body (call, request, response) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
  )
  const kept = new Recent<number, number>(5_000)

  const store = (text: string | null): number | null => {
    if (text === null || text === "" || text.length > longestText) return null
    const redacted = redactBody(text)
    const hash = createHash("sha256").update(redacted).digest().subarray(0, 16)
    return addBody.pluck().get(hash, redacted) as number
  }

  return {
    keep: (call, seen) => {
      const request = seen.requestBody === null ? null : store(textOf(seen.requestBody))
      let response: number | null = null
      if (seen.sameBody && seen.bodyId !== null) response = kept.get(seen.bodyId) ?? null
      else if (seen.body !== null) {
        const bytes = unpackBody(seen.body, seen.contentEncoding)
        response = store(bytes === null ? null : textOf(bytes))
        if (response !== null && seen.bodyId !== null) kept.set(seen.bodyId, response)
      }
      if (request !== null || response !== null) addCallBody.run(call, request, response)
    }
  }
}

/** JSON by field and pattern; a form by field; any other text by pattern alone. */
export const redactBody = (text: string): string => {
  try {
    return JSON.stringify(redactJson(parseRewritableJson(text), ""))
  } catch {
    // no JSON
  }
  if (/^[^=&\s]+=[^&\s]*(?:&[^=&\s]+=[^&\s]*)*$/.test(text)) {
    const form = new URLSearchParams()
    for (const [name, value] of new URLSearchParams(text))
      form.append(redactName(name), sensitiveField.test(name) ? "[redacted]" : redactText(value))
    return form.toString()
  }
  return redactText(text)
}

const redactName = (name: string): string => (isPlainName(name) ? name : "[name]")

const redactJson = (value: unknown, field: string): unknown => {
  if (value === null || typeof value === "boolean") return value
  if (field !== "" && sensitiveField.test(field)) return "[redacted]"
  if (typeof value === "string") return redactText(value)
  if (Array.isArray(value)) return value.map((item) => redactJson(item, field))
  if (isLongNumber(value)) return value
  if (isRecord(value)) {
    const redacted: Record<string, unknown> = {}
    for (const [name, inner] of Object.entries(value)) redacted[redactName(name)] = redactJson(inner, name)
    return redacted
  }
  return value
}

const timestamp = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?$/

const redactText = (text: string): string =>
  timestamp.test(text)
    ? text
    : sensitiveText.reduce((result, [pattern, replacement]) => result.replace(pattern, replacement), text)
