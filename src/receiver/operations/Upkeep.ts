/**
 * Periodic work on the real clock beside the deliveries: sampling, the watchdog, housekeeping. Not started in virtual
 * time, where no other process touches the inbox and a periodic timer would keep the clock running for ever.
 */
import { realTime } from "../../domain/Time.js"
import { type HousekeepingOptions, startHousekeeping } from "./Housekeeping.js"
import { type SamplingOptions, startSampling } from "./Sampling.js"
import { startWatchdog, type WatchdogOptions } from "./Watchdog.js"

type UpkeepOptions = Omit<SamplingOptions, "now"> &
  HousekeepingOptions &
  Pick<WatchdogOptions, "standing"> & {
    readonly watch: Pick<WatchdogOptions, "everyMs" | "stalledAfterMs"> | undefined
  }

/** Returns its stop. */
export const startUpkeep = (options: UpkeepOptions): (() => void) => {
  const { standing, thread, time, troubles, watch } = options
  if (time !== realTime) return () => undefined
  const stops = [
    startSampling({ ...options, now: time.now }),
    startWatchdog({ thread, troubles, standing, wallNow: time.now, now: () => performance.now(), ...watch }),
    startHousekeeping(options)
  ]
  return () => {
    for (const stop of stops) stop()
  }
}
