/** Looks again for waiting events, and purges delivered ones, beside the deliveries. */
import type { Timekeeper } from "../../domain/Time.js"
import type { Slice } from "../inbox/InboxQueries.js"
import type { InboxThread } from "../inbox/InboxThread.js"
import type { Metrics } from "./Metrics.js"
import type { Troubles } from "./Troubles.js"

export interface HousekeepingOptions {
  readonly thread: InboxThread
  readonly metrics: Metrics
  readonly time: Timekeeper
  readonly troubles: Troubles
  readonly look: () => void
  readonly keepDeliveredMs: number | null
  readonly maxInboxBytes: number | null
}

/** How often the hand-over looks among events that it has passed by: after `inbox retry` in another process. */
const lookEveryMs = 2_000
const purgeEveryMs = 60_000
/** After a failure: a lock goes away within seconds. */
const purgeAgainAfterMs = 5_000
/** Between two slices, so that a purge takes a part of the inbox's time only. */
const breathMs = 5

/** Returns how to stop it; a purge under way ends behind its slice. */
export const startHousekeeping = (options: HousekeepingOptions): (() => void) => {
  const { keepDeliveredMs, maxInboxBytes, metrics, thread, time, troubles } = options
  let stopped = false

  /** Purges delivered events, oldest first, until `enough` says so. */
  const purge = async (before: number, enough: () => Promise<boolean>): Promise<void> => {
    for (let after: number | null = 0, slices = 0; after !== null; slices++) {
      if (stopped || (slices % 20 === 0 && (await enough()))) return
      const slice: Slice = await thread.ask("purge", before, after)
      metrics.purged.inc(slice.count)
      after = slice.next
      await new Promise((resolve) => setTimeout(resolve, breathMs))
    }
  }

  /** Each round schedules the next, so that a lasting failure (a damaged page) never makes two rounds run at once. */
  const round = async (): Promise<void> => {
    let againAfterMs = purgeEveryMs
    try {
      if (keepDeliveredMs !== null) await purge(time.now() - keepDeliveredMs, async () => false)
      if (maxInboxBytes !== null && (await thread.ask("sizes")).bytesUsed > maxInboxBytes)
        await purge(time.now(), async () => (await thread.ask("sizes")).bytesUsed <= maxInboxBytes * 0.95)
      troubles.worked("purge")
    } catch (error) {
      troubles.failed("purge", (error as { readonly reason?: string }).reason ?? "unknown")
      againAfterMs = purgeAgainAfterMs
    }
    if (!stopped) cleaning = setTimeout(() => void round(), againAfterMs).unref()
  }
  const looking = setInterval(options.look, lookEveryMs)
  looking.unref()
  let cleaning = setTimeout(() => void round(), purgeEveryMs).unref()
  return () => {
    stopped = true
    clearInterval(looking)
    clearTimeout(cleaning)
  }
}
