/**
 * A tuned poller's calls, sweep by sweep: a limit is met or not by the calls of single minutes, and a sweep makes its
 * calls at once however seldom it comes. Pure.
 */
import { type EndpointName, endpointName } from "../../domain/Endpoint.js"
import type { Sweep } from "../../domain/Poller.js"
import type { EpochMillis } from "../../domain/Time.js"
import { callsOfPart, type DetectedPoller } from "../detection/DetectedPoller.js"

export interface TunedSweeps {
  /** Requests for the list by recorded sweep; 0 for a sweep that is left out. */
  readonly pages: ReadonlyArray<number>
  /** Whether detail calls stay. Those of a sweep that is left out are made in the next one. */
  readonly keepsDetails: boolean
  /** The endpoint that it asks in place of today's. */
  readonly endpoint?: EndpointName
}

export interface TunedPoller {
  readonly poller: DetectedPoller
  /** Share of its calls that goes. */
  readonly saved: number
  readonly sweeps: TunedSweeps
}

interface Thinning {
  /** Share of the sweeps that stays. */
  readonly share: number
  /** Requests of a sweep for each that it makes today on average: more changes gather between two sweeps. */
  readonly pagesPerSweep: number
  /** Sweeps that found something stay: the timer is only slower while nothing is new. */
  readonly keepsFinds: boolean
}

/** Whole sweeps, evenly; the first one stays. */
export const thinned = (
  sweeps: ReadonlyArray<Pick<Sweep, "pages" | "yield">>,
  { keepsFinds, pagesPerSweep, share }: Thinning
): ReadonlyArray<number> => {
  const mean = sweeps.reduce((sum, { pages }) => sum + pages, 0) / Math.max(1, sweeps.length)
  const more = Math.max(0, pagesPerSweep - mean)
  const isFind = (sweep: Pick<Sweep, "yield">): boolean => keepsFinds && sweep.yield !== 0
  const finds = sweeps.filter(isFind).length
  const step = Math.max(0, share * sweeps.length - finds) / Math.max(1, sweeps.length - finds)
  let due = 1 - step
  let added = 0
  return sweeps.map((sweep) => {
    const find = isFind(sweep)
    if (!find) due += step
    if (!find && due < 1 - rounding) return 0
    if (!find) due -= 1
    added += more
    const whole = Math.floor(added + rounding)
    added -= whole
    return sweep.pages + whole
  })
}

/** Rounding of sums of shares. */
const rounding = 1e-9

/** Calls that a poller makes more or fewer than today once it is tuned. */
export interface CallsMoved {
  readonly endpoint: EndpointName
  readonly at: EpochMillis
  readonly calls: number
}

export const tunedCalls = function* ({
  poller,
  sweeps: { endpoint: asked, keepsDetails, pages }
}: Pick<TunedPoller, "poller" | "sweeps">): Generator<CallsMoved> {
  const { details, own, sweeps } = poller
  const today = endpointName(own.recording.stream.method, own.recording.stream.template)
  const made = new Int32Array(sweeps.length)
  for (const { recording, row, sweep } of callsOfPart(own)) {
    if (asked === undefined && made[sweep]! < pages[sweep]!) made[sweep]! += 1
    else yield { endpoint: today, at: recording.calls.startedAt[row]!, calls: -1 }
  }
  for (const [sweep, { startedAt }] of sweeps.entries()) {
    const more = pages[sweep]! - made[sweep]!
    if (more > 0) yield { endpoint: asked ?? today, at: startedAt, calls: more }
  }
  const nextKept = nextKeptOf(pages)
  for (const part of details) {
    const endpoint = endpointName(part.recording.stream.method, part.recording.stream.template)
    for (const { recording, row, sweep } of callsOfPart(part)) {
      const kept = nextKept[sweep]!
      if (keepsDetails && (kept === sweep || kept === sweeps.length)) continue
      yield { endpoint, at: recording.calls.startedAt[row]!, calls: -1 }
      if (keepsDetails) yield { endpoint, at: sweeps[kept]!.startedAt, calls: 1 }
    }
  }
}

/** By sweep: itself where it stays, else the next that does; beyond the last where none does. */
const nextKeptOf = (pages: ReadonlyArray<number>): Int32Array => {
  const next = new Int32Array(pages.length)
  let kept = pages.length
  for (let sweep = pages.length - 1; sweep >= 0; sweep--) {
    if (pages[sweep]! > 0) kept = sweep
    next[sweep] = kept
  }
  return next
}
