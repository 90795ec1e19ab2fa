/** Text inside a kept body: what is JSON, a URL or a header in it is read as such, the rest by pattern. Pure. */
import { inferTemplate } from "../../domain/Endpoint.js"
import { parseRewritableJson } from "../../domain/ExactJson.js"
import { isPlainName, sensitiveText } from "../../domain/Sensitive.js"
import { isSensitiveName } from "../../domain/SensitiveNames.js"
import { redactJson } from "./Json.js"

const timestamp = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?$/

/** JSON in JSON in JSON; what lies deeper is not kept. */
const deepest = 5

/** With or without a scheme; a query alone counts as well. */
const address = /\b[a-z][a-z\d+.-]{1,20}:\/\/[^\s"'<>\\]+/gi
const header = /\b(set-cookie2?|cookie|(?:proxy-)?authorization|www-authenticate)(["']?\s*[:=]\s*)[^\r\n]*/gi
/** `password: x`, `"pwd"="x"`, `?token=x`, `<pin>x`. The value ends where its quotes do, else at the next blank or mark. */
const pair =
  /([A-Za-z_$][\w$.[\]-]{0,60})(["'\]]{0,2}\s{0,4}(?:[:=]|=>|%3[AaDd])\s{0,4})("(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?|[^\s&;,<>"']+)/g
const element = /<(\/?)([A-Za-z_][\w.:-]{0,60})([^<>]*)>([^<>]*)/g

export const redactText = (text: string, depth = 0): string => {
  if (timestamp.test(text)) return text
  const trimmed = text.trim()
  if (/^(?:[[{]|"[\s\S]*"$)/.test(trimmed)) {
    if (depth >= deepest) return "[json]"
    const parsed = jsonOf(trimmed)
    if (parsed !== undefined && typeof parsed !== "number") return JSON.stringify(redactJson(parsed, "", depth + 1))
  }
  return plain(text)
}

const jsonOf = (text: string): unknown => {
  try {
    return parseRewritableJson(text)
  } catch {
    return undefined
  }
}

/** Stands around the number of a redacted place: a character that no language has. */
const mark = "\uE000"
const marked = /\uE000(\d+)\uE000/g

const plain = (text: string): string => {
  const places: Array<string> = []
  /** What is redacted already is not looked at again. */
  const put = (redacted: string): string => {
    places.push(redacted)
    return `${mark}${places.length - 1}${mark}`
  }
  let result = text
    .replaceAll(mark, "")
    .replace(address, (url) => put(redactUrl(url)))
    .replace(header, (_, name: string, colon: string) => `${name}${colon}${put("[redacted]")}`)
    .replace(element, (whole, end: string, name: string, more: string, value: string) =>
      end === "" && value !== "" && isSensitiveName(name) ? `<${name}${more}>${put("[redacted]")}` : whole
    )
    .replace(pair, (whole, name: string, colon: string) =>
      isSensitiveName(name) ? `${name}${colon}${put("[redacted]")}` : whole
    )
  for (const [pattern, replacement] of sensitiveText) result = result.replace(pattern, replacement)
  return result.replace(marked, (_, at: string) => places[Number(at)]!)
}

/** Of an address its host, and of path and query what a recording keeps. */
const redactUrl = (text: string): string => {
  const match = /^([a-z][a-z\d+.-]*:\/\/)(?:[^/?#@]*@)?([^/?#]*)([^?#]*)(?:\?([^#]*))?(#[\s\S]*)?$/i.exec(text)
  if (match === null) return "[url]"
  const [, scheme, host, path, query, fragment] = match as unknown as Array<string | undefined>
  const parts = query?.split("&").map((part) => {
    const [name = "", value] = part.split("=", 2)
    const shown = isPlainName(name) && !isSensitiveName(name) ? name : isPlainName(name) ? name : "[name]"
    return value === undefined
      ? "[name]"
      : `${shown}=${/^(?:\d{1,6}|true|false|asc|desc)$/.test(value) && !isSensitiveName(name) ? value : "[value]"}`
  })
  return `${scheme}${/^[\w.-]+(?::\d+)?$/.test(host!) ? host : "[host]"}${inferTemplate(path!)}${parts === undefined ? "" : `?${parts.join("&")}`}${fragment === undefined ? "" : "#[value]"}`
}
