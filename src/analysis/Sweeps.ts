/**
 * Groups recorded calls into sweeps, and streams that sweep at a steady interval into pollers. What is neither a
 * sweep's page nor a detail call that follows from one stays unattributed, and is reported. Pure.
 */

import { createHash } from "node:crypto"
import type { Call, Stream } from "../domain/Call.js"
import { endpointName } from "../domain/Endpoint.js"
import { groupBy } from "../domain/Grouping.js"
import type { Sweep } from "../domain/Poller.js"
import { median, medianAbsoluteDeviation } from "../domain/Quantiles.js"
import { type CatalogueEndpoint, cataloguedEndpoint, type Provider, providerOf } from "../providers/index.js"
import type { Recording } from "../store/service.js"

export interface DetectedPoller {
  readonly id: string
  readonly stream: Stream
  readonly provider: Provider | null
  readonly endpoint: CatalogueEndpoint | null
  readonly sweeps: ReadonlyArray<Sweep>
  readonly intervalSeconds: number
  readonly jitterSeconds: number
  /** Its pages and its detail calls, in the order of time. */
  readonly calls: ReadonlyArray<Call>
  readonly detailStreams: ReadonlyArray<Stream>
}

export interface Detection {
  readonly pollers: ReadonlyArray<DetectedPoller>
  readonly unattributed: ReadonlyArray<{ readonly stream: Stream; readonly calls: ReadonlyArray<Call> }>
}

/** Fewer sweeps than this show no interval. */
const fewestSweeps = 4
/** Intervals may stray from their median by this share of it, and still be one rhythm. */
const largestSpread = 0.35
/** A detail call follows its list, or the detail call before it, within this time. */
const detailGapMs = 30_000
/** A refused page is asked for again within this time, or it is a new sweep. */
const retryGapMs = 120_000

interface MutableSweep {
  startedAt: number
  endedAt: number
  pages: number
  detailCalls: number
  throttled: number
  yield: number | null
  lastPage: number
  lastFailed: boolean
}

const endOf = (call: Call): number => call.startedAt + (call.durationMs ?? 0)
const failed = (call: Call): boolean => call.status === null || call.status === 429 || call.status >= 500

const addYield = (sweep: MutableSweep, call: Call): void => {
  if (call.status !== null && call.status < 300 && call.newVersions === null) sweep.yield = null
  else if (sweep.yield !== null) sweep.yield += call.newVersions ?? 0
}

const sweepsOf = (calls: ReadonlyArray<Call>): ReadonlyArray<MutableSweep> => {
  const sweeps: Array<MutableSweep> = []
  for (const call of calls) {
    const page = call.page ?? 1
    const last = sweeps.at(-1)
    const sameRound =
      last !== undefined &&
      call.startedAt - last.endedAt < retryGapMs &&
      (page > last.lastPage || (page === last.lastPage && last.lastFailed))
    const sweep: MutableSweep =
      sameRound && last !== undefined
        ? last
        : {
            startedAt: call.startedAt,
            endedAt: 0,
            pages: 0,
            detailCalls: 0,
            throttled: 0,
            yield: 0,
            lastPage: 0,
            lastFailed: false
          }
    if (sweep !== last) sweeps.push(sweep)
    sweep.endedAt = Math.max(sweep.endedAt, endOf(call))
    sweep.pages += 1
    sweep.lastPage = page
    sweep.lastFailed = failed(call)
    if (call.status === 429) sweep.throttled += 1
    addYield(sweep, call)
  }
  return sweeps
}

const intervalsOf = (sweeps: ReadonlyArray<MutableSweep>): Array<number> =>
  sweeps.slice(1).map((sweep, index) => (sweep.startedAt - sweeps[index]!.startedAt) / 1000)

const isRhythm = (intervals: ReadonlyArray<number>): boolean => {
  const centre = median(intervals)
  if (centre === null || intervals.length < fewestSweeps - 1 || centre < 1) return false
  return medianAbsoluteDeviation(intervals)! <= centre * largestSpread
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

interface Candidate {
  readonly stream: Stream
  readonly provider: Provider | null
  readonly endpoint: CatalogueEndpoint | null
  readonly pages: ReadonlyArray<Call>
  readonly sweeps: ReadonlyArray<MutableSweep>
  readonly calls: Array<Call>
  readonly detailStreams: Set<Stream>
}

export const detectPollers = (recording: Recording): Detection => {
  const callsByStream = groupBy(recording.calls, (call) => call.stream)
  const catalogued = (stream: Stream): CatalogueEndpoint | null =>
    cataloguedEndpoint(providerOf(stream.product), stream.method, stream.template)

  const candidates: Array<Candidate> = []
  const details: Array<{ readonly stream: Stream; readonly calls: ReadonlyArray<Call> }> = []
  const unattributed: Array<{ stream: Stream; calls: Array<Call> }> = []
  for (const stream of recording.streams) {
    const calls = callsByStream.get(stream.id)
    if (calls === undefined) continue
    const endpoint = catalogued(stream)
    // A view's id in a path does not make it about one entity.
    const lists = endpoint?.kind === "list" || endpoint?.kind === "search"
    const aboutOne = stream.template.includes("{") && !lists
    if (stream.method !== "GET") unattributed.push({ stream, calls })
    else if (aboutOne) details.push({ stream, calls })
    else {
      const sweeps = sweepsOf(calls)
      if (isRhythm(intervalsOf(sweeps))) {
        candidates.push({
          stream,
          provider: providerOf(stream.product),
          endpoint,
          pages: calls,
          sweeps,
          calls: [...calls],
          detailStreams: new Set()
        })
      } else unattributed.push({ stream, calls })
    }
  }

  for (const { calls, stream } of details) {
    const near = candidates.filter(
      ({ stream: list }) =>
        list.integration === stream.integration &&
        list.principal === stream.principal &&
        list.account === stream.account
    )
    const left: Array<Call> = []
    for (const call of calls) {
      const owner = sweepBefore(near, call)
      if (owner === null) {
        left.push(call)
        continue
      }
      const { candidate, sweep } = owner
      sweep.detailCalls += 1
      sweep.endedAt = Math.max(sweep.endedAt, endOf(call))
      if (call.status === 429) sweep.throttled += 1
      addYield(sweep, call)
      candidate.calls.push(call)
      candidate.detailStreams.add(stream)
    }
    if (left.length === 0) continue
    // One entity asked for again and again is a poller of its own.
    const sweeps = sweepsOf(left)
    const subjects = new Set(left.map((call) => call.subject))
    if (subjects.size === 1 && isRhythm(intervalsOf(sweeps))) {
      candidates.push({
        stream,
        provider: providerOf(stream.product),
        endpoint: catalogued(stream),
        pages: left,
        sweeps,
        calls: left,
        detailStreams: new Set()
      })
    } else unattributed.push({ stream, calls: left })
  }

  const pollers = candidates.map((candidate): DetectedPoller => {
    const intervals = intervalsOf(candidate.sweeps)
    candidate.calls.sort((a, b) => a.startedAt - b.startedAt || a.id - b.id)
    return {
      id: pollerId(candidate.stream),
      stream: candidate.stream,
      provider: candidate.provider,
      endpoint: candidate.endpoint,
      sweeps: candidate.sweeps,
      intervalSeconds: median(intervals)!,
      jitterSeconds: medianAbsoluteDeviation(intervals)!,
      calls: candidate.calls,
      detailStreams: [...candidate.detailStreams].sort((a, b) => (a.template < b.template ? -1 : 1))
    }
  })
  const name = (stream: Stream) =>
    `${stream.account} ${stream.integration} ${endpointName(stream.method, stream.template)} ${stream.query} ${stream.principal}`
  pollers.sort((a, b) => b.calls.length - a.calls.length || (name(a.stream) < name(b.stream) ? -1 : 1))
  unattributed.sort((a, b) => (name(a.stream) < name(b.stream) ? -1 : 1))
  return { pollers, unattributed }
}

/** The sweep that a detail call follows from: the one last active before it, near enough. */
const sweepBefore = (
  candidates: ReadonlyArray<Candidate>,
  call: Call
): { candidate: Candidate; sweep: MutableSweep } | null => {
  let found: { candidate: Candidate; sweep: MutableSweep } | null = null
  for (const candidate of candidates) {
    let low = 0
    let high = candidate.sweeps.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (candidate.sweeps[middle]!.startedAt <= call.startedAt) low = middle + 1
      else high = middle
    }
    const sweep = candidate.sweeps[low - 1]
    if (sweep === undefined || call.startedAt - sweep.endedAt > detailGapMs) continue
    if (found === null || sweep.startedAt > found.sweep.startedAt) found = { candidate, sweep }
  }
  return found
}
