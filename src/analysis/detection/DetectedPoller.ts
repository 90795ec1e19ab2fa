/** A poller as detection finds it: its sweeps, its rhythm, and which recorded calls are its own. Pure. */
import type { Stream } from "../../domain/Call.js"
import { endpointName } from "../../domain/Endpoint.js"
import type { Adaptive, Sweep } from "../../domain/Poller.js"
import type { StreamRecording } from "../../domain/Recording.js"
import { type CatalogueEndpoint, cataloguedEndpoint, type Provider } from "../../providers/index.js"
import type { Rhythm } from "./Rhythm.js"
import { inTimeOrder } from "./TimeOrder.js"

/** The calls of one stream that belong to a poller. */
export interface PollerPart {
  readonly recording: StreamRecording
  /** By row: the index of its sweep, below zero where the call is not this poller's. */
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
  /** The calls of one sweep are several requests of one shape, not pages of one list (FanOut.ts). */
  readonly fansOut: boolean
  readonly own: PollerPart
  readonly details: ReadonlyArray<PollerPart>
  readonly calls: number
}

export interface PlacedCall {
  readonly recording: StreamRecording
  readonly row: number
  /** Index of the poller's sweep; below zero for calls of no poller. */
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

/** A poller's calls, details included, oldest first. */
export const callsInTime = function* ({ details, own }: DetectedPoller): Generator<PlacedCall> {
  const parts = [own, ...details]
  for (const { index, row } of inTimeOrder(parts.map(({ recording }) => recording))) {
    const { recording, sweepOf } = parts[index]!
    const sweep = sweepOf[row]!
    if (sweep >= 0) yield { recording, row, sweep }
  }
}

/** The entity types that a poller brings: its list's, and those of its detail calls. */
export const entitiesOf = ({ details, endpoint, provider }: DetectedPoller): ReadonlyArray<string> => {
  const names = new Set<string>(endpoint?.entity == null ? [] : [endpoint.entity])
  for (const { recording } of details) {
    const detail = cataloguedEndpoint(provider, recording.stream.method, recording.stream.template)
    if (detail?.entity != null) names.add(detail.entity)
  }
  return [...names]
}

/** Items of a page where neither the query nor an answer tells. */
const usualPerPage = 30

/** Items of a full page: as the query asks, else the fullest first page that another followed, else as is usual. */
export const pageSizeOf = ({ own, stream, sweeps }: DetectedPoller): number => {
  const asked = Number(new URLSearchParams(stream.query).get("per_page") ?? Number.NaN)
  if (asked > 0) return asked
  const { items, page } = own.recording.calls
  let fullest = 0
  for (const { row, sweep } of callsOfPart(own))
    if (page[row]! <= 1 && sweeps[sweep]!.pages > 1) fullest = Math.max(fullest, items[row]!)
  return fullest > 0 ? fullest : usualPerPage
}

/** A search for everything changed since a time: a list in disguise. */
export const isSearchFeed = ({ endpoint, stream }: DetectedPoller): boolean =>
  endpoint?.kind === "search" && stream.query.includes("@changes")

/** Integration and endpoint, for a sentence. */
export const nameOf = ({ stream }: Pick<DetectedPoller, "stream">): string =>
  `${stream.integration} (${endpointName(stream.method, stream.template)})`
