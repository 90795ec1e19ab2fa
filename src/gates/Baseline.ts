/** The baseline: findings that a team has accepted. They stay in the report, and fail no gate. */
import { Either, ParseResult, Schema } from "effect"
import type { Finding } from "../domain/Finding.js"

const KnownFinding = Schema.Struct({
  fingerprint: Schema.String,
  rule: Schema.String,
  message: Schema.String,
  /** Why it is accepted, in the team's words; kept when the file is rewritten. */
  reason: Schema.optional(Schema.String)
})

const BaselineFile = Schema.parseJson(
  Schema.Struct({ schemaVersion: Schema.Literal(1), findings: Schema.Array(KnownFinding) })
)

export type Baseline = typeof BaselineFile.Type

export const noBaseline: Baseline = { schemaVersion: 1, findings: [] }

/** The file's content, or its first fault. */
export const parseBaseline = (text: string): Either.Either<Baseline, string> =>
  Schema.decodeUnknownEither(BaselineFile)(text).pipe(
    Either.mapLeft((error) => ParseResult.ArrayFormatter.formatErrorSync(error)[0]!),
    Either.mapLeft(({ message, path }) => (path.length === 0 ? message : `${path.join(".")}: ${message}`))
  )

/** A baseline of all findings of an audit; the reasons of accepted ones are kept. */
export const baselineOf = (findings: ReadonlyArray<Finding>, before: Baseline): Baseline => {
  const reasons = new Map(before.findings.map(({ fingerprint, reason }) => [fingerprint, reason]))
  return {
    schemaVersion: 1,
    findings: findings.map(({ fingerprint, message, rule }) => {
      const reason = reasons.get(fingerprint)
      return { fingerprint, rule, message, ...(reason === undefined ? {} : { reason }) }
    })
  }
}

export const renderBaseline = (baseline: Baseline): string => `${JSON.stringify(baseline, null, 2)}\n`

/** Entries of the baseline that an audit no longer finds. */
export const goneFrom = (baseline: Baseline, findings: ReadonlyArray<Finding>): Baseline["findings"] => {
  const here = new Set(findings.map(({ fingerprint }) => fingerprint))
  return baseline.findings.filter(({ fingerprint }) => !here.has(fingerprint))
}
