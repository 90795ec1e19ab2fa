/** How often a schedule reads each type. Pure; spans in seconds. */
import { convertInterval, type SweepInterval } from "../../domain/SweepInterval.js"
import { type OwnIntervals, type PlannedEvents, sweepSchedule, toldDependants, withOwn } from "../../providers/index.js"

/** The interval at which a schedule reads each type, dependants included. */
export const intervalsUnder = (
  { provider }: PlannedEvents,
  entities: ReadonlyArray<string>,
  boundSeconds: number,
  own: OwnIntervals
): ReadonlyMap<string, SweepInterval> => {
  const found = new Map<string, SweepInterval>()
  for (const { every, slower, walks, wanted } of sweepSchedule(
    provider,
    withOwn(provider, entities, own),
    boundSeconds,
    own
  ))
    for (const entity of wanted) {
      const isWalked = provider.sweeps[entity]?.parent?.which === "all"
      const listed = isWalked ? convertInterval(every, (seconds) => seconds * (walks ?? 1)) : every
      found.set(entity, slower[entity] ?? listed)
    }
  return found
}

/** The same, where dependants that pushes tell count by their list: its stamps show what was not pushed. */
export const noticedUnder = (
  planned: PlannedEvents,
  entities: ReadonlyArray<string>,
  boundSeconds: number,
  own: OwnIntervals
): ReadonlyMap<string, SweepInterval> => {
  const told = new Set(toldDependants(planned))
  const untold = Object.fromEntries(
    Object.entries(own).filter(([entity, every]) => every === "off" || !told.has(entity))
  )
  return intervalsUnder(planned, entities, boundSeconds, untold)
}
