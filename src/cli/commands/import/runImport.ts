/** Adds the calls of a file to the recording. */
import { existsSync, statSync } from "node:fs"
import { Effect, Option } from "effect"
import { loadConfig } from "../../../config/service.js"
import { type ImportResult, importHar, importLog, importNdjson } from "../../../interchange/index.js"
import { type Database, StoreError } from "../../../store/index.js"
import type { StoreUnavailable } from "../../../store/service.js"
import { captureHosts } from "../../CaptureHosts.js"
import { UsageError } from "../../Failure.js"
import { keeping } from "../../Interruption.js"
import { openedOnUse, storeUnavailable } from "../../OpenDatabase.js"
import { note, print, printJson } from "../../Output.js"
import { makeProgress } from "../../Progress.js"
import type { ImportOptions } from "./ImportCommand.js"

const unreadable = (error: unknown, options: ImportOptions): UsageError | StoreUnavailable => {
  const code = String((error as { code?: unknown }).code ?? "")
  return error instanceof StoreError || code.startsWith("SQLITE")
    ? storeUnavailable(error, options.db)
    : new UsageError({
        message: `${options.file} cannot be read (${code || "unknown error"}): check the path and its permissions`
      })
}

const importInto = (
  database: () => Database,
  options: ImportOptions,
  onProgress: (bytes: number) => void
): Promise<ImportResult> => {
  const settings = {
    integration: Option.getOrNull(options.integration),
    hosts: [...captureHosts(options.config), ...options.host],
    keepBodies: options.keepBodies,
    onProgress
  }
  switch (options.format) {
    case "har":
      return importHar(database, options.file, settings)
    case "ndjson":
      return importNdjson(database, options.file, onProgress)
    default:
      return importLog(database, options.file, { ...settings, host: options.host[0]?.split("=")[0] ?? null })
  }
}

const isLog = (format: ImportOptions["format"]): boolean => format === "common" || format === "combined"

export const runImport = (options: ImportOptions) =>
  Effect.scoped(
    Effect.gen(function* () {
      yield* loadConfig(Option.getOrUndefined(options.config))
      if (!existsSync(options.file) || !statSync(options.file).isFile()) {
        return yield* new UsageError({ message: `there is no file at ${options.file}: check the path` })
      }
      const database = yield* openedOnUse(options.db)
      const progress = makeProgress({ quiet: options.quiet })
      const size = Math.max(1, statSync(options.file).size)
      const result = yield* Effect.tryPromise({
        try: () =>
          importInto(database, options, (bytes) =>
            progress.show(`importing ${options.format}`, Math.min(1, bytes / size))
          ),
        catch: (error) => unreadable(error, options)
      }).pipe(
        Effect.ensuring(Effect.sync(progress.done)),
        keeping("the calls that were added so far are kept: import the file again for the rest")
      )
      const otherHosts = [...result.otherHosts].sort(([, a], [, b]) => b - a)
      const others = otherHosts.reduce((sum, [, calls]) => sum + calls, 0)
      if (options.json) yield* printJson({ ...result, otherHosts: Object.fromEntries(otherHosts) })
      else {
        yield* print(
          [
            `${result.added} ${result.added === 1 ? "call" : "calls"} added`,
            ...(result.known > 0 ? [`${result.known} were here already`] : []),
            ...(result.fromCache > 0 ? [`${result.fromCache} came from a cache`] : []),
            ...(result.blocked > 0 ? [`${result.blocked} were stopped by the browser`] : []),
            ...(result.skipped > 0 ? [`${result.skipped} are not API requests (CONNECT, *)`] : []),
            ...(others > 0 ? [`${others} are for hosts that are not recorded`] : [])
          ].join(", ")
        )
      }
      if (result.added + result.known === 0 && others > 0) {
        const names = otherHosts.slice(0, 5).map(([host, calls]) => `${host} (${calls})`)
        yield* note(`hookshift: no call is for a recorded host; the file has ${names.join(", ")}: name one with --host`)
      }
      if (result.withoutHost > 0) {
        const host = "name the host with --host, such as --host acme.freshdesk.com"
        if (result.read === 0)
          return yield* new UsageError({ message: `${options.file} does not say whose log it is: ${host}` })
        const lines = result.withoutHost === 1 ? "1 line names" : `${result.withoutHost} lines name`
        yield* note(`hookshift: ${lines} no host, and ${result.withoutHost === 1 ? "was" : "were"} left out: ${host}`)
      }
      if (result.damagedCount > 0) {
        const shown = result.damaged
          .slice(0, 5)
          .map(({ problem, where }) => (where === null ? problem : `${where} ${problem}`))
        const rest = result.damagedCount - shown.length
        // Access logs hold lines of other programs, scanners and broken requests: a damaged line is not a failure.
        if (isLog(options.format) && result.read > 0)
          return yield* note(
            `hookshift: ${result.damagedCount} ${result.damagedCount === 1 ? "line was" : "lines were"} left out: ${shown.join("; ")}${rest > 0 ? `; and ${rest} more` : ""}`
          )
        return yield* new UsageError({
          message: `${options.file} is damaged: ${shown.join("; ")}${rest > 0 ? `; and ${rest} more` : ""}. The undamaged calls were imported: repair the file and import it again`
        })
      }
    })
  )
