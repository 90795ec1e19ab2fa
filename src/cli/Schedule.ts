/** How often a plan reconciles: by its healing bound, by a plan from a file, or by one interval in their place. */
import { Effect, Option } from "effect"
import { type ConfigError, readMigration } from "../config/service.js"
import type { AccountMigration } from "../domain/MigrationPlan.js"
import { UsageError } from "./Failure.js"
import { secondsOf } from "./OptionValues.js"

/** As an analysis takes it. */
export interface Schedule {
  readonly reconcileSeconds: number
  readonly healWithinSeconds?: number
  readonly migrations?: Readonly<Record<string, AccountMigration>>
}

/** The healing bound of a plan, a plan from a file, or one interval in their place. */
export const scheduleOf = ({
  healWithin,
  migration,
  reconcile
}: {
  readonly healWithin: string
  readonly migration: Option.Option<string>
  readonly reconcile: string
}): Effect.Effect<Schedule, UsageError | ConfigError> =>
  Option.isSome(migration)
    ? reconcile === "planned"
      ? Effect.map(readMigration(migration.value), ({ accounts, healWithinSeconds }) => ({
          reconcileSeconds: healWithinSeconds,
          healWithinSeconds,
          migrations: Object.fromEntries(accounts.map((one) => [one.account, one]))
        }))
      : Effect.fail(
          new UsageError({
            message: "--migration has its own intervals: leave --reconcile out, or edit the plan"
          })
        )
    : reconcile === "planned"
      ? Effect.map(secondsOf("heal-within", healWithin), (seconds) => ({
          reconcileSeconds: seconds,
          healWithinSeconds: seconds
        }))
      : Effect.map(secondsOf("reconcile", reconcile), (reconcileSeconds) => ({ reconcileSeconds }))
