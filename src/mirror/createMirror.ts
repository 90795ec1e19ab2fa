/** A mirror for a server of one's own: no listener, but handlers that take the server's requests (servers/). */
import { setTimeout } from "node:timers/promises"
import { FetchHttpClient } from "@effect/platform"
import { Cause, Effect, Exit } from "effect"
import {
  type Arrival,
  openForwarder,
  type ProxyRequest,
  type ProxyResponse,
  readCaptureSettings,
  readWays,
  refuse
} from "../capture/index.js"
import { captureSectionOf } from "../config/index.js"
import { type ConfigText, configOf, loadConfig } from "../config/service.js"
import { requireSupportedNode } from "../domain/SupportedNode.js"
import type { Log } from "../receiver/index.js"
import { explain } from "../store/index.js"
import { type Answering, openAnswering } from "./Answering.js"
import { configuredMirror } from "./configuredMirror.js"
import { MirrorError } from "./MirrorError.js"
import { timeoutMs } from "./openMirror.js"

export interface MirrorOptions {
  /**
   * The configuration, as docs/configuration.md has it: its file, or its settings; default `hookshift.config.json`. Of
   * `mirror`, `listen`, `admin` and `tls` are the command's, and mean nothing here.
   */
  readonly config?: string | ConfigText
  /** The receiver's database; default `hookshift.db`. */
  readonly db?: string
  /** Names of the sources that are mirrored, each below its name where there are several; all unless set. */
  readonly sources?: ReadonlyArray<string>
  /** Computes and compares each answer, and serves the provider's. */
  readonly dark?: boolean
  /** Share of the answers that are compared with the provider's, 0 to 1; default `mirror.verify`. */
  readonly verify?: number
  /** The operators' listener with `/readyz` and `/metrics`; none unless set. */
  readonly admin?: { readonly host?: string; readonly port: number } | null
  /** Gets log lines: warnings and errors of the mirror, none of which has a body, header or secret. */
  readonly log?: Log
}

export interface Mirror {
  /** `mirror.publicUrl`: the mirror's address for clients, with its mount path; `null` where it is not set. */
  readonly publicUrl: string | null
  /** The operators' listener; `null` without one. */
  readonly adminUrl: string | null
  /** Resolves once the state has been read; requests pass through until then, and for good where it cannot be read. */
  readonly loaded: Promise<void>
  /** Answers a request; the handlers call it. Never throws: the answer says what is wrong. */
  readonly serve: (request: ProxyRequest, response: ProxyResponse, arrival: Arrival) => void
  /** Answers 503 from now on, waits for requests under way, for at most five seconds, and closes the files. */
  readonly close: () => Promise<void>
}

const graceMs = 5_000

/** Rejects with a `MirrorError`, and with an `UnsupportedNode` on an older Node. */
export const createMirror = async (options: MirrorOptions = {}): Promise<Mirror> => {
  requireSupportedNode()
  const { admin = null, config, dark = false, log = () => undefined } = options
  const db = options.db ?? "hookshift.db"
  const settings = await settingsOf(options)
  const hosts = hostsOf(config)
  refuseLoop(settings.sources, hosts)
  const answering = await openAnswering({
    ...settings,
    db,
    dark,
    admin: admin === null ? null : { host: admin.host ?? "127.0.0.1", port: admin.port, optional: false },
    log
  }).catch((error: unknown) => {
    throw unopened(error, db)
  })
  const { adminUrl, intermediary, upstreams } = answering
  const forwarder = openForwarder({ upstreams, intermediary, timeoutMs, recorder: { db, hosts } })
  const underWay = new Set<ProxyResponse>()
  let closing: Promise<void> | null = null
  const close = async (): Promise<void> => {
    await allClosed(underWay, graceMs)
    await forwarder.close()
    answering.close()
  }
  return {
    publicUrl: settings.publicUrl,
    adminUrl,
    loaded: loading(answering, log, () => closing !== null),
    serve: (request, response, arrival) => {
      if (closing !== null)
        return refuse(request, response, 503, "unavailable", "the mirror is closed", "hookshift mirror")
      // The client left before the server came to its request: nothing is carried out whose answer is lost.
      if (response.destroyed) return
      underWay.add(response)
      response.once("close", () => underWay.delete(response))
      forwarder.forward(request, response, arrival)
    },
    close: () => {
      closing ??= close()
      return closing
    }
  }
}

const settingsOf = async ({ config, sources = [], verify }: MirrorOptions) => {
  if (verify !== undefined && !(verify >= 0 && verify <= 1))
    throw new MirrorError("config", `verify is a share of the answers, 0 to 1, not ${verify}`)
  const read = Effect.gen(function* () {
    const loaded = yield* typeof config === "object"
      ? configOf(config, "the mirror's configuration", process.cwd())
      : loadConfig(config)
    return yield* configuredMirror(loaded, sources)
  })
  const exit = await Effect.runPromiseExit(read.pipe(Effect.provide(FetchHttpClient.layer)))
  if (Exit.isFailure(exit)) throw new MirrorError("config", (Cause.squash(exit.cause) as Error).message)
  return { ...exit.value, verify: verify ?? exit.value.verify }
}

const hostsOf = (config: MirrorOptions["config"]): ReadonlyArray<string> =>
  typeof config === "object"
    ? captureSectionOf(config).hosts
    : readCaptureSettings({ ...process.env, ...(config === undefined ? {} : { HOOKSHIFT_CONFIG: config }) }).hosts

/** In a program that the preload sends through a mirror, the mirror's own calls would come back to it. */
const refuseLoop = (sources: ReadonlyArray<{ readonly baseUrl: string }>, hosts: ReadonlyArray<string>): void => {
  const text = process.env["HOOKSHIFT_THROUGH"] ?? ""
  if (text.trim() === "" || !(Symbol.for("hookshift.registered") in globalThis)) return
  const ways = readWays(text, hosts)
  const looped = sources
    .map(({ baseUrl }) => new URL(baseUrl).host)
    .find((host) => typeof ways !== "string" && ways.hosts.includes(host))
  if (looped === undefined) return
  throw new MirrorError(
    "through",
    `this program's calls to ${looped} go through a mirror (HOOKSHIFT_THROUGH), and those of the mirror in it would come back to it: start it without --through, and give its own clients the mirror's address`
  )
}

const unopened = (error: unknown, db: string): MirrorError => {
  const { address, code, port, syscall } = error as NodeJS.ErrnoException & { address?: string; port?: number }
  if (syscall === "listen")
    return new MirrorError(
      "address",
      `cannot listen on ${address}:${port} (${code}): choose another address with admin`
    )
  const { message, reason } = explain(error, db)
  return new MirrorError(
    "store",
    reason === "missing"
      ? `there is no database at ${db}: start the receiver first, or name its database with db`
      : message
  )
}

/** A state that cannot be read answers nothing: all goes through. */
const loading = (answering: Answering, log: Log, isClosing: () => boolean): Promise<void> =>
  answering.load().catch((error: unknown) => {
    if (!isClosing()) log("error", `the state cannot be read, and all requests go through: ${(error as Error).message}`)
  })

const allClosed = async (underWay: ReadonlySet<ProxyResponse>, mostMs: number): Promise<void> => {
  const waiting = new AbortController()
  const closed = Promise.all([...underWay].map((response) => new Promise((resolve) => response.once("close", resolve))))
  await Promise.race([closed, setTimeout(mostMs, null, { signal: waiting.signal })])
  waiting.abort()
  for (const response of underWay) response.destroy()
}
