/** Reads a header from any of the forms in which undici and `node:http` have headers. */

const text = (value: unknown): string =>
  Array.isArray(value)
    ? value.map(text).join(", ")
    : value instanceof Uint8Array
      ? Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("latin1")
      : String(value)

/** A header's value: from text of `name: value` lines, from names and values in turn, from pairs, or from an object. */
export const headerIn = (headers: unknown, name: string): string | null => {
  if (typeof headers === "string") return headerLine(headers, name)
  if (Array.isArray(headers)) return headerInList(headers, name)
  if (typeof headers !== "object" || headers === null) return null
  const direct = (headers as Record<string, unknown>)[name]
  if (direct !== undefined) return text(direct)
  for (const [key, value] of Object.entries(headers)) if (key.toLowerCase() === name) return text(value)
  return null
}

const headerLine = (lines: string, name: string): string | null => {
  for (const line of lines.split("\r\n")) {
    const colon = line.indexOf(":")
    if (colon === name.length && line.slice(0, colon).toLowerCase() === name) return line.slice(colon + 1).trim()
  }
  return null
}

const headerInList = (headers: ReadonlyArray<unknown>, name: string): string | null => {
  if (Array.isArray(headers[0])) {
    for (const [key, value] of headers as ReadonlyArray<[unknown, unknown]>)
      if (text(key).toLowerCase() === name) return text(value)
    return null
  }
  for (let at = 0; at + 1 < headers.length; at += 2) {
    const key = headers[at] as string | Uint8Array
    if (key.length === name.length && text(key).toLowerCase() === name) return text(headers[at + 1])
  }
  return null
}
