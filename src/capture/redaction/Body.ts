/**
 * Redacts a body that is to be kept. Only known shapes are kept: JSON, lines of JSON, forms and multipart forms are
 * parsed and written again without sensitive values. Pure.
 */
import { parseRewritableJson } from "../../domain/ExactJson.js"
import { redactForm, redactMultipart } from "./Form.js"
import { redactJson } from "./Json.js"

/** `null` when the body is not kept. */
export const redactBody = (text: string): string | null => {
  const trimmed = text.replace(/^\uFEFF/, "").trim()
  if (trimmed === "" || trimmed.includes("\u0000") || trimmed.includes("\uFFFD")) return null
  return redactedJson(trimmed) ?? redactedLines(trimmed) ?? redactMultipart(trimmed) ?? redactForm(trimmed)
}

const redactedJson = (text: string): string | null => {
  let value: unknown
  try {
    value = parseRewritableJson(text)
  } catch {
    return null
  }
  // A single word or number is not kept: it may be a one-time password.
  return typeof value === "object" && value !== null ? JSON.stringify(redactJson(value, "")) : null
}

const redactedLines = (text: string): string | null => {
  const lines = text.split("\n").filter((line) => line.trim() !== "")
  if (lines.length < 2 || !lines.every((line) => /^\s*[[{]/.test(line))) return null
  const redacted = lines.map(redactedJson)
  return redacted.includes(null) ? null : `${redacted.join("\n")}\n`
}
