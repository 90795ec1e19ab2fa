/**
 * Looks at a folder's configuration, database and plan. Reads only, creates no file, and leaves out what takes long.
 */
import { existsSync } from "node:fs"
import { Effect, Option } from "effect"
import { defaultConfigFile } from "../../../config/index.js"
import { loadConfig, readMigration, sourcesOf, usualPlanFile } from "../../../config/service.js"
import { groupBy } from "../../../domain/Grouping.js"
import type { EpochMillis } from "../../../domain/Time.js"
import { type ShadowReport, shadow } from "../../../shadow/index.js"
import { explain, type Overview, readOverview } from "../../../store/index.js"
import { leftOut } from "../../Migration.js"
import { analyseNewest } from "../../NewestCalls.js"
import { usualLook } from "../shadow/LiveComparison.js"
import type { Facts } from "./Stage.js"
import type { StageOptions } from "./StageCommand.js"

/** Calls that pollers are counted in: a tenth of a second of work, and a week of a poller that asks each minute. */
const countedCalls = 10_000
/** Calls and events up to which the live comparison is made. */
const comparedRows = 20_000

export const factsOf = (options: StageOptions, now: EpochMillis) =>
  Effect.gen(function* () {
    const { db } = options
    const overview = existsSync(db)
      ? yield* Effect.try({ try: () => readOverview(db, now), catch: (error) => explain(error, db) })
      : null
    const facts: Facts = {
      db,
      config: yield* configOf(options),
      overview,
      pollers: overview === null || overview.calls === 0 ? null : yield* pollersOf(options),
      plan: yield* planOf,
      shadow: overview === null ? null : yield* shadowOf(options, overview)
    }
    return facts
  })

const configOf = ({ config }: StageOptions) =>
  Effect.gen(function* () {
    const file = Option.getOrElse(config, () => defaultConfigFile)
    if (!existsSync(file)) return { state: "absent" } as const
    const loaded = yield* loadConfig(file)
    const sources = yield* sourcesOf(loaded)
    return {
      state: "read",
      file,
      starts: loaded.capture.start !== undefined,
      sources: sources.map(({ account, name, webhooks }) => ({ name, account, hooked: webhooks.length > 0 }))
    } as const
  }).pipe(
    Effect.catchTag("ConfigError", ({ message }) => Effect.succeed({ state: "unusable", problem: message } as const))
  )

/** `null` where nothing can be analysed, for a reason that another fact tells. */
const pollersOf = (options: StageOptions) =>
  analyseNewest(options, countedCalls).pipe(
    Effect.map(({ analysis, cut }) => ({ count: analysis.pollers.length, ofNewest: cut ? countedCalls : null })),
    // An unusable configuration has a line of its own.
    Effect.catchAll(() => Effect.succeed(null))
  )

const planOf = Effect.gen(function* () {
  if (!existsSync(usualPlanFile)) return { state: "absent" } as const
  yield* readMigration(usualPlanFile)
  return { state: "read" } as const
}).pipe(
  Effect.catchTag("ConfigError", ({ message }) => Effect.succeed({ state: "unusable", problem: message } as const))
)

const shadowOf = ({ config, db }: StageOptions, { calls, events }: Overview) =>
  calls === 0 || events.total === 0 || calls > comparedRows || events.total > comparedRows
    ? Effect.succeed(null)
    : usualLook({ db, config, choice: leftOut }).pipe(
        Effect.map((seen) => (seen === null ? null : comparedOf(shadow(seen.evidence, seen.settings)))),
        // Without a source there is nothing to compare with; an unusable configuration has a line of its own.
        Effect.catchTag("ConfigError", () => Effect.succeed(null))
      )

const comparedOf = ({ alarms, pollers, safe }: ShadowReport): NonNullable<Facts["shadow"]> => ({
  safe,
  pollers: [
    ...groupBy(pollers, ({ account, endpoint, integration, query }) =>
      JSON.stringify([account, integration, endpoint, query])
    ).values()
  ].map((types) => {
    const worst = types.find(({ verdict }) => verdict !== "safe" && verdict !== "cutOver")
    const { endpoint, integration, verdict } = worst ?? types.find((one) => one.verdict === "safe") ?? types[0]!
    return { integration, endpoint, verdict }
  }),
  alarms: alarms.map(({ message }) => message)
})
