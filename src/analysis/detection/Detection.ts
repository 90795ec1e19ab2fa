/**
 * Finds the pollers of a recording: lists read in a rhythm, with their detail calls, and single entities requested
 * again and again. All other calls are unattributed, each group with the kind of traffic that it looks like. Pure.
 */
import { createHash } from "node:crypto"
import { actorOf, type Stream } from "../../domain/Call.js"
import { endpointName } from "../../domain/Endpoint.js"
import { groupBy } from "../../domain/Grouping.js"
import type { TrafficKind } from "../../domain/Poller.js"
import { endOf, type Recording, type StreamRecording } from "../../domain/Recording.js"
import { type CatalogueEndpoint, cataloguedEndpoint, providerOf } from "../../providers/index.js"
import { adaptivePolling } from "./AdaptivePolling.js"
import { attributeDetailCalls } from "./DetailCalls.js"
import type { DetectedPoller, PollerPart } from "./DetectedPoller.js"
import { mergeFanOut } from "./FanOut.js"
import { withoutOffRhythm } from "./OffRhythmCalls.js"
import { isProbe, isWrite } from "./ReadOrWrite.js"
import { type Rhythm, rhythmOf } from "./Rhythm.js"
import { type SweepSegment, segmentSweeps } from "./SweepSegmentation.js"

export interface Unattributed {
  readonly stream: Stream
  readonly recording: StreamRecording
  readonly rows: ReadonlyArray<number>
  readonly kind: TrafficKind
}

export interface Detection {
  readonly pollers: ReadonlyArray<DetectedPoller>
  readonly unattributed: ReadonlyArray<Unattributed>
}

export const detectPollers = (recording: Recording): Detection => {
  const pollers: Array<DetectedPoller> = []
  const unattributed: Array<Unattributed> = []
  const actors = groupBy(recording.streams, ({ stream }) => actorOf(stream))
  for (const streams of actors.values()) {
    const found = detectOfActor(streams)
    pollers.push(...found.pollers)
    unattributed.push(...found.unattributed)
  }
  const name = (stream: Stream) =>
    `${stream.account} ${stream.integration} ${endpointName(stream.method, stream.template)} ${stream.query} ${stream.principal}`
  pollers.sort((a, b) => b.calls - a.calls || (name(a.stream) < name(b.stream) ? -1 : 1))
  unattributed.sort((a, b) => (name(a.stream) < name(b.stream) ? -1 : 1))
  return { pollers, unattributed }
}

interface Candidate {
  readonly recording: StreamRecording
  readonly segments: ReadonlyArray<SweepSegment>
  readonly sweepOf: Int32Array
  readonly rhythm: Rhythm
  readonly fansOut: boolean
  readonly details: Array<PollerPart>
}

type LeaveUnattributed = (recording: StreamRecording, rows: ReadonlyArray<number>, kind: TrafficKind) => void

/** The pollers among the streams of one integration and principal on one account. */
const detectOfActor = (streams: ReadonlyArray<StreamRecording>): Detection => {
  const unattributed: Array<Unattributed> = []
  const candidates: Array<Candidate> = []
  const details: Array<StreamRecording> = []
  const leave: LeaveUnattributed = (recording, rows, kind) => {
    if (rows.length > 0) unattributed.push({ stream: recording.stream, recording, rows, kind })
  }
  for (const recording of streams) {
    const { calls, stream } = recording
    const kind = endpointOf(stream)?.kind
    // A path with a view's id is still a list.
    const aboutOne = stream.template.includes("{") && kind !== "list" && kind !== "search"
    if (isWrite(stream)) leave(recording, allRows(calls.length), "write")
    else if (isProbe(stream)) leave(recording, allRows(calls.length), "probe")
    else if (aboutOne) details.push(recording)
    else {
      const candidate = listPoller(recording, leave)
      if (candidate !== null) candidates.push(candidate)
    }
  }
  for (const attribution of attributeDetailCalls(candidates, details)) {
    const { listOf, recording, segmentOf } = attribution
    for (const [index, candidate] of candidates.entries()) {
      const sweepOf = segmentOf.map((segment, row) => (listOf[row] === index ? segment : -1))
      if (sweepOf.some((sweep) => sweep >= 0)) candidate.details.push({ recording, sweepOf })
    }
    const left = rowsWhere(listOf, (list) => list < 0)
    const candidate = left.length === 0 ? null : entityPoller(recording, left, leave)
    if (candidate !== null) candidates.push(candidate)
  }
  return { pollers: candidates.map(pollerOf), unattributed }
}

/** The poller of a list stream; `null` where its calls have no rhythm. */
const listPoller = (recording: StreamRecording, leave: LeaveUnattributed): Candidate | null => {
  const { calls, stream } = recording
  const single = segmentSweeps(calls, null, pageCeilingOf(stream))
  const merged = mergeFanOut(single)
  const mergedRhythm = merged === null ? null : rhythmOf(startsByProcess(merged.segments))
  const rhythm = mergedRhythm ?? rhythmOf(startsByProcess(single.segments))
  if (rhythm === null) {
    leave(recording, allRows(calls.length), kindOf(single.segments))
    return null
  }
  const fansOut = mergedRhythm !== null
  const { segmentOf, segments } = withoutOffRhythm(fansOut ? merged! : single, rhythm)
  const offRhythm = rowsWhere(segmentOf, (segment) => segment < 0)
  leave(recording, offRhythm, "irregular")
  return { recording, segments, sweepOf: segmentOf, rhythm, fansOut, details: [] }
}

/**
 * An entity that is requested for at least this long has a poller; for less, the program waits for something to end.
 */
const lastingMs = 3_600_000
/** Administrative endpoints, such as a job's state, are waited for: only this many sweeps make a poller. */
const fewestAdminSweeps = 100
const fewestOfLoop = 3
const loopGapMs = 120_000

/** The poller of a detail stream, from calls that follow no list: entities requested again and again. */
const entityPoller = (
  recording: StreamRecording,
  rows: ReadonlyArray<number>,
  leave: LeaveUnattributed
): Candidate | null => {
  const { calls, stream } = recording
  const sweepOf = new Int32Array(calls.length).fill(-1)
  let main: { readonly segments: ReadonlyArray<SweepSegment>; readonly rhythm: Rhythm } | null = null
  const polled: Array<ReadonlyArray<number>> = []
  const loops: Array<number> = []
  const others: Array<number> = []
  for (const own of groupBy(rows, (row) => calls.subject[row]!).values()) {
    const { segments } = segmentSweeps(calls, own, pageCeilingOf(stream))
    const rhythm = rhythmOf(startsByProcess(segments))
    const span = calls.startedAt[own.at(-1)!]! - calls.startedAt[own[0]!]!
    const waits = endpointOf(stream)?.kind === "admin"
    if (rhythm !== null && span >= lastingMs && !(waits && segments.length < fewestAdminSweeps)) {
      polled.push(own)
      if (main === null || segments.length > main.segments.length) main = { segments, rhythm }
    } else if (own.length >= fewestOfLoop && span / own.length < loopGapMs) loops.push(...own)
    else others.push(...own)
  }
  const rising = (some: Array<number>) => some.sort((a, b) => a - b)
  leave(recording, rising(loops), "loop")
  leave(recording, rising(others), "detail")
  if (main === null) return null
  // The entity with the most calls sets the sweeps; calls for the others belong to the sweep under way.
  const { rhythm, segments } = main
  for (const own of polled) {
    let at = 0
    for (const row of own) {
      while (at + 1 < segments.length && segments[at + 1]!.startedAt <= calls.startedAt[row]!) at += 1
      sweepOf[row] = at
    }
  }
  return { recording, segments, sweepOf, rhythm, fansOut: false, details: [] }
}

const allRows = (length: number): ReadonlyArray<number> => Array.from({ length }, (_, row) => row)

const rowsWhere = (column: Int32Array, holds: (value: number) => boolean): ReadonlyArray<number> => {
  const rows: Array<number> = []
  for (let row = 0; row < column.length; row++) if (holds(column[row]!)) rows.push(row)
  return rows
}

const endpointOf = (stream: Stream): CatalogueEndpoint | null =>
  cataloguedEndpoint(providerOf(stream.product), stream.method, stream.template)

/** Infinite for unknown APIs. */
const pageCeilingOf = (stream: Stream): number => providerOf(stream.product)?.pageCeiling ?? Number.POSITIVE_INFINITY

const startsByProcess = (segments: ReadonlyArray<SweepSegment>): ReadonlyArray<ReadonlyArray<number>> =>
  [...groupBy(segments, ({ process }) => process).values()].map((own) => own.map(({ startedAt }) => startedAt))

const fewestOfBurst = 10

/** Pattern of the calls of a list without a rhythm. */
const kindOf = (segments: ReadonlyArray<SweepSegment>): TrafficKind => {
  const calls = segments.reduce((sum, { pages }) => sum + pages, 0)
  if (segments.length === 1 && calls > 1) return "export"
  const spanMs = segments.at(-1)!.endedAt - segments[0]!.startedAt
  return calls >= fewestOfBurst && spanMs / calls < 1_000 ? "burst" : "irregular"
}

export const pollerId = (stream: Stream): string =>
  `p_${createHash("sha256")
    .update(
      [stream.integration, stream.principal ?? "", stream.account, stream.method, stream.template, stream.query].join(
        "\0"
      )
    )
    .digest("hex")
    .slice(0, 8)}`

const pollerOf = ({ details, fansOut, recording, rhythm, segments, sweepOf }: Candidate): DetectedPoller => {
  const { stream } = recording
  const own = { recording, sweepOf }
  const sweeps = segments.map(({ startedAt }) => ({
    startedAt,
    endedAt: startedAt,
    pages: 0,
    detailCalls: 0,
    throttled: 0,
    failed: true,
    items: 0,
    yield: 0 as number | null
  }))
  let count = 0
  const parts = [...details].sort((a, b) => (a.recording.stream.template < b.recording.stream.template ? -1 : 1))
  for (const part of [own, ...parts]) {
    const { calls } = part.recording
    for (let row = 0; row < calls.length; row++) {
      const sweep = sweeps[part.sweepOf[row]!]
      if (sweep === undefined) continue
      count += 1
      const status = calls.status[row]!
      sweep.endedAt = Math.max(sweep.endedAt, endOf(calls, row))
      if (part === own) sweep.pages += 1
      else sweep.detailCalls += 1
      if (status === 429) sweep.throttled += 1
      if (status > 0 && status < 400) sweep.failed = false
      if (part === own) sweep.items += Math.max(0, calls.items[row]!)
      const newVersions = calls.newVersions[row]!
      if (status > 0 && status < 300 && newVersions < 0) sweep.yield = null
      else if (sweep.yield !== null) sweep.yield += Math.max(0, newVersions)
    }
  }
  return {
    id: pollerId(stream),
    stream,
    provider: providerOf(stream.product),
    endpoint: endpointOf(stream),
    sweeps,
    rhythm,
    // Where instances take turns, an interval is not one program's choice.
    adaptive: rhythm.instances === 1 ? adaptivePolling(sweeps) : null,
    fansOut,
    own,
    details: parts,
    calls: count
  }
}
