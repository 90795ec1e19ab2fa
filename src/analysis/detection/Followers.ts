/**
 * Detail calls: what a program asks about single entities because a list has just told it of them. Each is given to the
 * round that it follows from. Pure.
 */
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
  /** The place of the last round that has begun. */
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
  const activity = leaders.map((): Activity => ({ at: -1, until: Number.NEGATIVE_INFINITY }))
  const nearness = details.map((detail) => leaders.map((leader) => pathNearness(leader.recording, detail)))
  for (const { index, row } of inTimeOrder(details)) {
    const { calls } = details[index]!
    const startedAt = calls.startedAt[row]!
    const process = calls.process[row]!
    let best = -1
    for (let n = 0; n < leaders.length; n++) {
      const { rounds } = leaders[n]!
      const state = activity[n]!
      while (state.at + 1 < rounds.length && rounds[state.at + 1]!.startedAt <= startedAt) {
        state.at += 1
        state.until = Math.max(rounds[state.at]!.startedAt, rounds[state.at]!.endedAt)
      }
      const round = rounds[state.at]
      if (round === undefined || (round.process !== process && round.process !== 0 && process !== 0)) continue
      // While a list's page is still on its way, what it says is not known yet.
      if (startedAt - state.until > followGapMs) continue
      if (best < 0 || isNearer(nearness[index]![n]! - nearness[index]![best]!, round, leaders[best]!, activity[best]!))
        best = n
    }
    if (best < 0) continue
    const state = activity[best]!
    const round = leaders[best]!.rounds[state.at]!
    const retryAfter = calls.retryAfterSeconds[row]!
    const end = endOf(calls, row)
    state.until = Math.max(
      state.until,
      end + (failedAt(calls, row) && !Number.isNaN(retryAfter) ? retryAfter * 1000 : 0)
    )
    round.endedAt = Math.max(round.endedAt, end)
    following[index]!.leaderOf[row] = best
    following[index]!.roundOf[row] = state.at
  }
  return following
}

const isNearer = (difference: number, round: Round, other: Leader, otherActivity: Activity): boolean =>
  difference > 0 || (difference === 0 && round.startedAt > other.rounds[otherActivity.at]!.startedAt)

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
