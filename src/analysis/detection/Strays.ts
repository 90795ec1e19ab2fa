/** Takes out of a poller's rounds those that somebody else made of the same endpoint: between two beats, off the beat. Pure. */
import type { Rhythm } from "./Rhythm.js"
import type { Round, Rounds } from "./Rounds.js"

/** A rhythm this uneven hides what is off its beat. */
const mostJitter = 0.1
/** Of its intervals so many are on the beat: one that changes its pace by itself has no strays. */
const shareOnBeat = 0.8
/** How far the next round on the beat may be. */
const lookAhead = 4

export const withoutStrays = (
  { roundOf, rounds }: Rounds,
  { instances, intervalSeconds, jitterSeconds, phases }: Rhythm
): { readonly rounds: ReadonlyArray<Round>; readonly sweepOf: Int32Array } => {
  const tolerance = Math.max(intervalSeconds * 0.05, jitterSeconds * 4)
  const even = instances === 1 && phases.length === 0 && jitterSeconds <= intervalSeconds * mostJitter
  if (!even) return { rounds, sweepOf: roundOf }
  const onBeat = (from: Round, to: Round | undefined): boolean =>
    to !== undefined && Math.abs((to.startedAt - from.startedAt) / 1000 - intervalSeconds) <= tolerance
  const beats = rounds.filter((round, place) => onBeat(round, rounds[place + 1])).length
  if (beats < rounds.length * shareOnBeat) return { rounds, sweepOf: roundOf }
  const kept: Array<Round> = []
  const place = new Int32Array(rounds.length).fill(-1)
  for (let index = 0; index < rounds.length; ) {
    place[index] = kept.length
    kept.push(rounds[index]!)
    let next = index + 1
    if (!onBeat(rounds[index]!, rounds[next])) {
      for (let ahead = next + 1; ahead <= index + lookAhead; ahead++) {
        if (onBeat(rounds[index]!, rounds[ahead])) {
          next = ahead
          break
        }
      }
    }
    index = next
  }
  return kept.length === rounds.length
    ? { rounds, sweepOf: roundOf }
    : { rounds: kept, sweepOf: roundOf.map((round) => (round < 0 ? -1 : place[round]!)) }
}
