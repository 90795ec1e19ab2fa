/** Redacts JSON: values of sensitive names, and other values by pattern. Pure. */
import { isLongNumber, parseRewritableJson } from "../../domain/ExactJson.js"
import { isRecord } from "../../domain/Json.js"
import { isPlainName } from "../../domain/Sensitive.js"
import { isSensitiveName, mayBeLongNumber } from "../../domain/SensitiveNames.js"
import { redactText } from "./Text.js"

/** A number of this many digits may be a telephone, account or card number, unless its name says otherwise. */
const fewestDigits = 9

/** These APIs do not nest deeper: deeper values are redacted. */
const deepest = 100

const nameFields = ["name", "key", "field", "label", "param", "parameter", "header", "property", "attribute"]
const valueFields = new Set([
  "value",
  "values",
  "val",
  "content",
  "data",
  "text",
  "string",
  "raw",
  "body",
  "answer",
  "default"
])

export const redactName = (name: string): string => (isPlainName(name) ? name : "[name]")

export const redactJson = (value: unknown, field: string, depth = 0, level = 0): unknown => {
  if (value === null || typeof value === "boolean") return value
  if (level > deepest || (field !== "" && isSensitiveName(field))) return "[redacted]"
  if (typeof value === "string") return redactString(value, depth)
  if (typeof value === "number" || isLongNumber(value)) return redactNumber(value, field)
  if (Array.isArray(value)) return redactList(value, field, depth, level)
  return isRecord(value) ? redactRecord(value, depth, level) : "[redacted]"
}

/** Levels of JSON within strings of JSON; deeper ones are not kept. */
const deepestNesting = 5

/** Redacts a string, which may itself be JSON. */
export const redactString = (text: string, depth = 0): string => {
  const trimmed = text.trim()
  if (!/^(?:[[{]|"[\s\S]*"$)/.test(trimmed)) return redactText(text)
  if (depth >= deepestNesting) return "[json]"
  const parsed = jsonOf(trimmed)
  return parsed === undefined ? redactText(text) : JSON.stringify(redactJson(parsed, "", depth + 1))
}

const jsonOf = (text: string): unknown => {
  try {
    return parseRewritableJson(text)
  } catch {
    return undefined
  }
}

const redactNumber = (value: unknown, field: string): unknown => {
  const digits = JSON.stringify(value).replace(/^-/, "")
  const whole = /^\d+$/.test(digits) || (typeof value === "number" && Number.isInteger(value))
  return whole && (digits.length >= fewestDigits || /e/.test(digits)) && !mayBeLongNumber(field) ? "[number]" : value
}

/** In `["Cookie", "…"]` and flat lists of headers a name precedes its value. */
const redactList = (
  list: ReadonlyArray<unknown>,
  field: string,
  depth: number,
  level: number
): ReadonlyArray<unknown> =>
  list.map((item, at) => {
    const before = list[at - 1]
    return typeof before === "string" &&
      isPlainName(before) &&
      isSensitiveName(before) &&
      item !== null &&
      typeof item !== "boolean"
      ? "[redacted]"
      : redactJson(item, field, depth, level + 1)
  })

/** In `{"name": "password", "value": "…"}` one field names the meaning of another. */
const redactRecord = (record: Record<string, unknown>, depth: number, level: number): unknown => {
  const named = nameFields.some((name) => typeof record[name] === "string" && isSensitiveName(record[name]))
  const redacted: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(record)) {
    const shown = redactName(name)
    const inner =
      named && valueFields.has(name) && typeof value !== "boolean" && value !== null
        ? "[redacted]"
        : redactJson(value, name, depth, level + 1)
    Object.defineProperty(redacted, shown, { value: inner, enumerable: true, configurable: true, writable: true })
  }
  return redacted
}
