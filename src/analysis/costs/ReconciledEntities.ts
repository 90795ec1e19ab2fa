/** Which entity types an account reconciles after a migration. Pure. */
import { withOwn } from "../../providers/index.js"
import { entitiesOf } from "../detection/DetectedPoller.js"
import type { PollerEstimates } from "../estimates/PollerEstimates.js"
import type { AnalysisSettings } from "../Settings.js"

/** The entity types of these pollers of one account, with what its source's `reconcile` setting adds or takes out. */
export const reconciledFor = (
  migrating: ReadonlyArray<PollerEstimates>,
  { reconcile }: Pick<AnalysisSettings, "reconcile">
): ReadonlyArray<string> => {
  const [first] = migrating
  if (first === undefined || first.poller.provider === null) return []
  const own = reconcile?.[first.poller.stream.account]?.own ?? {}
  return withOwn(
    first.poller.provider,
    migrating.flatMap(({ poller }) => entitiesOf(poller)),
    own
  )
}
