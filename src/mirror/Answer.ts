/** Answers as they go out, and the provider's as they come in. */
import { randomUUID } from "node:crypto"
import zlib from "node:zlib"
import type { WholeAnswer } from "../capture/index.js"
import { isRecord } from "../domain/Json.js"
import type { EpochMillis } from "../domain/Time.js"
import type { CatalogueEndpoint } from "../providers/index.js"
import type { Question } from "./Question.js"

export type { WholeAnswer }

/** Headers of the provider's answers that answers from the state repeat, as last seen. */
export interface Repeated {
  readonly contentType: string
  readonly headers: Readonly<Record<string, string>>
}

const repeatedNames = [
  "x-ratelimit-total",
  "x-ratelimit-remaining",
  "x-freshdesk-api-version",
  "x-fw-ratelimiting-managed"
]

export const firstRepeated: Repeated = { contentType: "application/json; charset=utf-8", headers: {} }

export const repeatedOf = ({ headers }: WholeAnswer, before: Repeated): Repeated => {
  const named = repeatedNames.flatMap((name) => {
    const value = headers[name]
    return typeof value === "string" ? [[name, value] as const] : []
  })
  const type = headers["content-type"]
  return {
    contentType: typeof type === "string" && /json/i.test(type) ? type : before.contentType,
    headers: { ...before.headers, ...Object.fromEntries(named) }
  }
}

/** An answer from the state. */
export const hit = (
  body: Buffer,
  asOf: EpochMillis,
  now: EpochMillis,
  { contentType, headers }: Repeated,
  link: string | null
): WholeAnswer => ({
  status: 200,
  headers: {
    "content-type": contentType,
    ...headers,
    ...("x-ratelimit-total" in headers ? { "x-ratelimit-used-currentrequest": "0" } : {}),
    "x-request-id": randomUUID(),
    ...(link === null ? {} : { link }),
    age: String(Math.max(0, Math.ceil((now - asOf) / 1_000))),
    "cache-control": "private, no-store",
    "x-cache": "HIT"
  },
  body
})

interface Read {
  /** The body without its content coding. */
  readonly plain: Buffer
  readonly json: unknown
}

/** Answers are looked at by several, and read once. */
const readings = new WeakMap<WholeAnswer, Read | null>()

/** `null`: the answer is no JSON or cannot be decoded, and tells the state nothing. */
const read = (answer: WholeAnswer): Read | null => {
  const known = readings.get(answer)
  if (known !== undefined) return known
  let made: Read | null = null
  try {
    const plain = decoded(answer.body, String(answer.headers["content-encoding"] ?? ""))
    made = { plain, json: JSON.parse(plain.toString("utf8")) as unknown }
  } catch {
    // Said by the result.
  }
  readings.set(answer, made)
  return made
}

/** An answer's JSON text without its content coding; `null` where it is none. */
export const plainBody = (answer: WholeAnswer): Buffer | null => read(answer)?.plain ?? null

/** The JSON of an answer; `undefined` where it is none. */
export const jsonOf = (answer: WholeAnswer): unknown => read(answer)?.json

const mostDecoded = 64 * 1024 * 1024

const decoded = (body: Buffer, encoding: string): Buffer => {
  const bounds = { maxOutputLength: mostDecoded }
  switch (encoding.trim().toLowerCase()) {
    case "gzip":
    case "x-gzip":
      return zlib.gunzipSync(body, bounds)
    case "br":
      return zlib.brotliDecompressSync(body, bounds)
    case "deflate":
      return zlib.inflateSync(body, bounds)
    case "zstd":
      // Node has it from 22.15 on; a body that stays as it came is no JSON.
      return "zstdDecompressSync" in zlib ? zlib.zstdDecompressSync(body, bounds) : body
    default:
      return body
  }
}

export const saysMore = ({ headers }: WholeAnswer): boolean => /rel="?next"?/.test(String(headers["link"] ?? ""))

/** The entities of a list, where the endpoint has them; `null` where there is no list. */
export const listedIn = ({ endpoint }: Question, body: unknown): ReadonlyArray<unknown> | null => {
  const inner = innerOf(endpoint, body)
  return Array.isArray(inner) ? inner : null
}

/** The entities that an answer shows. */
export const itemsIn = (question: Question, body: unknown): ReadonlyArray<unknown> =>
  question.kind === "item" ? [innerOf(question.endpoint, body)] : (listedIn(question, body) ?? [])

/** The entities of an answer that is no question, of an endpoint that shows some. */
export const recordsIn = (
  endpoint: CatalogueEndpoint,
  body: unknown
): ReadonlyArray<Readonly<Record<string, unknown>>> => {
  const inner = innerOf(endpoint, body)
  return (Array.isArray(inner) ? inner : [inner]).filter(isRecord)
}

/** The same body with other entities in its list. */
export const withListed = (
  { endpoint: { itemsAt } }: Question,
  body: unknown,
  items: ReadonlyArray<unknown>
): unknown => (itemsAt === undefined ? items : { ...(isRecord(body) ? body : {}), [itemsAt]: items })

const innerOf = ({ itemsAt }: Pick<CatalogueEndpoint, "itemsAt">, body: unknown): unknown =>
  itemsAt === undefined || !isRecord(body) ? body : body[itemsAt]
