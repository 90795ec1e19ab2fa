/** Looks at a folder's configuration, database and plan. Reads only, creates no file, and leaves out what takes long. */
import { existsSync } from "node:fs"
import { Effect, Option } from "effect"
import { analyseStore } from "../../../audit/index.js"
import { defaultConfigFile } from "../../../config/index.js"
import { loadConfig, readMigration, sourcesOf, usualPlanFile } from "../../../config/service.js"
import type { EpochMillis } from "../../../domain/Time.js"
import { usualMeasure } from "../../../shadow/index.js"
import { explain, type Overview, readOverview } from "../../../store/index.js"
import { Store } from "../../../store/service.js"
import { accountsOf } from "../../Accounts.js"
import { leftOut } from "../../Migration.js"
import { scheduleOf } from "../../Schedule.js"
import { plannedInterval } from "../../SharedOptions.js"
import { looking } from "../shadow/LiveComparison.js"
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
  Effect.gen(function* () {
    const from = yield* (yield* Store).beginningOfNewest(countedCalls)
    const { pollers } = yield* analyseStore({
      ...(yield* accountsOf({ config: options.config, route: Option.none() })),
      ...(yield* scheduleOf({
        healWithin: Option.none(),
        migration: Option.none(),
        reconcile: plannedInterval,
        takesStored: false
      })),
      from,
      to: null,
      freshnessGoals: {}
    })
    return { count: pollers.length, ofNewest: from === null ? null : countedCalls }
  }).pipe(
    Effect.provide(Store.layer(options.db, { mustExist: true })),
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
    : Effect.flatten(
        looking({
          db,
          config,
          from: Option.none(),
          reconcile: Option.none(),
          migration: leftOut.named,
          ...usualMeasure
        })
      ).pipe(
        Effect.map(({ report }) => ({
          safe: report.safe,
          pollers: report.pollers.map(({ integration, verdict }) => ({ integration, verdict })),
          alarms: report.alarms.map(({ message }) => message)
        })),
        // Without a source there is nothing to compare with; an unusable configuration has a line of its own.
        Effect.catchTag("ConfigError", () => Effect.succeed(null))
      )
