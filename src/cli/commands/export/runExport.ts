/** Writes a recording into a file, or to standard output. */
import { once } from "node:events"
import { Effect, Option } from "effect"
import { terminalText } from "../../../domain/PlainText.js"
import { emptyWindowSentence } from "../../../domain/RecordedSpan.js"
import { harOf, ndjsonOf } from "../../../interchange/index.js"
import { hasCalls, recordedSpan, writePrivately } from "../../../store/index.js"
import { UsageError } from "../../Failure.js"
import { openScoped, storeUnavailable } from "../../OpenDatabase.js"
import { windowOf } from "../../OptionValues.js"
import { note, printJson } from "../../Output.js"
import type { ExportOptions } from "./ExportCommand.js"

export const runExport = (options: ExportOptions) =>
  Effect.scoped(
    Effect.gen(function* () {
      const named = yield* windowOf(options)
      const { from, to } = { from: named.from ?? 0, to: named.to ?? Number.MAX_SAFE_INTEGER }
      const database = yield* openScoped(options.db, { mustExist: true, readsOnly: true })
      const span = hasCalls(database, { from, to }) ? null : recordedSpan(database)
      if (span !== null) yield* note(`hookshift: ${emptyWindowSentence(named, span)}: the export has no call`)
      const parts = (options.format === "har" ? harOf : ndjsonOf)(database, { from, to })
      if (Option.isNone(options.out)) return yield* Effect.promise(() => toOutput(parts))
      const file = options.out.value
      yield* Effect.try({
        try: () => writePrivately(file, parts),
        catch: (error) =>
          (error as { code?: string }).code?.startsWith("SQLITE")
            ? storeUnavailable(error, options.db)
            : new UsageError({
                message: `${file} cannot be written (${(error as NodeJS.ErrnoException).code}): check the folder, its permissions and the room on its disk`
              })
      })
      if (options.json) yield* printJson({ file })
    })
  )

const toOutput = async (parts: Iterable<string>): Promise<void> => {
  for (const piece of pieces(parts))
    if (!process.stdout.write(process.stdout.isTTY ? terminalText(piece) : piece)) await once(process.stdout, "drain")
}

const pieces = function* (parts: Iterable<string>): Generator<string> {
  let held = ""
  for (const part of parts) {
    held += part
    if (held.length >= 65_536) {
      yield held
      held = ""
    }
  }
  if (held !== "") yield held
}
