/** Both listeners begin to listen: the operators' first, so that readiness can be asked for as soon as deliveries are taken. */
import type { AddressInfo } from "node:net"
import { listenOn } from "./Address.js"
import type { Listener } from "./intake/Listener.js"
import {
  type AdminAddress,
  type AdminListener,
  defaultAdminPort,
  startAdminListener
} from "./operations/AdminListener.js"
import type { Log } from "./operations/Log.js"
import type { Metrics } from "./operations/Metrics.js"
import type { Readiness } from "./operations/Readiness.js"
import { cannotListen } from "./ReceiverError.js"
import type { ReceiverOptions } from "./ReceiverOptions.js"

export interface Listening {
  readonly admin: AdminListener | null
  /** `null` where deliveries come by `handle` or `fetch` alone. */
  readonly address: AddressInfo | null
}

interface Operators {
  readonly metrics: Metrics
  readonly readiness: Readiness
  readonly log: Log
}

const listenForOperators = async (
  { host = "127.0.0.1", optional = false, port = defaultAdminPort }: AdminAddress,
  { log, metrics, readiness }: Operators
): Promise<AdminListener | null> => {
  try {
    return await startAdminListener({ metrics, readiness, host, port })
  } catch (failure) {
    if (!optional) throw cannotListen(failure, { host, port, flag: "--admin" })
    log("warning", `no /readyz and /metrics: port ${port} on ${host} is taken; choose another with --admin`)
    return null
  }
}

/** Rejects with a `ReceiverError`, and listens nowhere then. */
export const startListening = async (
  listener: Listener,
  options: Pick<ReceiverOptions, "admin" | "listen">,
  operators: Operators
): Promise<Listening> => {
  const admin =
    options.admin === undefined || options.admin === null ? null : await listenForOperators(options.admin, operators)
  if (options.listen === null) return { admin, address: null }
  const { host = "127.0.0.1", port = 8787 } = options.listen ?? {}
  try {
    return { admin, address: await listenOn(listener.server, host, port) }
  } catch (failure) {
    admin?.close()
    throw cannotListen(failure, { host, port, flag: "--listen" })
  }
}
