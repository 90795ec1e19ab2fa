/** Redacts URL-encoded and multipart forms: values of sensitive names, and other values by pattern. Pure. */
import { isSensitiveName } from "../../domain/SensitiveNames.js"
import { redactName, redactString } from "./Json.js"

/** The characters of a form (WHATWG URL, 5.1), and characters that programs forget to encode. */
const formText = /^[\w.*+%&=!$'(),/:;?@[\]~-]+$/
/** At least one part has a name that looks like a field's. */
const namedPart = /(?:^|&)[A-Za-z_][\w.[\]-]{0,60}=(?!=|&|$)/

/**
 * `null` when the text is not a form. A part without `=` may be the rest of a value that contains "&": it is not
 * kept.
 */
export const redactForm = (text: string): string | null => {
  const whole = text.trim()
  if (!formText.test(whole) || !namedPart.test(whole)) return null
  const parts = whole.split("&").map((part) => {
    if (part === "") return ""
    const equals = part.indexOf("=")
    if (equals < 0) return "[part]"
    const [[name, value]] = [...new URLSearchParams(part)] as [[string, string]]
    return `${encodeURIComponent(redactName(name))}=${encodeURIComponent(redactValue(name, value))}`
  })
  return parts.join("&")
}

const redactValue = (name: string, value: string): string =>
  value !== "" && isSensitiveName(name) ? "[redacted]" : redactString(value)

const boundary = "hookshift"

/** `null` when the text is not a multipart form, or is cut off. Of a file only the field's name is kept. */
export const redactMultipart = (text: string): string | null => {
  const first = /^(?:\r?\n)*--([^\r\n]{1,70})\r?\n/.exec(text)
  if (first === null) return null
  const pieces = text.split(
    new RegExp(`(?:^|\\r?\\n)--${first[1]!.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}(?=--|[ \\t]*\\r?\\n)`)
  )
  if (pieces.length < 3 || !pieces.at(-1)!.startsWith("--")) return null
  const parts: Array<string> = []
  for (const piece of pieces.slice(1, -1)) {
    const match = /^[ \t]*\r?\n([\s\S]*?)\r?\n\r?\n([\s\S]*)$/.exec(piece)
    const name = /^content-disposition:[^\r\n]*?[;\s]name="?([^";\r\n]*)"?/im.exec(match?.[1] ?? "")?.[1]
    if (match === null || name === undefined) return null
    const isFile =
      /^content-disposition:[^\r\n]*[;\s]filename\*?=/im.test(match[1]!) ||
      /^content-transfer-encoding:/im.test(match[1]!)
    const value = isFile ? "[file]" : redactValue(name, match[2]!)
    parts.push(`--${boundary}\r\nContent-Disposition: form-data; name="${redactName(name)}"\r\n\r\n${value}\r\n`)
  }
  return `${parts.join("")}--${boundary}--\r\n`
}
