/**
 * Counts calls to hosts that are not recorded, by host and nothing else, so that a recording without calls can say
 * why. A count travels at the first call, each time that it has doubled, and at the end.
 */
import type { EpochMillis } from "../../domain/Time.js"
import type { Observation } from "../Observation.js"
import { furtherHosts, hostCount } from "../spool/HostCount.js"

/** Hosts that one thread counts one by one; calls to further ones are counted together. */
const mostHosts = 100

export interface UnrecordedHosts {
  readonly count: (host: string) => void
  /** Sends the counts that have not been sent yet. */
  readonly flush: () => void
}

export const countUnrecordedHosts = (send: (count: Observation) => void, now: () => EpochMillis): UnrecordedHosts => {
  const hosts = new Map<string, { calls: number; sent: number }>()
  const sendCount = (host: string, counted: { calls: number; sent: number }) => {
    send(hostCount(host, counted.calls - counted.sent, now()))
    counted.sent = counted.calls
  }
  return {
    count: (given) => {
      const host = hosts.has(given) || hosts.size < mostHosts ? given : furtherHosts
      let counted = hosts.get(host)
      if (counted === undefined) {
        counted = { calls: 0, sent: 0 }
        hosts.set(host, counted)
      }
      counted.calls += 1
      if (counted.calls >= 2 * counted.sent) sendCount(host, counted)
    },
    flush: () => {
      for (const [host, counted] of hosts) if (counted.calls > counted.sent) sendCount(host, counted)
    }
  }
}
