/** Names the hosts that were called and not recorded, and how to record them. */
import { Effect } from "effect"
import { type OtherHost, Store } from "../store/service.js"
import { note } from "./Output.js"

/** Hosts that the sentence names. */
const named = 3

export const otherHostsNote = (hosts: ReadonlyArray<OtherHost>): string | null => {
  if (hosts.length === 0) return null
  const first = hosts
    .slice(0, named)
    .map(({ calls, host }) => `${calls} ${calls === 1 ? "call" : "calls"} went to ${host}`)
  const rest = hosts.slice(named)
  const others =
    rest.length === 0 ? "" : ` and ${rest.reduce((sum, { calls }) => sum + calls, 0)} to ${rest.length} other hosts`
  const one = hosts.length === 1
  return `${first.join(", ")}${others}, which ${one ? "is" : "are"} not recorded: add ${one ? "it" : "those you mean"} to capture.hosts or set HOOKSHIFT_HOSTS (${hosts[0]!.host}=freshdesk, for an account of Freshdesk under a name of its own)`
}

/** Notes on standard error which hosts were called and not recorded, if any. */
export const tellOtherHosts = Effect.gen(function* () {
  const { otherHosts } = yield* (yield* Store).recordingStatus
  const others = otherHostsNote(otherHosts)
  if (others !== null) yield* note(`hookshift: ${others}`)
})
