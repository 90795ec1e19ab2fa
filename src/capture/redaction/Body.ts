/**
 * Which bodies are kept, and what of them: an allow-list of shapes. JSON, lines of JSON, forms and multipart forms are read and
 * written again without what is sensitive; what is none of these is not kept. Pure.
 */
import { parseRewritableJson } from "../../domain/ExactJson.js"
import { redactForm, redactMultipart } from "./Form.js"
import { redactJson } from "./Json.js"

/** `null`: not kept. */
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
  // A word or number alone is no document: it may be a one-time password.
  return typeof value === "object" && value !== null ? JSON.stringify(redactJson(value, "")) : null
}

const redactedLines = (text: string): string | null => {
  const lines = text.split("\n").filter((line) => line.trim() !== "")
  if (lines.length < 2 || !lines.every((line) => /^\s*[[{]/.test(line))) return null
  const redacted = lines.map(redactedJson)
  return redacted.includes(null) ? null : `${redacted.join("\n")}\n`
}
