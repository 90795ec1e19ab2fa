/** Writes the last audit's report again. */
import { Effect, Either } from "effect"
import { gatesOf } from "../../../gates/index.js"
import { headline, readReport } from "../../../report/index.js"
import { Store } from "../../../store/service.js"
import { UsageError } from "../../Failure.js"
import { print, printJson } from "../../Output.js"
import { readStore } from "../../ReadStore.js"
import { chosenFormats, writeReports } from "../../ReportFiles.js"
import type { ReportOptions } from "./ReportCommand.js"

export const runReport = (options: ReportOptions) =>
  Effect.gen(function* () {
    const names = yield* chosenFormats(options.format)
    const stored = yield* (yield* Store).lastRun("audit")
    if (stored === null)
      return yield* new UsageError({ message: `no audit is stored in ${options.db}: run hookshift audit first` })
    const report = readReport(stored)
    if (Either.isLeft(report))
      return yield* new UsageError({
        message: `the last audit in ${options.db} ${report.left}: run hookshift audit again`
      })
    const gates = gatesOf(report.right, { failUnder: null, failOn: [] })
    const files = yield* writeReports(report.right, options.out, names, gates)
    yield* options.json ? printJson(report.right) : print(`${headline(report.right)}\nreports: ${files.join(", ")}`)
  }).pipe(Effect.provide(readStore(options.db)))
