/** The environment of one path: virtual time, the provider's side, and the counting of the requests between them. */
import { subscribe, unsubscribe } from "node:diagnostics_channel"
import type { Server, ServerResponse } from "node:http"
import type { EpochMillis } from "../../domain/Time.js"
import { noPushFaults, type PushFaults } from "../../providers/index.js"
import type { ProviderPort, StartProviderPort } from "./ProviderPort.js"
import { makeVirtualTime, type VirtualTime } from "./VirtualTime.js"

export interface ReplayEnvironment {
  readonly time: VirtualTime
  readonly providerPort: ProviderPort
  /** A server of this thread between programs and provider: its requests are followed from now on. */
  readonly followServer: (port: number) => void
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
  const ports = new Set<number>()
  const arrived = (message: unknown) => {
    const { response, server } = message as { response: ServerResponse; server: Server }
    const address = server.address()
    if (address === null || typeof address === "string" || !ports.has(address.port)) return
    time.requestArrived()
    let held = true
    const release = () => {
      if (held) time.requestReleased()
      held = false
    }
    // Its answer is whole, and on its way: the program that gets it counts the rest.
    response.once("prefinish", release)
    response.once("close", release)
  }
  subscribe("undici:request:create", started)
  subscribe("undici:request:trailers", finished)
  subscribe("undici:request:error", finished)
  return {
    time,
    providerPort,
    followServer: (port) => {
      if (ports.size === 0) subscribe("http.server.request.start", arrived)
      ports.add(port)
    },
    close: async () => {
      unsubscribe("http.server.request.start", arrived)
      unsubscribe("undici:request:create", started)
      unsubscribe("undici:request:trailers", finished)
      unsubscribe("undici:request:error", finished)
      await providerPort.close()
    }
  }
}
