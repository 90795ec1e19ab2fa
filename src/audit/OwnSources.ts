import type { ReplayPlan } from "../replay/index.js"

/** Two accounts of one product that no source is configured for have to be told apart. */
export const withOwnSources = (plans: ReadonlyArray<ReplayPlan>): ReadonlyArray<ReplayPlan> => {
  const taken = new Set<string>()
  return plans.map((plan) => {
    let source = plan.source
    for (let n = 2; taken.has(source); n++) source = `${plan.source}-${n}`
    taken.add(source)
    return { ...plan, source }
  })
}
