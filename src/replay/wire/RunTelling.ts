/** A replay's window, run with news of how far it is. */
import type { EpochMillis } from "../../domain/Time.js"
import type { ReplayEnvironment } from "./ReplayEnvironment.js"

const progressSteps = 48

/** Runs to `to`, telling how far it is, and gives the moment back to the caller. */
export const runTelling = async (
  environment: ReplayEnvironment,
  from: EpochMillis,
  to: EpochMillis,
  tell: ((share: number) => void) | undefined
): Promise<void> => {
  // A call that begins at the end is no part of it.
  const last = to - 1
  for (let step = 1; step <= progressSteps; step++) {
    await environment.time.runUntil(from + ((last - from) * step) / progressSteps)
    tell?.(step / progressSteps)
  }
}
