/**
 * Forwards requests to their upstreams, and records them; an intermediary is asked first. It has no listener: a proxy's
 * own server hands it requests (RecordingProxy.ts), or one that has it mounted below a path (mirror/servers).
 */
import { requestTarget } from "../../domain/RequestTarget.js"
import { openSharedRecorder, type Recorder, type RecorderOptions } from "../recorder/Recorder.js"
import { readCaptureSettings } from "../settings/CaptureSettings.js"
import type { Arrival, ProxyRequest, ProxyResponse } from "./ClientSide.js"
import { Deadlines } from "./Deadlines.js"
import { answerWhole, Exchange, type Passing, refuse } from "./Exchange.js"
import { ambiguityOf } from "./Framing.js"
import type { Intermediary } from "./Intermediary.js"
import { ownNameOf, passedOn } from "./OwnWords.js"
import { makeUpstreamAgents } from "./UpstreamAgents.js"
import { routeTo, type Target, type Upstream } from "./Upstreams.js"

export interface ForwarderSettings {
  readonly upstreams: ReadonlyArray<Upstream>
  /** How long an upstream may take to begin its answer, in milliseconds. */
  readonly timeoutMs: number
  readonly recorder: RecorderOptions
  /** Asked first about each request that has an upstream. */
  readonly intermediary?: Intermediary
}

export interface Forwarder {
  readonly recorder: Recorder
  /** `null` where no upstream is configured for the request. */
  readonly targetOf: (request: Pick<ProxyRequest, "headers" | "socket">, url: string) => Target | null
  /** `expectsContinue`: the client waits for an interim answer before it sends the body. */
  readonly forward: (
    request: ProxyRequest,
    response: ProxyResponse,
    arrival: Arrival,
    expectsContinue?: boolean
  ) => void
  /** Writes the recording. No exchange may be under way. */
  readonly close: () => Promise<void>
}

export const openForwarder = (settings: ForwarderSettings): Forwarder => {
  const { intermediary, upstreams } = settings
  const route = routeTo(upstreams)
  const hosts = settings.recorder.hosts ?? readCaptureSettings(process.env).hosts
  const named = new Set(hosts.map((entry) => entry.split("=")[0]))
  const { recorder } = openSharedRecorder(
    {
      ...settings.recorder,
      // Every upstream is recorded.
      hosts: [...hosts, ...upstreams.map(({ url }) => url.host).filter((host) => !named.has(host))]
    },
    "proxy"
  )
  const agents = makeUpstreamAgents()
  const deadlines = new Deadlines(settings.timeoutMs)
  const ownName = ownNameOf(settings)
  const context = { agents, deadlines, recorder, ownName }
  const targetOf: Forwarder["targetOf"] = ({ headers, socket }, url) =>
    route(headers.host ?? "", url, socket?.localPort)

  const mediated = (
    request: ProxyRequest,
    response: ProxyResponse,
    target: Target,
    arrival: Arrival,
    expects: boolean
  ): void => {
    if (intermediary === undefined) return new Exchange(request, response, target, arrival, context).send(expects)
    const pass = (passing?: Passing): void => {
      // The client left while the decision was made.
      if (response.destroyed) passing?.look?.unseen()
      else new Exchange(request, response, target, arrival, context, passing).send(expects)
    }
    intermediary.decide(request, target, arrival).then(
      (decision) => {
        if (decision.kind === "pass") return pass(decision)
        answerWhole(request, response, decision.answer)
      },
      () => pass()
    )
  }

  return {
    recorder,
    targetOf,
    forward: (request, response, arrival, expectsContinue = false) => {
      const ambiguity = ambiguityOf(request)
      if (ambiguity !== null) {
        response.shouldKeepAlive = false
        return refuse(request, response, ambiguity.status, ambiguity.error, ambiguity.message, ownName)
      }
      const target = targetOf(request, arrival.url)
      if (target !== null) return mediated(request, response, target, arrival, expectsContinue)
      const { authority } = requestTarget(arrival.url)
      const wanted = authority === null ? "this host and path" : authority
      refuse(
        request,
        response,
        404,
        "not_found",
        `no upstream is configured for ${wanted}: it passes on ${passedOn(upstreams)}`,
        ownName
      )
    },
    close: async () => {
      deadlines.stop()
      agents["http:"].destroy()
      agents["https:"].destroy()
      await recorder.close()
    }
  }
}
