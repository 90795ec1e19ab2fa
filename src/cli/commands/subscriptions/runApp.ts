/** Generates the Freshworks app that posts the planned events. */
import { dirname, join } from "node:path"
import { Effect } from "effect"
import { writePrivately } from "../../../store/index.js"
import { generateApp } from "../../../subscriptions/index.js"
import { UsageError } from "../../Failure.js"
import { makeFolder } from "../../MakeFolder.js"
import { note, print, printJson } from "../../Output.js"
import { earlier, eventsBySource } from "./EarlierSubscriptions.js"
import { chosen, plannedAt, publicUrlOf } from "./PlannedSubscriptions.js"
import type { AppOptions } from "./SubscriptionsCommand.js"

export const runApp = (options: AppOptions) =>
  Effect.gen(function* () {
    const { config, sources } = yield* chosen(options)
    const publicUrl = yield* publicUrlOf(config)
    const { plan: wanted } = yield* plannedAt(publicUrl, options, sources)
    // The new version takes the place of the published app, whole.
    const kept = yield* earlier(options.db, publicUrl, sources, wanted, "app")
    const plan = [...wanted, ...kept]
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
    for (const [source, events] of eventsBySource(kept))
      yield* note(
        `hookshift: the app keeps the events of ${source} that were applied before (${events}): hookshift subscriptions remove --source ${source} --events LIST takes them away`
      )
    const paths = files.map(({ path }) => join(options.out, path))
    yield* options.json
      ? printJson({ files: paths, events: plan.filter((one) => one.route === "app").map((one) => one.event) })
      : print(`${paths.join("\n")}\n\npublish it as ${join(options.out, "README.md")} says`)
  })
