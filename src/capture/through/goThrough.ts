/**
 * The preload's way through a mirror: calls to the hosts that have one go there, and straight to the provider where it
 * does not answer. Without a mirror nothing of this is in place.
 */
import type { Recorder } from "../recorder/Recorder.js"
import type { CaptureSettings } from "../settings/CaptureSettings.js"
import { MirrorConnections } from "./MirrorConnections.js"
import { throughNodeHttp } from "./throughNodeHttp.js"
import { throughUndici } from "./throughUndici.js"
import { readWays, type Ways } from "./Ways.js"

/** `null` where no mirror is asked for, and, with a line on standard error, where its address is none. */
export const waysOf = (environment: NodeJS.ProcessEnv, { hosts }: CaptureSettings): Ways | null => {
  const text = environment["HOOKSHIFT_THROUGH"] ?? ""
  if (text.trim() === "") return null
  const ways = readWays(text, hosts)
  if (typeof ways !== "string") return ways
  process.stderr.write(`hookshift: HOOKSHIFT_THROUGH: ${ways}; calls go to the provider\n`)
  return null
}

/** Tells whether a request of `node:http` is a mirror's. */
export const goThrough = (ways: Ways): ((request: object) => boolean) => {
  throughUndici(ways)
  return throughNodeHttp(ways, new MirrorConnections())
}

/** The recorder as undici's hook sees it: calls to a mirror are the mirror's to record and to count. */
export const withoutMirrors = (recorder: Recorder, ways: Ways): Recorder => ({
  ...recorder,
  recordsHost: (host) => !ways.isMirror(host) && recorder.recordsHost(host),
  passBy: (host) => {
    if (!ways.isMirror(host)) recorder.passBy(host)
  }
})
