/** The files of a report: their formats, and writing them. */
import { join } from "node:path"
import { Effect } from "effect"
import type { Gate } from "../domain/Gate.js"
import type { Report } from "../domain/Report.js"
import { type FormatName, formats } from "../report/service.js"
import { writePrivately } from "../store/index.js"
import { UsageError } from "./Failure.js"
import { makeFolder } from "./MakeFolder.js"

export const chosenFormats = (text: string): Effect.Effect<ReadonlyArray<FormatName>, UsageError> => {
  const names = text
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "")
  const unknown = names.find((name) => !Object.hasOwn(formats, name))
  return names.length === 0 || unknown !== undefined
    ? Effect.fail(
        new UsageError({
          message: `--format takes ${new Intl.ListFormat("en").format(Object.keys(formats))}, not "${unknown ?? text}"`
        })
      )
    : Effect.succeed(names as Array<FormatName>)
}

/** Written whole or not at all. */
export const writeReports = (
  report: Report,
  out: string,
  names: ReadonlyArray<FormatName>,
  gates: ReadonlyArray<Gate>
): Effect.Effect<ReadonlyArray<string>, UsageError> => {
  const rendered = names.map((name) => ({
    file: join(out, formats[name].file),
    content: formats[name].render(report, gates)
  }))
  return Effect.try({
    try: () => {
      makeFolder(out)
      return rendered.map(({ content, file }) => {
        writePrivately(file, content)
        return file
      })
    },
    catch: (error) =>
      new UsageError({
        message: `${out} cannot be written to (${(error as NodeJS.ErrnoException).code}): choose another folder with --out`
      })
  })
}
