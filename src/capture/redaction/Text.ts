/** Redacts text: URLs, headers and pairs of name and value are parsed, the rest is redacted by pattern. Pure. */
import { inferTemplate } from "../../domain/Endpoint.js"
import { isPlainName, sensitiveText } from "../../domain/Sensitive.js"
import { isSensitiveName } from "../../domain/SensitiveNames.js"

const timestamp = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?$/

/** A URL with its scheme. */
const address = /\b[a-z][a-z\d+.-]{1,20}:\/\/[^\s"'<>\\]+/gi
const header = /\b(set-cookie2?|cookie|(?:proxy-)?authorization|www-authenticate)(["']?\s*[:=]\s*)[^\r\n]*/gi
/** `password: x`, `"pwd"="x"`, `?token=x`: the name with its separator. */
const named = /([A-Za-z_$][\w$.[\]-]{0,60})["'\]]{0,2}\s{0,4}(?:[:=]|=>|%3[AaDd])\s{0,4}/g
/** A value ends with its quotes, else with its line or parameter. */
const valueBehind = /"(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?|[^\r\n&<]+/y
const element = /<(\/?)([A-Za-z_][\w.:-]{0,60})([^<>]*)>([^<>]*)/g

/** Surrounds the number of a redacted place: a private-use character, which no text has. */
const mark = "\uE000"
const marked = /\uE000(\d+)\uE000/g

export const redactText = (text: string): string => {
  if (timestamp.test(text)) return text
  const places: Array<string> = []
  /** Protects a redacted place from the patterns that follow. */
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
  result = redactPairs(result, put)
  for (const [pattern, replacement] of sensitiveText) result = result.replace(pattern, replacement)
  return result.replace(marked, (_, at: string) => places[Number(at)]!)
}

const redactPairs = (text: string, put: (redacted: string) => string): string => {
  let result = ""
  let from = 0
  named.lastIndex = 0
  for (let match = named.exec(text); match !== null; match = named.exec(text)) {
    const name = match[1]!
    // The value of a harmless name may be the next name.
    named.lastIndex = match.index + name.length
    if (!isSensitiveName(name)) continue
    const start = match.index + match[0].length
    valueBehind.lastIndex = start
    if (!valueBehind.test(text)) continue
    result += text.slice(from, start) + put("[redacted]")
    from = valueBehind.lastIndex
    named.lastIndex = from
  }
  return result + text.slice(from)
}

/** Keeps a URL's host, and those parts of path and query that a recording keeps. */
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
