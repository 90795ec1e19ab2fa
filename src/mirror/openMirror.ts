/** Starts a mirror with a listener of its own. */
import { openProxy, type ProxySettings } from "../capture/index.js"
import { type Answering, type AnsweringSettings, openAnswering } from "./Answering.js"

export interface MirrorSettings extends AnsweringSettings, Pick<ProxySettings, "host" | "port" | "tls" | "recorder"> {
  /** The mirror's address for clients, where that is not its own. */
  readonly publicUrl: string | null
}

export interface RunningMirror extends Pick<Answering, "adminUrl" | "ownsState" | "receiverRuns"> {
  readonly url: string
  readonly port: number
  /** Resolves once the state has been read; requests pass through until then. */
  readonly loaded: Promise<void>
  readonly close: () => Promise<void>
}

/** How long the provider may take to begin its answer. */
export const timeoutMs = 300_000

export const openMirror = async (settings: MirrorSettings): Promise<RunningMirror> => {
  const { host, port, publicUrl, recorder, tls } = settings
  const answering = await openAnswering(settings)
  const { adminUrl, intermediary, ownsState, receiverRuns, upstreams } = answering
  const proxy = await openProxy({
    host,
    port,
    tls,
    timeoutMs,
    recorder,
    upstreams,
    intermediary,
    ...(publicUrl === null ? {} : { origin: publicUrl })
  }).catch((error: unknown) => {
    answering.close()
    throw error
  })
  return {
    url: publicUrl ?? proxy.url,
    port: proxy.port,
    adminUrl,
    ownsState,
    receiverRuns,
    loaded: answering.load(),
    close: async () => {
      await proxy.close()
      answering.close()
    }
  }
}
