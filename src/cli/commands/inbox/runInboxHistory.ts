/** Exports the inbox as a history. */
import { Effect } from "effect"
import { writePrivately } from "../../../store/index.js"
import { UsageError } from "../../Failure.js"
import { print, printJson } from "../../Output.js"
import { inInbox } from "./InboxAccess.js"
import type { InboxHistoryOptions } from "./InboxCommand.js"

export const runInboxHistory = (options: InboxHistoryOptions) =>
  Effect.gen(function* () {
    const lines = yield* inInbox(options, (inbox) => [...inbox.history()])
    yield* Effect.try({
      try: () => writePrivately(options.file, lines.map((line) => `${JSON.stringify(line)}\n`).join("")),
      catch: (error) =>
        new UsageError({
          message: `${options.file} cannot be written to (${(error as NodeJS.ErrnoException).code}): name a file in a folder that is there`
        })
    })
    yield* options.json
      ? printJson({ file: options.file, lines: lines.length })
      : print(`${lines.length} lines in ${options.file}: check them with hookshift verify-history ${options.file}`)
  })
