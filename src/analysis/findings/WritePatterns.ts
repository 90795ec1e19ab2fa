/** Rules on writes: echoes of an integration's own, and repeats that may write twice. */
import { endOf } from "../../domain/Recording.js"
import { cataloguedEndpoint } from "../../providers/index.js"
import type { PlacedCall } from "../detection/DetectedPoller.js"
import { nameOf } from "../detection/DetectedPoller.js"
import { isRead } from "../detection/ReadOrWrite.js"
import { evidenceOf, type Rule, type RuleFinding, rowsOf, times } from "./Rule.js"

/** Longest time from a write to the new version that is its echo. */
const echoWithinMs = 2_000
/** Fewest echoes; fewer are a coincidence, or a person. */
const fewestEchoes = 3

/**
 * An integration that writes to what it polls sees its own writes as news; as events they would make it write again.
 * The sign is a new version of the written entity within `echoWithinMs`, seen by the integration's own poller.
 */
export const ownEcho: Rule = {
  id: "own-echo",
  severity: "warning",
  title: "Hears its own writes as changes",
  find: ({ detection, recording }) =>
    detection.pollers.flatMap((poller): ReadonlyArray<RuleFinding> => {
      const entity = poller.endpoint?.entity
      const { account, integration } = poller.stream
      if (entity == null) return []
      const writes = new Map<number, Array<PlacedCall>>()
      for (const one of recording.streams) {
        const { stream } = one
        if (
          stream.account !== account ||
          stream.integration !== integration ||
          !/^(?:PUT|POST|PATCH)$/.test(stream.method)
        )
          continue
        if (cataloguedEndpoint(poller.provider, stream.method, stream.template)?.entity !== entity) continue
        for (const call of rowsOf(one)) {
          const [subject, status] = [one.calls.subject[call.row]!, one.calls.status[call.row]!]
          if (subject < 0 || status === 0 || status >= 300) continue
          const known = writes.get(subject)
          if (known === undefined) writes.set(subject, [call])
          else known.push(call)
        }
      }
      if (writes.size === 0) return []
      const { versions } = poller.own.recording
      const evidence = new Set<PlacedCall>()
      for (let row = 0; row < versions.length; row++) {
        const updatedAt = versions.updatedAt[row]!
        const own = writes.get(versions.entityId[row]!)?.find(
          ({ recording: { calls }, row: at }) =>
            // Stamps have whole seconds: one may lie just before its write.
            updatedAt >= calls.startedAt[at]! - 1_000 && updatedAt <= endOf(calls, at) + echoWithinMs
        )
        if (own !== undefined) evidence.add(own)
      }
      if (evidence.size < fewestEchoes) return []
      return [
        {
          pollerId: poller.id,
          message: `${nameOf(poller)} wrote ${times(evidence.size)} to what it polls, and each write came back to it as a change: with webhooks each write would fire an event, and an integration that answers events by writing would never stop`,
          consequence: { calls: evidence.size, seconds: null },
          fix: "set the source's serviceAccount, so that rules leave its changes out and the receiver marks them as echoes; handle no event that has an echo",
          evidence: evidenceOf([...evidence])
        }
      ]
    })
}

/** Longest time from a failed write to its repeat. */
const repeatedWithinMs = 60_000

export const repeatedWrites: Rule = {
  id: "repeated-writes",
  severity: "error",
  title: "Repeats writes that may have happened",
  find: ({ recording }) =>
    recording.streams.flatMap((one): ReadonlyArray<RuleFinding> => {
      const { calls, stream } = one
      if (stream.method !== "POST" || isRead(stream)) return []
      const repeated: Array<PlacedCall> = []
      for (let row = 1; row < calls.length; row++) {
        const status = calls.status[row - 1]!
        // A 429 was not executed; a 500, a time-out or a broken connection may have been.
        const unclear = status === 0 || status >= 500
        const gap = calls.startedAt[row]! - endOf(calls, row - 1)
        if (unclear && gap >= 0 && gap < repeatedWithinMs && calls.subject[row] === calls.subject[row - 1])
          repeated.push({ recording: one, row, sweep: -1 })
      }
      if (repeated.length === 0) return []
      return [
        {
          pollerId: null,
          about: [stream.account, stream.integration, stream.template],
          message: `${stream.integration} repeated POST ${stream.template} ${times(repeated.length)} after an answer that leaves open whether it was done: what was, is there twice`,
          consequence: { calls: repeated.length, seconds: null },
          fix: "before repeating, look whether it is there already (by an external id, by the newest of the list); repeat only reads, and writes that give the same result twice",
          evidence: evidenceOf(repeated)
        }
      ]
    })
}
