/**
 * Both listeners begin to listen: the operators' first, so that readiness can be asked for as soon as deliveries are
 * taken.
 */
import type { AddressInfo } from "node:net"
import { listenOn, urlOf } from "./Address.js"
import type { Intake } from "./intake/Intake.js"
import { type Listener, makeListener } from "./intake/Listener.js"
import { listenerNews } from "./News.js"
import {
  type AdminAddress,
  type AdminListener,
  defaultAdminPort,
  startAdminListener
} from "./operations/AdminListener.js"
import type { Operations } from "./operations/Operations.js"
import { cannotListen, certificateFailure } from "./ReceiverError.js"
import type { ReceiverOptions } from "./ReceiverOptions.js"

export interface Listening {
  readonly listener: Listener
  readonly admin: AdminListener | null
  /** `null` where deliveries come by `handle` or `fetch` alone. */
  readonly address: AddressInfo | null
  /** Empty without an address. */
  readonly url: string
}

type Operators = Pick<Operations, "log" | "metrics" | "readiness">

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
  intake: Intake,
  options: Pick<ReceiverOptions, "admin" | "limits" | "listen" | "tls">,
  operators: Operators
): Promise<Listening> => {
  const listener = listenerFor(intake, options, operators)
  const admin =
    options.admin === undefined || options.admin === null ? null : await listenForOperators(options.admin, operators)
  if (options.listen === null) return { listener, admin, address: null, url: "" }
  const { host = "127.0.0.1", port = 8787 } = options.listen ?? {}
  try {
    const address = await listenOn(listener.server, host, port)
    return { listener, admin, address, url: urlOf(address, options.tls === undefined ? "http" : "https") }
  } catch (failure) {
    admin?.close()
    throw cannotListen(failure, { host, port, flag: "--listen" })
  }
}

const listenerFor = (
  intake: Intake,
  { limits = {}, tls }: Pick<ReceiverOptions, "limits" | "tls">,
  operators: Operators
): Listener => {
  try {
    return makeListener({ intake, limits, tls: tls ?? null, ...listenerNews(operators) })
  } catch (error) {
    throw certificateFailure(error, "used", "check tls.certFile and tls.keyFile")
  }
}
