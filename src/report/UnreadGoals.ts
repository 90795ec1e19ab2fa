/** Freshness goals (`--slo`) of types that no recorded poller reads: they ask for nothing. */
import type { PollerAssessment } from "../domain/Poller.js"
import { namedEndpoint, providerOf } from "../providers/index.js"

export const unreadGoalLines = (
  pollers: ReadonlyArray<Pick<PollerAssessment, "product" | "endpoint" | "detailCalls">>,
  goals: Readonly<Record<string, unknown>>
): ReadonlyArray<string> =>
  Object.keys(goals)
    .filter((entity) => !pollers.some((poller) => mayRead(poller, entity)))
    .map((entity) => `--slo ${entity}: no recorded poller reads this type, so its goal changes nothing`)

/** It lists the type, or fetches something beneath each item of the list to which the type belongs. */
const mayRead = (
  { detailCalls, endpoint, product }: Pick<PollerAssessment, "product" | "endpoint" | "detailCalls">,
  entity: string
): boolean => {
  const provider = providerOf(product)
  const listed = namedEndpoint(provider, endpoint)?.entity ?? null
  return listed === entity || (detailCalls > 0 && provider?.sweeps[entity]?.parent?.entity === listed)
}
