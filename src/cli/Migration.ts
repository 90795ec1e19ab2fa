/** The migration plan that a command carries out: of `--migration`, or the one that is stored in the folder. */
import { existsSync } from "node:fs"
import { Effect, Option } from "effect"
import { type ConfigError, readMigration, usualPlanFile } from "../config/service.js"
import type { MigrationPlan } from "../domain/MigrationPlan.js"
import { note } from "./Output.js"

/** In place of a file: a plan is made now, or none carried out. */
const noPlan = "none"

export interface MigrationChoice {
  /** The file that is named. */
  readonly named: Option.Option<string>
  /** Whether the other options leave the choice to the stored plan. */
  readonly takesStored: boolean
}

/** No plan, whatever is stored. */
export const leftOut: MigrationChoice = { named: Option.some(noPlan), takesStored: false }

const isStored = ({ named, takesStored }: MigrationChoice): boolean =>
  Option.isNone(named) && takesStored && existsSync(usualPlanFile)

export const chosenMigration = (choice: MigrationChoice): Effect.Effect<MigrationPlan | null, ConfigError> => {
  if (isStored(choice)) return readMigration(usualPlanFile)
  const file = Option.getOrNull(choice.named)
  return file === null || file === noPlan ? Effect.succeed(null) : readMigration(file)
}

/** Says so where the stored plan is taken. */
export const tellStored = (choice: MigrationChoice): Effect.Effect<void> =>
  isStored(choice)
    ? note(`hookshift: by the plan in ${usualPlanFile}; --migration ${noPlan} leaves it out`)
    : Effect.void
