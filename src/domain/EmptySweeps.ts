/** Share of a poller's sweeps that found nothing new: one rule for the verdict and for all that show it. */
import type { Poller } from "./Poller.js"

type Counted = Pick<Poller, "sweeps" | "failedSweeps" | "unreadSweeps">

/** Sweeps of which it is known what they found: answered and read, without the first, which fills the cache. */
export const countedSweeps = ({ failedSweeps = 0, sweeps, unreadSweeps = 0 }: Counted): number =>
  Math.max(0, sweeps - failedSweeps - unreadSweeps - 1)

/** Of the counted sweeps; `null` where none is, or where bodies are unknown. */
export const emptyShareOf = (poller: Counted & Pick<Poller, "emptySweeps">): number | null => {
  const counted = countedSweeps(poller)
  return poller.emptySweeps === null || counted === 0 ? null : poller.emptySweeps / counted
}
