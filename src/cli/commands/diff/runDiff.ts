/** Compares the reports of two audits. */
import { readFileSync } from "node:fs"
import { Effect, Either } from "effect"
import { diffReports, renderDiff } from "../../../diff/index.js"
import type { Report } from "../../../domain/Report.js"
import { textOf } from "../../../domain/Text.js"
import { failing } from "../../../gates/index.js"
import { readReport } from "../../../report/index.js"
import { GateFailed, UsageError } from "../../Failure.js"
import { addStepSummary, failOnOf } from "../../Gating.js"
import { print, printJson } from "../../Output.js"
import type { DiffOptions } from "./DiffCommand.js"

const reportOf = (file: string): Effect.Effect<Report, UsageError> =>
  Effect.gen(function* () {
    const wrong = (what: string, remedy: string) => new UsageError({ message: `${file} ${what}: ${remedy}` })
    const text = yield* Effect.try({
      try: () => textOf(readFileSync(file)),
      catch: (error) =>
        wrong(`cannot be read (${(error as NodeJS.ErrnoException).code})`, "name two files that hookshift audit wrote")
    })
    const value = yield* Effect.try({
      try: () => JSON.parse(text) as unknown,
      catch: () => wrong("is not valid JSON", "name the report.json of an audit")
    })
    const report = readReport(value)
    return Either.isRight(report) ? report.right : yield* wrong(report.left, "run hookshift audit again")
  })

export const runDiff = (options: DiffOptions) =>
  Effect.gen(function* () {
    const failOn = yield* failOnOf(options.failOn)
    const comparison = diffReports(yield* reportOf(options.before), yield* reportOf(options.after))
    const markdown = renderDiff(comparison)
    yield* options.json ? printJson(comparison) : print(markdown.trimEnd())
    yield* addStepSummary(markdown)
    const found = failing(comparison.findings.appeared, failOn)
    if (found.length > 0)
      return yield* new GateFailed({
        message: `${found.length} ${found.length === 1 ? "finding" : "findings"} came up that --fail-on asks about: ${[...new Set(found.map(({ rule }) => rule))].join(", ")}`
      })
  })
