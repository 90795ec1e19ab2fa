/** An alternative before its freshness is held against the goal, and the figures of sweeps that all of them need. */
import type { Alternative } from "../../domain/Poller.js"
import type { TunedSweeps } from "../costs/TunedSweeps.js"
import type { DetectedPoller } from "../detection/DetectedPoller.js"

export type DraftAlternative = Omit<Alternative, "admissible" | "reconcileSeconds"> &
  Partial<Pick<Alternative, "reconcileSeconds">> & {
    /** The sweeps of a poller that goes on; absent where they stay as they are, or are not its own any more. */
    readonly sweeps?: () => TunedSweeps
  }

export const pagesOf = ({ sweeps }: DetectedPoller): number => sweeps.reduce((sum, sweep) => sum + sweep.pages, 0)

export const detailCallsOf = ({ sweeps }: DetectedPoller): number =>
  sweeps.reduce((sum, sweep) => sum + sweep.detailCalls, 0)

/** Mean yield of a sweep after the first. */
export const meanYield = ({ sweeps }: DetectedPoller): number =>
  sweeps.slice(1).reduce((sum, sweep) => sum + (sweep.yield ?? 0), 0) / Math.max(1, sweeps.length - 1)
