/** The migration plan that a command carries out: of `--migration`, or the one that is stored in the folder. */
import { existsSync } from "node:fs"
import { Effect, Option } from "effect"
import { type ConfigError, readMigration } from "../config/service.js"
import type { MigrationPlan } from "../domain/MigrationPlan.js"
import { note } from "./Output.js"

/** Where commands look for a plan when none is named. */
export const storedPlan = "hookshift.plan.json"

/** In place of a file: a plan is made now, or none carried out. */
const noPlan = "none"

/** `takesStored`: whether the other options leave the choice to the stored plan. */
export const chosenMigration = (
  named: Option.Option<string>,
  takesStored: boolean
): Effect.Effect<MigrationPlan | null, ConfigError> =>
  Effect.gen(function* () {
    if (Option.isSome(named)) return named.value === noPlan ? null : yield* readMigration(named.value)
    if (!takesStored || !existsSync(storedPlan)) return null
    const plan = yield* readMigration(storedPlan)
    yield* note(`hookshift: by the plan in ${storedPlan}; --migration ${noPlan} leaves it out`)
    return plan
  })
