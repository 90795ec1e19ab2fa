/**
 * hookshift's own NDJSON, version 1 (docs/formats.md): a head line, then one call a line, with the item versions that
 * the call was the first to see. Durations in seconds, times ISO 8601 UTC; `null` for unknown.
 */
import { Either, ParseResult, Schema } from "effect"
import { isAccount } from "../domain/Account.js"
import { isByteCount, isCount, longestCallSeconds } from "../domain/CallBounds.js"
import { isTooDeep, maxDepth } from "../domain/JsonDepth.js"
import { isPlausible } from "../domain/Span.js"

export const formatName = "hookshift-calls"
export const formatVersion = 1

const Nullable = Schema.NullOr
const Time = Schema.String.pipe(
  Schema.filter(
    (text) => (/^\d{4}-\d\d-\d\dT/.test(text) && isPlausible(Date.parse(text))) || "is not a time of this century"
  )
)
const Count = Schema.Number.pipe(Schema.filter(isCount))
const Bytes = Schema.Number.pipe(Schema.filter(isByteCount))
/** A day, as it is recorded (providers/RetryAfter.ts); a date may have been taken as it stood. */
const longestRetrySeconds = 366 * 86_400
const Word = Schema.String.pipe(Schema.maxLength(500))

const VersionLine = Schema.Struct({
  entity: Word,
  id: Word,
  version: Word,
  updatedAt: Nullable(Time),
  seenAt: Time,
  created: Schema.Boolean,
  changed: Nullable(Schema.Array(Word))
})
export type VersionLine = typeof VersionLine.Type

const CallLine = Schema.Struct({
  id: Schema.Int.pipe(Schema.positive()),
  startedAt: Time,
  durationSeconds: Nullable(Schema.Number.pipe(Schema.between(0, longestCallSeconds))),
  integration: Word,
  principal: Nullable(Schema.String.pipe(Schema.pattern(/^[0-9a-f]{12}$/))),
  product: Nullable(Word),
  account: Word.pipe(Schema.filter(isAccount)),
  method: Schema.String.pipe(Schema.pattern(/^[A-Z]{1,16}$/)),
  endpoint: Word.pipe(Schema.startsWith("/")),
  query: Word,
  page: Nullable(Count),
  since: Nullable(Time),
  subject: Nullable(Word),
  status: Nullable(Schema.Int.pipe(Schema.between(100, 999))),
  error: Nullable(Word),
  requestBytes: Nullable(Bytes),
  responseBytes: Nullable(Bytes),
  rateLimit: Schema.Struct({ total: Nullable(Count), remaining: Nullable(Count) }),
  retryAfterSeconds: Nullable(Schema.Number.pipe(Schema.between(0, longestRetrySeconds))),
  /** The response's `Date`. */
  serverTime: Schema.optional(Nullable(Time)),
  failedRecords: Schema.optional(Nullable(Count)),
  recordHashes: Schema.optional(Nullable(Schema.Array(Schema.String.pipe(Schema.pattern(/^[0-9a-f]{12}$/))))),
  /** The process that made it, by a number of the file's own. */
  process: Schema.optional(Nullable(Count)),
  items: Nullable(Count),
  newVersions: Nullable(Count),
  versions: Schema.Array(VersionLine),
  /** Redacted; only of recordings that keep bodies. */
  requestBody: Schema.optional(Nullable(Schema.String)),
  responseBody: Schema.optional(Nullable(Schema.String))
})
export type CallLine = typeof CallLine.Type

export const headLine = (): string => JSON.stringify({ format: formatName, version: formatVersion })

/** The problem with a file's first line; `null` for hookshift's own. */
export const problemOfHead = (text: string): string | null => {
  let head: unknown
  try {
    head = JSON.parse(text)
  } catch {
    head = null
  }
  const { format, version } = (head ?? {}) as { format?: unknown; version?: unknown }
  if (format !== formatName || typeof version !== "number")
    return `its first line is not {"format":"${formatName}","version":${formatVersion}}: it is no NDJSON of hookshift's`
  if (version !== formatVersion)
    return `it is of version ${JSON.stringify(version)}, and this hookshift knows version ${formatVersion}: update hookshift`
  return null
}

const decode = Schema.decodeUnknownEither(CallLine)

export const parseCallLine = (text: string): { readonly call: CallLine } | { readonly problem: string } => {
  if (isTooDeep(text)) return { problem: `is nested deeper than ${maxDepth} levels` }
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return { problem: "is no JSON" }
  }
  const decoded = decode(json)
  if (Either.isRight(decoded)) return { call: decoded.right }
  const issue = ParseResult.ArrayFormatter.formatErrorSync(decoded.left)[0]!
  return { problem: `is no call: ${issue.path.map(String).join(".") || "the line"} is missing or not valid` }
}
