/** Gates on the command line: `--fail-under`, `--fail-on`, the baseline file, and a build server's step summary. */

import { appendFileSync, existsSync, readFileSync } from "node:fs"
import { Effect, Either, Option } from "effect"
import { findingRules } from "../analysis/index.js"
import { severities } from "../domain/Finding.js"
import type { Gate } from "../domain/Gate.js"
import { nearestName } from "../domain/NearestName.js"
import type { Report } from "../domain/Report.js"
import { textOf } from "../domain/Text.js"
import { type Baseline, baselineOf, goneFrom, noBaseline, parseBaseline, renderBaseline } from "../gates/index.js"
import { writePrivately } from "../store/index.js"
import { GateFailed, UsageError } from "./Failure.js"
import { note } from "./Output.js"

export const failUnderOf = (value: Option.Option<number>): Effect.Effect<number | null, UsageError> => {
  const share = Option.getOrNull(value)
  return share !== null && !(share >= 0 && share <= 1)
    ? Effect.fail(new UsageError({ message: `--fail-under takes a share between 0 and 1, such as 0.9, not ${share}` }))
    : Effect.succeed(share)
}

/** `error`, or `throttling-ignored,small-pages`. */
export const failOnOf = (text: string): Effect.Effect<ReadonlyArray<string>, UsageError> => {
  const names = text
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "")
  const rules = findingRules.map(({ id }) => id)
  const unknown = names.find((name) => !(severities as ReadonlyArray<string>).includes(name) && !rules.includes(name))
  if (unknown === undefined) return Effect.succeed(names)
  const near = nearestName(unknown, [...rules, ...severities])
  const hint = near === null ? ": see docs/findings" : `: did you mean ${near}?`
  return Effect.fail(
    new UsageError({ message: `--fail-on takes ${severities.join(", ")} or a finding's id, not "${unknown}"${hint}` })
  )
}

export interface BaselineHandling {
  readonly isKnown: (fingerprint: string) => boolean
  /** Rewrites the file with `--update-baseline`; else notes the baseline's findings that are gone. */
  readonly settle: (report: Report) => Effect.Effect<void, UsageError>
}

/** The file of `--baseline`, read before the audit starts. */
export const baselineFor = (options: {
  readonly baseline: Option.Option<string>
  readonly updateBaseline: boolean
}): Effect.Effect<BaselineHandling, UsageError> =>
  Effect.gen(function* () {
    const file = Option.getOrUndefined(options.baseline)
    if (file === undefined) {
      if (options.updateBaseline)
        return yield* new UsageError({ message: "--update-baseline needs --baseline FILE, the file to write" })
      return { isKnown: () => false, settle: () => Effect.void }
    }
    const baseline = yield* readBaseline(file, options.updateBaseline)
    const known = new Set(baseline.findings.map(({ fingerprint }) => fingerprint))
    return {
      // A rewritten baseline knows every finding.
      isKnown: (fingerprint) => options.updateBaseline || known.has(fingerprint),
      settle: (report) =>
        options.updateBaseline ? writeBaseline(file, baselineOf(report.findings, baseline)) : tellGone(baseline, report)
    }
  })

const readBaseline = (file: string, mayBeMissing: boolean): Effect.Effect<Baseline, UsageError> =>
  Effect.gen(function* () {
    if (mayBeMissing && !existsSync(file)) return noBaseline
    const text = yield* Effect.try({
      try: () => textOf(readFileSync(file)),
      catch: (error) =>
        new UsageError({
          message: `the baseline ${file} cannot be read (${(error as NodeJS.ErrnoException).code}): write one with --update-baseline`
        })
    })
    const baseline = parseBaseline(text)
    if (Either.isLeft(baseline))
      return yield* new UsageError({
        message: `${file} is not a baseline (${baseline.left}): write one with --update-baseline`
      })
    return baseline.right
  })

const writeBaseline = (file: string, baseline: Baseline): Effect.Effect<void, UsageError> =>
  Effect.try({
    try: () => writePrivately(file, renderBaseline(baseline)),
    catch: (error) =>
      new UsageError({
        message: `the baseline ${file} cannot be written (${(error as NodeJS.ErrnoException).code}): choose another file with --baseline`
      })
  }).pipe(Effect.zipRight(note(`baseline: ${file} names ${baseline.findings.length} findings now`)))

const tellGone = (baseline: Baseline, report: Report): Effect.Effect<void> => {
  const gone = goneFrom(baseline, report.findings)
  return gone.length === 0
    ? Effect.void
    : note(
        `baseline: ${gone.length} of its findings are gone (${[...new Set(gone.map(({ rule }) => rule))].join(", ")}): remove them with --update-baseline`
      )
}

/** Fails with all failed gates in one sentence. */
export const passGates = (gates: ReadonlyArray<Gate>): Effect.Effect<void, GateFailed> => {
  const failed = gates.filter(({ passed }) => !passed)
  return failed.length === 0
    ? Effect.void
    : Effect.fail(new GateFailed({ message: failed.map(({ message }) => message).join("; ") }))
}

/** Appends to the build server's step summary, the file that `GITHUB_STEP_SUMMARY` names. */
export const addStepSummary = (markdown: string): Effect.Effect<void> => {
  const file = process.env["GITHUB_STEP_SUMMARY"] ?? ""
  if (file === "") return Effect.void
  return Effect.try(() => appendFileSync(file, `${markdown}\n`)).pipe(
    Effect.catchAll(({ error }) =>
      note(
        `the summary was not written: ${file} (GITHUB_STEP_SUMMARY) cannot be written to (${(error as NodeJS.ErrnoException).code})`
      )
    )
  )
}
