/** How often a plan reconciles: by its healing bound, by a plan from a file, or by one interval in their place. */
import { Effect, Option } from "effect"
import type { ConfigError } from "../config/service.js"
import type { AccountMigration } from "../domain/MigrationPlan.js"
import { UsageError } from "./Failure.js"
import { chosenMigration, type MigrationChoice, tellStored } from "./Migration.js"
import { secondsOf } from "./OptionValues.js"
import { plannedInterval, usualHealing } from "./SharedOptions.js"

/** As an analysis takes it. */
export interface Schedule {
  readonly reconcileSeconds: number
  readonly healWithinSeconds?: number
  readonly migrations?: Readonly<Record<string, AccountMigration>>
  /** The goals that a plan from a file keeps, as `--slo` takes them; an option goes before. */
  readonly slo?: string
}

export interface ScheduleOptions {
  readonly healWithin: Option.Option<string>
  readonly migration: Option.Option<string>
  readonly reconcile: string
  readonly slo?: string
  readonly route?: Option.Option<string>
  /** Whether a stored plan may be taken. */
  readonly takesStored?: boolean
}

/** The healing bound of a plan, a plan from a file, or one interval in their place. */
export const scheduleOf = (options: ScheduleOptions): Effect.Effect<Schedule, UsageError | ConfigError> =>
  Effect.gen(function* () {
    const { healWithin, reconcile } = options
    const isPlanned = reconcile === plannedInterval
    const choice = migrationChoiceOf(options)
    const given = yield* chosenMigration(choice)
    yield* tellStored(choice)
    if (given !== null) {
      if (!isPlanned)
        return yield* new UsageError({
          message: "--migration has its own intervals: leave --reconcile out, or edit the plan"
        })
      return {
        reconcileSeconds: given.healWithinSeconds,
        healWithinSeconds: given.healWithinSeconds,
        ...(given.slo === undefined ? {} : { slo: given.slo }),
        migrations: Object.fromEntries(given.accounts.map((one) => [one.account, one]))
      }
    }
    if (!isPlanned) return { reconcileSeconds: yield* secondsOf("reconcile", reconcile) }
    const seconds = yield* secondsOf(
      "heal-within",
      Option.getOrElse(healWithin, () => usualHealing)
    )
    return { reconcileSeconds: seconds, healWithinSeconds: seconds }
  })

/** The plan that is carried out. */
export const migrationChoiceOf = (options: ScheduleOptions): MigrationChoice => ({
  named: options.migration,
  takesStored: options.reconcile === plannedInterval && options.takesStored !== false && asksForNothing(options)
})

/** Whether no option asks for a plan other than the stored one. */
const asksForNothing = ({ healWithin, route = Option.none(), slo = "" }: ScheduleOptions): boolean =>
  Option.isNone(healWithin) && slo === "" && Option.isNone(route)
