/** Sets the stage for one path: virtual time, a stand-in, and the counting of what travels between them. */
import { subscribe, unsubscribe } from "node:diagnostics_channel"
import type { EpochMillis } from "../../domain/Time.js"
import type { StandIn, StandInFaults, StartStandIn } from "./StandIn.js"
import { makeVirtualTime, type VirtualTime } from "./VirtualTime.js"

export interface Stage {
  readonly time: VirtualTime
  readonly standIn: StandIn
  readonly close: () => Promise<void>
}

export const noStandInFaults: StandInFaults = { drop: 0, duplicate: 0, reorder: 0, delay: 0 }

export const setStage = async (
  start: StartStandIn,
  options: {
    readonly from: EpochMillis
    readonly changesUntil: EpochMillis
    readonly seed: number
    readonly faults?: StandInFaults
  }
): Promise<Stage> => {
  const time = makeVirtualTime(options.from)
  const standIn = await start({
    time,
    seed: options.seed,
    changesUntil: options.changesUntil,
    faults: options.faults ?? noStandInFaults,
    onTraffic: (what) => {
      if (what === "arrived") time.requestArrived()
      else if (what === "released") time.requestReleased()
      else if (what === "postStarted") time.enter()
      else time.leave()
    }
  })
  // Requests that this thread's own clients make (reconciliation, hydration) over built-in fetch.
  const origins = new Set(standIn.accounts.map(({ url }) => new URL(url).origin))
  const ours = (message: unknown) =>
    origins.has(String((message as { request?: { origin?: unknown } }).request?.origin))
  const started = (message: unknown) => {
    if (ours(message)) time.clientStarted()
  }
  const finished = (message: unknown) => {
    if (ours(message)) time.clientFinished()
  }
  subscribe("undici:request:create", started)
  subscribe("undici:request:trailers", finished)
  subscribe("undici:request:error", finished)
  return {
    time,
    standIn,
    close: async () => {
      unsubscribe("undici:request:create", started)
      unsubscribe("undici:request:trailers", finished)
      unsubscribe("undici:request:error", finished)
      await standIn.close()
    }
  }
}
