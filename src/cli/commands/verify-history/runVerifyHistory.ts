/** Verifies a history file. */
import { readFileSync } from "node:fs"
import { Effect } from "effect"
import { textOf } from "../../../domain/Text.js"
import { checkHistory, readHistory } from "../../../replay/index.js"
import { count, some } from "../../../report/index.js"
import { GateFailed, UsageError } from "../../Failure.js"
import { print, printJson } from "../../Output.js"
import type { VerifyHistoryOptions } from "./VerifyHistoryCommand.js"

/** Most violations that are printed; the JSON has all. */
const shown = 20

export const runVerifyHistory = (options: VerifyHistoryOptions) =>
  Effect.gen(function* () {
    const text = yield* Effect.try({
      try: () => textOf(readFileSync(options.file)),
      catch: (error) =>
        new UsageError({
          message: `${options.file} cannot be read (${(error as NodeJS.ErrnoException).code}): name a history that replay --history or inbox history wrote`
        })
    })
    const histories = readHistory(text)
    if (typeof histories === "string") return yield* new UsageError({ message: `${options.file}: ${histories}` })
    const checked = histories.map((history) => ({
      account: history[0]?.k === "begin" ? history[0].account : "",
      lines: history.length,
      violations: checkHistory(history)
    }))
    const violations = checked.flatMap((one) =>
      one.violations.map((violation) => ({ account: one.account, ...violation }))
    )
    if (options.json)
      yield* printJson({ histories: checked.map(({ account, lines }) => ({ account, lines })), violations })
    else
      yield* print(
        [
          ...checked.map(
            ({ account, lines, violations: found }) =>
              `${account}: ${some(lines, "line")}, ${found.length === 0 ? "nothing wrong" : some(found.length, "violation")}`
          ),
          ...violations
            .slice(0, shown)
            .map(
              ({ account, line, message, rule }) =>
                `  ${account}${line === null ? "" : ` line ${count(line)}`}: ${message} (${rule})`
            )
        ].join("\n")
      )
    if (violations.length > 0)
      return yield* new GateFailed({ message: `${some(violations.length, "violation")} in ${options.file}` })
  })
