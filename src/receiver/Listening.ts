/**
 * Both listeners begin to listen: the operators' first, so that readiness can be asked for as soon as deliveries are
 * taken.
 */
import { type AddressInfo, createServer } from "node:net"
import { createSecureContext } from "node:tls"
import { listenOn, urlOf } from "./Address.js"
import type { Intake } from "./intake/Intake.js"
import { type Listener, makeListener, readCertificate } from "./intake/Listener.js"
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

const defaultPort = 8787

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

/** Rejects with a `ReceiverError` where `startListening` would: an address is taken, a certificate cannot be used. */
export const checkListening = async ({
  admin,
  listen,
  tls
}: Pick<ReceiverOptions, "admin" | "listen" | "tls">): Promise<void> => {
  if (tls !== undefined) usable(() => createSecureContext(readCertificate(tls)))
  if (admin !== undefined && admin !== null && admin.optional !== true)
    await checkAddress(admin.host, admin.port ?? defaultAdminPort, "--admin")
  if (listen !== null) await checkAddress(listen?.host, listen?.port ?? defaultPort, "--listen")
}

const checkAddress = async (host = "127.0.0.1", port: number, flag: string): Promise<void> => {
  const server = createServer()
  try {
    await listenOn(server, host, port)
  } catch (failure) {
    throw cannotListen(failure, { host, port, flag })
  }
  await new Promise((resolve) => server.close(resolve))
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
  const { host = "127.0.0.1", port = defaultPort } = options.listen ?? {}
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
): Listener => usable(() => makeListener({ intake, limits, tls: tls ?? null, ...listenerNews(operators) }))

const usable = <A>(withCertificate: () => A): A => {
  try {
    return withCertificate()
  } catch (error) {
    throw certificateFailure(error, "used", "check tls.certFile and tls.keyFile")
  }
}
