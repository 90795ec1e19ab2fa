/** The environment of one path: virtual time, the provider's side, and the counting of the requests between them. */
import { subscribe, unsubscribe } from "node:diagnostics_channel"
import type { EpochMillis } from "../../domain/Time.js"
import { noPushFaults, type PushFaults } from "../../providers/index.js"
import type { ProviderPort, StartProviderPort } from "./ProviderPort.js"
import { makeVirtualTime, type VirtualTime } from "./VirtualTime.js"

export interface ReplayEnvironment {
  readonly time: VirtualTime
  readonly providerPort: ProviderPort
  readonly close: () => Promise<void>
}

export const startReplayEnvironment = async (
  start: StartProviderPort,
  options: {
    readonly from: EpochMillis
    readonly changesUntil: EpochMillis
    readonly seed: number
    readonly faults?: PushFaults
  }
): Promise<ReplayEnvironment> => {
  const time = makeVirtualTime(options.from)
  const providerPort = await start({
    time,
    seed: options.seed,
    changesUntil: options.changesUntil,
    faults: options.faults ?? noPushFaults,
    onTraffic: (what) => {
      if (what === "arrived") time.requestArrived()
      else if (what === "released") time.requestReleased()
      else if (what === "postStarted") time.enter()
      else time.leave()
    }
  })
  // Requests that this thread's own clients make (reconciliation, hydration) over built-in fetch.
  const origins = new Set(providerPort.accounts.map(({ url }) => new URL(url).origin))
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
    providerPort,
    close: async () => {
      unsubscribe("undici:request:create", started)
      unsubscribe("undici:request:trailers", finished)
      unsubscribe("undici:request:error", finished)
      await providerPort.close()
    }
  }
}
