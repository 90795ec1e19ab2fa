/** Freshness goals (`--slo`) of types that no recorded poller reads: they ask for nothing. */
import type { PollerAssessment } from "../domain/Poller.js"

export const unreadGoalLines = (
  pollers: ReadonlyArray<Pick<PollerAssessment, "entities">>,
  goals: Readonly<Record<string, unknown>>
): ReadonlyArray<string> =>
  Object.keys(goals)
    .filter((entity) => !pollers.some(({ entities = [] }) => entities.includes(entity)))
    .map((entity) => `--slo ${entity}: no recorded poller reads this type, so its goal changes nothing`)
