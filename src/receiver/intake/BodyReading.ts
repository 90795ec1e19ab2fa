/**
 * From a body as it was sent to the JSON that the inbox keeps: unpacked, in UTF-8 without a byte order mark, out of
 * its form. A body that is plain JSON already, as almost all are, is handed on as it is. Pure.
 */
import { contentCodings, unpack } from "../../domain/ContentCoding.js"
import { isCharset, textOf } from "../../domain/Text.js"
import { type Headers, headerText } from "../signatures/Profile.js"

/** Why a body cannot be read: an encoding or charset that is not known, or a type that never holds JSON. */
export type Unreadable = "encoding" | "charset" | "media_type" | "too_large"

export const unreadableText: Readonly<Record<Exclude<Unreadable, "too_large">, string>> = {
  encoding: "the body's Content-Encoding is not gzip, deflate or br, or does not fit the body: send it so, or plain",
  charset: "the body's charset is not known: send JSON in UTF-8",
  media_type: "only JSON is understood, or a form: choose application/json where the webhook is set up"
}

/** Without its `Content-Encoding`; `body` itself where it has none. */
export const unpacked = (body: Buffer, headers: Headers, mostBytes: number): Buffer | "encoding" | "too_large" => {
  const given = headerText(headers, "content-encoding")
  if (given === null) return body
  const codings = contentCodings(given)
  if (codings?.length === 0) return body
  const bytes = codings === null ? "damaged" : unpack(body, codings, mostBytes)
  if (bytes !== "damaged") return bytes
  // A server in front has unpacked it and left the header, or the header names a charset.
  return isText(body) ? body : "encoding"
}

/** The JSON of an unpacked body. */
export const readableBody = (body: Buffer, headers: Headers): Buffer | Unreadable => {
  const type = headerText(headers, "content-type")?.toLowerCase() ?? ""
  const charset = /;\s*charset\s*=\s*"?([^\s;"]+)/.exec(type)?.[1] ?? null
  const usual = charset === null || charset === "utf-8" || charset === "utf8" || charset === "us-ascii"
  if (usual && body[0] === curlyBracket && body[1] !== 0) return body
  if (charset !== null && !isCharset(charset)) return "charset"
  const text = textOf(body, unmarkedUtf16(body) ?? charset ?? "utf-8")
  const start = text.trimStart()[0]
  if (start === "{" || start === "[") return Buffer.from(text)
  if (/^application\/x-www-form-urlencoded/.test(type) || /^payload=%7b/i.test(text)) return formAsJson(text)
  // A signed body of such a type would be kept, and never handed over.
  return neverJson.test(type) ? "media_type" : body
}

const curlyBracket = 0x7b
const squareBracket = 0x5b
const neverJson = /^(?:multipart\/|(?:application|text)\/(?:[^;]*\+)?xml|application\/(?:x-)?(?:msgpack|cbor|protobuf))/

/** JSON begins with ASCII, so that zero bytes tell UTF-16 (RFC 4627, section 3). */
const unmarkedUtf16 = ([first, second]: Buffer): string | null =>
  second === 0 && first !== 0 ? "utf-16le" : first === 0 && second !== 0 ? "utf-16be" : null

const isText = (body: Buffer): boolean =>
  body[0] === curlyBracket || body[0] === squareBracket || body.subarray(0, 8).toString("latin1") === "payload="

/** GitHub's `payload=JSON`, or fields by name, such as `freshdesk_webhook[ticket_id]=42`. */
const formAsJson = (text: string): Buffer => {
  const form = new URLSearchParams(text)
  const payload = form.get("payload")
  if (payload !== null) return Buffer.from(payload)
  const fields: Record<string, unknown> = Object.create(null)
  for (const [name, value] of form) {
    const [, outer, inner] = /^([^[\]]+)\[([^[\]]+)\]$/.exec(name) ?? []
    if (outer === undefined) fields[name] = value
    else {
      const within = fields[outer]
      const group = typeof within === "object" ? (within as Record<string, unknown>) : Object.create(null)
      group[inner!] = value
      fields[outer] = group
    }
  }
  return Buffer.from(JSON.stringify(fields))
}
