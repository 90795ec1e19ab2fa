/** Deletes part of a recording, and prints how much it was. */
import { Effect, Option } from "effect"
import { count, counted, iso } from "../../../domain/Figures.js"
import { explain, type Forgotten, forget, importedFiles } from "../../../store/index.js"
import { UsageError } from "../../Failure.js"
import { momentOf } from "../../OptionValues.js"
import { print, printJson } from "../../Output.js"
import type { ForgetOptions } from "./ForgetCommand.js"

const chosen = (options: ForgetOptions) =>
  Effect.gen(function* () {
    const before = yield* momentOf("before", options.before)
    const named: ReadonlyArray<Forgotten> = [
      ...Option.toArray(options.import).map((file) => ({ import: file })),
      ...Option.toArray(options.integration).map((integration) => ({ integration })),
      ...(before === null ? [] : [{ before }])
    ]
    const [what] = named
    if (what === undefined || named.length > 1)
      return yield* new UsageError({
        message:
          "forget takes one of --import FILE, --integration NAME and --before DATE: say which part of the recording goes"
      })
    return what
  })

export const runForget = (options: ForgetOptions) =>
  Effect.gen(function* () {
    const what = yield* chosen(options)
    const attempt = <A>(use: () => A) => Effect.try({ try: use, catch: (error) => explain(error, options.db) })
    const { calls, itemVersions, left } = yield* attempt(() => forget(options.db, what, options.dryRun))
    if (calls === 0) {
      const files = "import" in what ? yield* attempt(() => importedFiles(options.db)) : []
      const known = files.length === 0 ? "" : `; imported were ${files.slice(0, 5).join(", ")}`
      return yield* new UsageError({
        message: `nothing to forget: ${options.db} has no call ${
          "import" in what
            ? `that ${what.import} brought${known}`
            : "integration" in what
              ? `of ${what.integration}: hookshift record status names the programs`
              : `before ${iso(what.before)}`
        }`
      })
    }
    if (options.json) return yield* printJson({ calls, itemVersions, left, dryRun: options.dryRun })
    yield* print(
      options.dryRun
        ? `${count(calls)} of ${counted(left, "call")} would go, and ${counted(itemVersions, "item version")} with them`
        : `${counted(calls, "call")} forgotten, and ${counted(itemVersions, "item version")} with them; ${counted(left, "call")} ${left === 1 ? "is" : "are"} left. hookshift db vacuum gives the room back`
    )
  })
