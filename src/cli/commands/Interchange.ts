/** `hookshift import` and `hookshift export`: recordings from files and into files. */
import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import * as Shared from "../Options.js"

const run = Effect.promise(() => import("../run/interchange.js"))

const choices = <const Names extends ReadonlyArray<string>>(names: Names) =>
  Args.choice(names.map((name) => [name, name as Names[number]] as const) as unknown as [[string, Names[number]]], {
    name: "format"
  })

export const importCommand = Command.make(
  "import",
  {
    ...Shared.shared,
    format: choices(["har", "ndjson", "common", "combined"]),
    file: Args.file({ name: "file" }),
    host: Options.text("host").pipe(
      Options.withDescription(
        "A host to import besides the configured ones, or whose access log it is: acme.freshdesk.com, or localhost:4010=freshdesk@acme.freshdesk.com; may be repeated"
      ),
      Options.repeated
    ),
    integration: Options.text("integration").pipe(
      Options.withDescription("The program's name in reports; default each call's User-Agent"),
      Options.optional
    ),
    keepBodies: Shared.keepBodies
  },
  (options) => Effect.flatMap(run, ({ runImport }) => runImport(options))
).pipe(
  Command.withDescription(
    "Adds the calls of a file to the recording; the same file again adds nothing. Example: hookshift import har session.har"
  )
)

export const exportCommand = Command.make(
  "export",
  {
    ...Shared.shared,
    format: choices(["ndjson", "har"]),
    out: Options.file("out").pipe(Options.withDescription("The file; default standard output"), Options.optional),
    from: Options.text("from").pipe(Options.withDescription("Calls from this time on"), Options.optional),
    to: Options.text("to").pipe(Options.withDescription("Calls before this time"), Options.optional)
  },
  (options) => Effect.flatMap(run, ({ runExport }) => runExport(options))
).pipe(
  Command.withDescription(
    "Writes the recorded calls, without secrets. Example: hookshift export ndjson --out calls.ndjson"
  )
)
