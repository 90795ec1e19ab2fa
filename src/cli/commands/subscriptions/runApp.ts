/** Generates the Freshworks app that posts the planned events. */
import { dirname, join } from "node:path"
import { Effect } from "effect"
import { writePrivately } from "../../../store/index.js"
import { generateApp } from "../../../subscriptions/index.js"
import { UsageError } from "../../Failure.js"
import { makeFolder } from "../../MakeFolder.js"
import { print, printJson } from "../../Output.js"
import { chosen, planned } from "./PlannedSubscriptions.js"
import type { AppOptions } from "./SubscriptionsCommand.js"

export const runApp = (options: AppOptions) =>
  Effect.gen(function* () {
    const { config, sources } = yield* chosen(options)
    const { plan } = yield* planned(options, config, sources)
    const files = generateApp(plan)
    if ("problem" in files) return yield* new UsageError({ message: files.problem })
    yield* Effect.try({
      try: () => {
        for (const { path, text } of files) {
          const file = join(options.out, path)
          makeFolder(dirname(file))
          writePrivately(file, text)
        }
      },
      catch: (error) =>
        new UsageError({
          message: `${options.out} cannot be written to (${(error as NodeJS.ErrnoException).code}): choose another folder with --out`
        })
    })
    const paths = files.map(({ path }) => join(options.out, path))
    yield* options.json
      ? printJson({ files: paths, events: plan.filter((one) => one.route === "app").map((one) => one.event) })
      : print(`${paths.join("\n")}\n\npublish it as ${join(options.out, "README.md")} says`)
  })
