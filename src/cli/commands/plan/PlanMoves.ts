/** Differences between two plans of one recording: routes, intervals, the fate of each poller. Pure. */
import { settingDuration } from "../../../domain/DurationText.js"
import type { AccountMigration, MigrationPlan } from "../../../domain/MigrationPlan.js"
import { intervalText } from "../../../domain/SweepInterval.js"

export interface PlanMove {
  readonly account: string
  /** An entity type, a poller, or "routes". */
  readonly what: string
  readonly from: string
  readonly to: string
}

export const planMoves = (before: MigrationPlan, after: MigrationPlan): ReadonlyArray<PlanMove> =>
  [...new Set([...before.accounts, ...after.accounts].map(({ account }) => account))].flatMap((account) => {
    const of = (plan: MigrationPlan) => settingsOf(plan.accounts.find((one) => one.account === account))
    const [from, to] = [of(before), of(after)]
    return [...new Set([...from.keys(), ...to.keys()])].flatMap((what) => {
      const move = { account, what, from: from.get(what) ?? "none", to: to.get(what) ?? "none" }
      return move.from === move.to ? [] : [move]
    })
  })

const settingsOf = (plan: AccountMigration | undefined): ReadonlyMap<string, string> =>
  new Map(
    plan === undefined
      ? []
      : [
          ["routes", plan.routes.map(({ route }) => route).join(" + ") || "none"] as const,
          ...Object.entries(plan.reconcile).map(
            ([entity, every]) => [entity, every === "off" ? "off" : intervalText(every, settingDuration)] as const
          ),
          ...plan.pollers.map(({ becomes, endpoint, integration }) => [`${integration} ${endpoint}`, becomes] as const)
        ]
  )
