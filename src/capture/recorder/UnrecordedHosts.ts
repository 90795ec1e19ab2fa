/**
 * Counts calls to hosts that are not recorded, by host and nothing else: a recording that sees only unknown hosts has to say
 * so. Counts travel to the recorder's thread as records of their own, first at the first call, then each time that they have doubled, and
 * at the end.
 */
import type { Observation } from "../Observation.js"

/** Hosts that one thread counts apart; calls to further ones are counted together. */
const mostHosts = 100
export const furtherHosts = "further hosts"

/** No HTTP method is empty: it tells a count from a call. */
const countMethod = ""

export const isHostCount = ({ method }: Observation): boolean => method === countMethod

const hostCount = (host: string, calls: number, at: number): Observation => ({
  startedAt: at,
  durationMs: null,
  requestId: null,
  told: false,
  method: countMethod,
  url: host,
  authorization: null,
  userAgent: null,
  status: null,
  error: null,
  requestBytes: calls,
  responseBytes: null,
  limitTotal: null,
  limitRemaining: null,
  retryAfter: null,
  serverTime: null,
  contentEncoding: null,
  contentType: null,
  body: null,
  bodyId: null,
  sameBody: false,
  requestBody: null
})

export interface UnrecordedHosts {
  readonly count: (host: string) => void
  /** Passes on what has not been passed on yet. */
  readonly flush: () => void
}

export const countUnrecordedHosts = (keep: (count: Observation) => void, now: () => number): UnrecordedHosts => {
  const hosts = new Map<string, { calls: number; told: number }>()
  const tell = (host: string, counted: { calls: number; told: number }) => {
    keep(hostCount(host, counted.calls - counted.told, now()))
    counted.told = counted.calls
  }
  return {
    count: (given) => {
      const host = hosts.has(given) || hosts.size < mostHosts ? given : furtherHosts
      let counted = hosts.get(host)
      if (counted === undefined) {
        counted = { calls: 0, told: 0 }
        hosts.set(host, counted)
      }
      counted.calls += 1
      if (counted.calls >= 2 * counted.told) tell(host, counted)
    },
    flush: () => {
      for (const [host, counted] of hosts) if (counted.calls > counted.told) tell(host, counted)
    }
  }
}
