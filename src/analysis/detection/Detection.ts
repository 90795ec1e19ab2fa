/**
 * Finds the pollers of a recording: lists that are read in a rhythm with the detail calls that follow from them, and single
 * entities that are asked for again and again. Everything else is unattributed, with what it looks like. Pure.
 */
import { createHash } from "node:crypto"
import { actorOf, type Stream } from "../../domain/Call.js"
import { endpointName } from "../../domain/Endpoint.js"
import { groupBy } from "../../domain/Grouping.js"
import type { Adaptive, Sweep, TrafficKind } from "../../domain/Poller.js"
import { endOf, type Recording, type StreamRecording } from "../../domain/Recording.js"
import { type CatalogueEndpoint, cataloguedEndpoint, type Provider, providerOf } from "../../providers/index.js"
import { bunched } from "./Bunches.js"
import { followersOf } from "./Followers.js"
import { isProbe, isWrite } from "./Methods.js"
import { adaptiveOf } from "./Pace.js"
import { type Rhythm, rhythmOf } from "./Rhythm.js"
import { type Round, roundsOf } from "./Rounds.js"
import { withoutStrays } from "./Strays.js"

/** The calls of one stream that belong to a poller. */
export interface PollerPart {
  readonly recording: StreamRecording
  /** By row: the place of its sweep, below zero where the call is not this poller's. */
  readonly sweepOf: Int32Array
}

export interface DetectedPoller {
  readonly id: string
  readonly stream: Stream
  readonly provider: Provider | null
  readonly endpoint: CatalogueEndpoint | null
  readonly sweeps: ReadonlyArray<Sweep>
  readonly rhythm: Rhythm
  readonly adaptive: Adaptive | null
  /** Its calls of one sweep are several questions of one shape, and no pages of one list. */
  readonly fansOut: boolean
  readonly own: PollerPart
  readonly details: ReadonlyArray<PollerPart>
  readonly calls: number
}

export interface PlacedCall {
  readonly recording: StreamRecording
  readonly row: number
  /** Of its poller; below zero elsewhere. */
  readonly sweep: number
}

/** A poller's calls, part by part: its own first, then its details. */
export const callsOf = function* ({ details, own }: DetectedPoller): Generator<PlacedCall> {
  for (const part of [own, ...details]) yield* callsOfPart(part)
}

export const callsOfPart = function* ({ recording, sweepOf }: PollerPart): Generator<PlacedCall> {
  for (let row = 0; row < sweepOf.length; row++) {
    const sweep = sweepOf[row]!
    if (sweep >= 0) yield { recording, row, sweep }
  }
}

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
  readonly rounds: ReadonlyArray<Round>
  readonly sweepOf: Int32Array
  readonly rhythm: Rhythm
  readonly fansOut: boolean
  readonly details: Array<PollerPart>
}

/** What one program does with one key on one account. */
const detectOfActor = (streams: ReadonlyArray<StreamRecording>): Detection => {
  const unattributed: Array<Unattributed> = []
  const candidates: Array<Candidate> = []
  const details: Array<StreamRecording> = []
  const leave = (recording: StreamRecording, rows: ReadonlyArray<number>, kind: TrafficKind) => {
    if (rows.length > 0) unattributed.push({ stream: recording.stream, recording, rows, kind })
  }
  for (const recording of streams) {
    const { calls, stream } = recording
    const kind = endpointOf(stream)?.kind
    // A view's id in a path does not make it about one entity.
    const aboutOne = stream.template.includes("{") && kind !== "list" && kind !== "search"
    if (isWrite(stream)) leave(recording, allRows(calls.length), "write")
    else if (isProbe(stream)) leave(recording, allRows(calls.length), "probe")
    else if (aboutOne) details.push(recording)
    else {
      const cut = roundsOf(calls, null, pageCeilingOf(stream))
      const bunches = bunched(cut)
      const bunchRhythm = bunches === null ? null : rhythmOf(lanesOf(bunches.rounds))
      const rhythm = bunchRhythm ?? rhythmOf(lanesOf(cut.rounds))
      if (rhythm === null) leave(recording, allRows(calls.length), kindOfRounds(cut.rounds))
      else {
        const fansOut = bunchRhythm !== null
        const { rounds, sweepOf } = withoutStrays(fansOut ? bunches! : cut, rhythm)
        leave(
          recording,
          rowsWhere(sweepOf, (sweep) => sweep < 0),
          "irregular"
        )
        candidates.push({ recording, rounds, sweepOf, rhythm, fansOut, details: [] })
      }
    }
  }
  for (const following of followersOf(candidates, details)) {
    const { calls } = following.recording
    for (const [index, candidate] of candidates.entries()) {
      const sweepOf = following.roundOf.map((round, row) => (following.leaderOf[row] === index ? round : -1))
      if (sweepOf.some((sweep) => sweep >= 0)) candidate.details.push({ recording: following.recording, sweepOf })
    }
    const left = rowsWhere(following.leaderOf, (leader) => leader < 0)
    if (left.length > 0) judgeItems(following.recording, left, calls.length, candidates, leave)
  }
  return { pollers: candidates.map(pollerOf), unattributed }
}

/** This long has one entity to be asked for before it is a poller and no waiting for an end. */
const lastingMs = 3_600_000
const fewestOfLoop = 3
const loopGapMs = 120_000

/** One entity asked for again and again is a poller of its own; where it ends soon, somebody waited for something. */
const judgeItems = (
  recording: StreamRecording,
  rows: ReadonlyArray<number>,
  length: number,
  candidates: Array<Candidate>,
  leave: (recording: StreamRecording, rows: ReadonlyArray<number>, kind: TrafficKind) => void
): void => {
  const { calls, stream } = recording
  const sweepOf = new Int32Array(length).fill(-1)
  let main: { readonly rounds: ReadonlyArray<Round>; readonly rhythm: Rhythm; readonly subject: number } | null = null
  const kept: Array<{ readonly rows: ReadonlyArray<number>; readonly subject: number }> = []
  const loops: Array<number> = []
  const others: Array<number> = []
  for (const [subject, own] of groupBy(rows, (row) => calls.subject[row]!)) {
    const cut = roundsOf(calls, own, pageCeilingOf(stream))
    const rhythm = rhythmOf(lanesOf(cut.rounds))
    const span = calls.startedAt[own.at(-1)!]! - calls.startedAt[own[0]!]!
    const waits = endpointOf(stream)?.kind === "admin"
    if (rhythm !== null && span >= lastingMs && !(waits && cut.rounds.length < 100)) {
      kept.push({ rows: own, subject })
      if (main === null || cut.rounds.length > main.rounds.length) main = { rounds: cut.rounds, rhythm, subject }
    } else if (own.length >= fewestOfLoop && span / own.length < loopGapMs) loops.push(...own)
    else others.push(...own)
  }
  leave(
    recording,
    loops.sort((a, b) => a - b),
    "loop"
  )
  leave(
    recording,
    others.sort((a, b) => a - b),
    "detail"
  )
  if (main === null) return
  // The entity asked for most sets the sweeps; the others' calls are in the sweep that runs.
  const { rounds } = main
  for (const { rows: own } of kept) {
    let at = 0
    for (const row of own) {
      while (at + 1 < rounds.length && rounds[at + 1]!.startedAt <= calls.startedAt[row]!) at += 1
      sweepOf[row] = at
    }
  }
  candidates.push({ recording, rounds, sweepOf, rhythm: main.rhythm, fansOut: false, details: [] })
}

const allRows = (length: number): ReadonlyArray<number> => Array.from({ length }, (_, row) => row)

const rowsWhere = (column: Int32Array, holds: (value: number) => boolean): ReadonlyArray<number> => {
  const rows: Array<number> = []
  for (let row = 0; row < column.length; row++) if (holds(column[row]!)) rows.push(row)
  return rows
}

const endpointOf = (stream: Stream): CatalogueEndpoint | null =>
  cataloguedEndpoint(providerOf(stream.product), stream.method, stream.template)

/** Search gives fewer pages than lists do; what no provider knows has no ceiling that we know of. */
const pageCeilingOf = (stream: Stream): number => providerOf(stream.product)?.pageCeiling ?? Number.POSITIVE_INFINITY

const lanesOf = (rounds: ReadonlyArray<Round>): ReadonlyArray<ReadonlyArray<number>> =>
  [...groupBy(rounds, ({ process }) => process).values()].map((own) => own.map(({ startedAt }) => startedAt))

const fewestOfBurst = 10

const kindOfRounds = (rounds: ReadonlyArray<Round>): TrafficKind => {
  const calls = rounds.reduce((sum, { pages }) => sum + pages, 0)
  if (rounds.length === 1 && calls > 1) return "export"
  const spanMs = rounds.at(-1)!.endedAt - rounds[0]!.startedAt
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

const pollerOf = ({ details, fansOut, recording, rhythm, rounds, sweepOf }: Candidate): DetectedPoller => {
  const { stream } = recording
  const own = { recording, sweepOf }
  const sweeps = rounds.map((round) => ({
    startedAt: round.startedAt,
    endedAt: round.startedAt,
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
      const fresh = calls.newVersions[row]!
      if (status > 0 && status < 300 && fresh < 0) sweep.yield = null
      else if (sweep.yield !== null) sweep.yield += Math.max(0, fresh)
    }
  }
  return {
    id: pollerId(stream),
    stream,
    provider: providerOf(stream.product),
    endpoint: endpointOf(stream),
    sweeps,
    rhythm,
    // Of several that take turns the intervals are nobody's own.
    adaptive: rhythm.instances === 1 ? adaptiveOf(sweeps) : null,
    fansOut,
    own,
    details: parts,
    calls: count
  }
}
