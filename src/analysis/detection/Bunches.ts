/**
 * Rounds that one program begins together: a question for each agent or group, all of one shape, one after the other or all
 * at once, and then nothing until the timer's next beat. They are one sweep. Pure.
 */
import { median } from "../../domain/Quantiles.js"
import type { Round, Rounds } from "./Rounds.js"

/** One after the other: the next begins within this time of the end of the one before. */
const chainedMs = 500
/** All at once: the next begins within this time of the start of the one before. */
const togetherMs = 1_000
/** Of the time between beats a bunch's own gaps take so little. */
const shareOfBeat = 0.25
/** Fewer gaps within bunches are a hiccup, or another try. */
const shareWithin = 0.25
const fewestBeats = 3

/** The rounds of each bunch as one; `null` where they do not bunch. */
export const bunched = ({ roundOf, rounds }: Rounds): Rounds | null => {
  const within: Array<number> = []
  const between: Array<number> = []
  const bunchOf = new Int32Array(rounds.length)
  const merged: Array<Round> = []
  const last = new Map<number, { readonly round: Round; readonly bunch: number; endedAt: number }>()
  for (const [place, round] of rounds.entries()) {
    const before = last.get(round.process)
    const gap = before === undefined ? 0 : round.startedAt - before.round.startedAt
    const joins =
      before !== undefined &&
      (gap <= togetherMs || Math.abs(round.startedAt - before.endedAt) <= chainedMs) &&
      // Another try of a round that failed is no other question.
      !before.round.failed
    if (before !== undefined) (joins ? within : between).push(gap)
    const bunch = joins ? before.bunch : merged.length
    if (joins) merged[bunch] = together(merged[bunch]!, round)
    else merged.push({ ...round })
    bunchOf[place] = bunch
    last.set(round.process, { round, bunch, endedAt: Math.max(round.endedAt, joins ? before.endedAt : 0) })
  }
  const beat = median(between)
  if (beat === null || between.length < fewestBeats) return null
  if (within.length < (within.length + between.length) * shareWithin) return null
  if (within.some((gap) => gap > beat * shareOfBeat)) return null
  return { rounds: merged, roundOf: roundOf.map((round) => (round < 0 ? -1 : bunchOf[round]!)) }
}

const together = (a: Round, b: Round): Round => ({
  startedAt: a.startedAt,
  endedAt: Math.max(a.endedAt, b.endedAt),
  pages: a.pages + b.pages,
  throttled: a.throttled + b.throttled,
  items: a.items + b.items,
  fresh: a.fresh === null || b.fresh === null ? null : a.fresh + b.fresh,
  failed: a.failed && b.failed,
  process: a.process
})
