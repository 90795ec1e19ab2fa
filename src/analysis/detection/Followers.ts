/**
 * Detail calls: what a program asks about single entities because a list has just told it of them. Each is given to the
 * round that it follows from. Pure.
 */
import { groupBy } from "../../domain/Grouping.js"
import { endOf, failedAt, type StreamRecording } from "../../domain/Recording.js"
import type { EpochMillis } from "../../domain/Time.js"
import type { Round } from "./Rounds.js"

/** A list whose rounds may have details. */
export interface Leader {
  readonly recording: StreamRecording
  readonly rounds: ReadonlyArray<Round>
}

/** By detail stream: for each row the leader and the round that it follows from, below zero where there is none. */
export interface Following {
  readonly recording: StreamRecording
  readonly leaderOf: Int32Array
  readonly roundOf: Int32Array
}

/** A detail call begins within this time after the list, or after the detail call before it. */
const followGapMs = 5_000

interface Activity {
  /** Places of the rounds of one process, and of the last of them that has begun. */
  readonly places: ReadonlyArray<number>
  at: number
  /** When its last call, list or detail, was over. */
  until: EpochMillis
}

export const followersOf = (
  leaders: ReadonlyArray<Leader>,
  details: ReadonlyArray<StreamRecording>
): ReadonlyArray<Following> => {
  const following = details.map((recording) => ({
    recording,
    leaderOf: new Int32Array(recording.calls.length).fill(-1),
    roundOf: new Int32Array(recording.calls.length).fill(-1)
  }))
  if (leaders.length === 0) return following
  const activity = leaders.map(({ rounds }) => byProcess(rounds))
  const nearness = details.map((detail) => leaders.map((leader) => pathNearness(leader.recording, detail)))
  for (const { index, row } of inTimeOrder(details)) {
    const { calls } = details[index]!
    const startedAt = calls.startedAt[row]!
    const process = calls.process[row]!
    let best: { readonly leader: number; readonly activity: Activity; readonly round: Round } | null = null
    for (let n = 0; n < leaders.length; n++) {
      const own = activity[n]!.get(process) ?? activity[n]!.get(0)
      const round = own === undefined ? null : roundAt(leaders[n]!.rounds, own, startedAt)
      if (own === undefined || round === null) continue
      if (startedAt - own.until > followGapMs) continue
      const nearer = best === null ? 1 : nearness[index]![n]! - nearness[index]![best.leader]!
      if (best === null || nearer > 0 || (nearer === 0 && round.startedAt > best.round.startedAt))
        best = { leader: n, activity: own, round }
    }
    if (best === null) continue
    const { activity: own, leader, round } = best
    const retryAfter = calls.retryAfterSeconds[row]!
    const end = endOf(calls, row)
    own.until = Math.max(own.until, end + (failedAt(calls, row) && !Number.isNaN(retryAfter) ? retryAfter * 1000 : 0))
    round.endedAt = Math.max(round.endedAt, end)
    following[index]!.leaderOf[row] = leader
    following[index]!.roundOf[row] = own.places[own.at]!
  }
  return following
}

const byProcess = (rounds: ReadonlyArray<Round>): ReadonlyMap<number, Activity> => {
  const places = groupBy(rounds.keys(), (place) => rounds[place]!.process)
  return new Map(
    [...places].map(([process, own]) => [process, { places: own, at: -1, until: Number.NEGATIVE_INFINITY }])
  )
}

/** The last round that has begun by a moment; `null` before the first. */
const roundAt = (rounds: ReadonlyArray<Round>, own: Activity, moment: EpochMillis): Round | null => {
  while (own.at + 1 < own.places.length && rounds[own.places[own.at + 1]!]!.startedAt <= moment) {
    own.at += 1
    const round = rounds[own.places[own.at]!]!
    own.until = Math.max(round.startedAt, round.endedAt)
  }
  return own.at < 0 ? null : rounds[own.places[own.at]!]!
}

/** `/tickets/{id}/notes` is nearer to `/tickets` than to `/contacts`: the segments of the list that its path begins with. */
const pathNearness = (list: StreamRecording, detail: StreamRecording): number => {
  const own = list.stream.template.split("/")
  const other = detail.stream.template.split("/")
  let shared = 0
  while (shared < own.length && shared < other.length && own[shared] === other[shared]) shared += 1
  return shared
}

/** All rows of several streams, oldest first. */
export const inTimeOrder = function* (
  streams: ReadonlyArray<StreamRecording>
): Generator<{ readonly index: number; readonly row: number }> {
  if (streams.length === 1) {
    for (let row = 0; row < streams[0]!.calls.length; row++) yield { index: 0, row }
    return
  }
  const next = streams.map(() => 0)
  for (;;) {
    let index = -1
    for (let n = 0; n < streams.length; n++) {
      const { calls } = streams[n]!
      if (next[n]! >= calls.length) continue
      if (index < 0) index = n
      else {
        const best = streams[index]!.calls
        const [a, b] = [calls.startedAt[next[n]!]!, best.startedAt[next[index]!]!]
        if (a < b || (a === b && calls.id[next[n]!]! < best.id[next[index]!]!)) index = n
      }
    }
    if (index < 0) return
    yield { index, row: next[index]! }
    next[index]! += 1
  }
}
