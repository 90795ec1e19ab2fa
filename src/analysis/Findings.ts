/** Findings: what is wrong with the polling as it is, each with evidence and what to do. Pure. */

import type { Call, CallId } from "../domain/Call.js"
import { endpointName } from "../domain/Endpoint.js"
import { groupBy } from "../domain/Grouping.js"
import type { Finding } from "../domain/Poller.js"
import { cataloguedEndpoint } from "../providers/index.js"
import type { Recording } from "../store/service.js"
import type { DetectedPoller } from "./Sweeps.js"

const evidenceCount = 5
const first = (calls: ReadonlyArray<Call>): ReadonlyArray<CallId> =>
  calls.slice(0, evidenceCount).map((call) => call.id)
const who = (poller: DetectedPoller): string =>
  `${poller.stream.integration} (${endpointName(poller.stream.method, poller.stream.template)})`

/** A 429, and the next call of the same poller before its `Retry-After` was over. */
const ignoresThrottling = (poller: DetectedPoller): Finding | null => {
  const evidence: Array<Call> = []
  let throttled = 0
  for (let index = 0; index < poller.calls.length; index++) {
    const call = poller.calls[index]!
    if (call.status !== 429) continue
    throttled += 1
    const next = poller.calls[index + 1]
    const wait = (call.retryAfterSeconds ?? 1) * 1000
    if (next !== undefined && next.startedAt < call.startedAt + (call.durationMs ?? 0) + wait * 0.9) evidence.push(call)
  }
  if (evidence.length === 0) return null
  return {
    rule: "throttling-ignored",
    severity: "error",
    pollerId: poller.id,
    message: `${who(poller)} was refused ${throttled} times (429) and went on at once ${evidence.length} times: those pages are missing, and others on the account pay for it`,
    fix: "wait for Retry-After before the next call, and ask for the refused page again",
    evidence: first(evidence)
  }
}

const detailPerItem = (poller: DetectedPoller): Finding | null => {
  const details = poller.sweeps.reduce((sum, sweep) => sum + sweep.detailCalls, 0)
  if (details < poller.sweeps.length * 0.5) return null
  const template = poller.detailStreams[0]!.template
  const evidence = poller.calls.filter((call) => poller.detailStreams.some((stream) => stream.id === call.stream))
  return {
    rule: "detail-call-per-item",
    severity: "warning",
    pollerId: poller.id,
    message: `${who(poller)} makes one more call per changed item: ${details} calls to GET ${template}`,
    fix: "take the detail from the event that the change fires, or embed it in the list where the API can (include=)",
    evidence: first(evidence)
  }
}

const noTimeFilter = (poller: DetectedPoller): Finding | null => {
  const filter = poller.endpoint?.timeFilter
  if (filter === undefined || poller.endpoint?.kind !== "list" || poller.stream.query.includes(filter)) return null
  const seen = poller.calls.reduce((sum, call) => sum + (call.items ?? 0), 0)
  const fresh = poller.calls.reduce((sum, call) => sum + (call.newVersions ?? 0), 0)
  if (seen === 0 || fresh > seen / 2) return null
  return {
    rule: "whole-list-every-time",
    severity: "warning",
    pollerId: poller.id,
    message: `${who(poller)} read ${seen} items to find ${fresh} new versions: it asks for the whole list each time`,
    fix: `ask with ${filter}= and an overlap, so that a sweep brings only what changed`,
    evidence: first(poller.calls)
  }
}

const sameData = (pollers: ReadonlyArray<DetectedPoller>): ReadonlyArray<Finding> => {
  const lists = pollers.filter(({ endpoint }) => endpoint?.entity != null && endpoint.kind === "list")
  const groups = groupBy(lists, ({ endpoint, stream }) => `${stream.account} ${endpoint!.entity}`)
  return [...groups.values()]
    .filter((group) => group.length > 1)
    .map((group) => ({
      rule: "same-data-polled-twice",
      severity: "info" as const,
      pollerId: group[0]!.id,
      message: `${group.length} pollers read the same data (${group[0]!.endpoint!.entity}) of ${group[0]!.stream.account}: ${group.map((poller) => poller.stream.integration).join(", ")}`,
      fix: "one subscription can feed them all",
      evidence: group.flatMap((poller) => first(poller.calls).slice(0, 1))
    }))
}

/** A version that comes this soon after a write of the same integration to the same entity is that write's own. */
const echoWithinMs = 2_000
/** Fewer are a coincidence, or a person. */
const fewestEchoes = 3

/**
 * An integration that writes to what it polls sees its own writes come back as news; as events they would make it write
 * again. Told by time and entity: a write, and a new version of that entity within two seconds, seen by its own poller.
 */
const ownEcho = (poller: DetectedPoller, recording: Recording): Finding | null => {
  const { stream } = poller
  const entity = poller.endpoint?.entity
  if (entity == null) return null
  const writes = new Map<string, Array<Call>>()
  const streams = new Map(
    recording.streams
      .filter(
        (other) =>
          other.account === stream.account &&
          other.integration === stream.integration &&
          (other.method === "PUT" || other.method === "POST" || other.method === "PATCH") &&
          cataloguedEndpoint(poller.provider, other.method, other.template)?.entity === entity
      )
      .map((other) => [other.id, other])
  )
  if (streams.size === 0) return null
  for (const call of recording.calls) {
    if (!streams.has(call.stream) || call.subject === null || call.status === null || call.status >= 300) continue
    const known = writes.get(call.subject)
    if (known === undefined) writes.set(call.subject, [call])
    else known.push(call)
  }
  const evidence = new Map<number, Call>()
  for (const version of recording.versions) {
    if (version.stream !== stream.id || version.updatedAt === null) continue
    const own = writes.get(version.entityId)?.find(
      (call) =>
        // Stamps have whole seconds, so one may lie just before the write that made it.
        version.updatedAt! >= call.startedAt - 1_000 &&
        version.updatedAt! <= call.startedAt + (call.durationMs ?? 0) + echoWithinMs
    )
    if (own !== undefined) evidence.set(own.id, own)
  }
  if (evidence.size < fewestEchoes) return null
  return {
    rule: "own-echo",
    severity: "warning",
    pollerId: poller.id,
    message: `${who(poller)} wrote ${evidence.size} times to what it polls, and each write came back to it as a change: with webhooks each write would fire an event, and an integration that answers events by writing would never stop`,
    fix: "set the source's serviceAccount, so that rules leave its changes out and the receiver marks them as echoes; handle no event that has an echo",
    evidence: first([...evidence.values()])
  }
}

export const findAll = (pollers: ReadonlyArray<DetectedPoller>, recording: Recording): ReadonlyArray<Finding> => [
  ...pollers.flatMap((poller) =>
    [ignoresThrottling(poller), detailPerItem(poller), noTimeFilter(poller), ownEcho(poller, recording)].filter(
      (finding) => finding !== null
    )
  ),
  ...sameData(pollers)
]
