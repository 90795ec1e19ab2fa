/**
 * Faults whose calls a forecast counts: what the `--faults` of an audit say. A plan is made without them. Pure; spans
 * in milliseconds.
 */
import type { SweepInterval } from "../../domain/SweepInterval.js"
import type { EpochMillis } from "../../domain/Time.js"
import { isOutage } from "../../policy/index.js"
import { type SweepBeat, sweepsBetween } from "./SweepBeat.js"

interface Between {
  readonly from: EpochMillis
  readonly to: EpochMillis
}

export interface AssumedFaults {
  /** Share of the pushes that are lost. */
  readonly drop: number
  /** Times without a receiver. */
  readonly outages: ReadonlyArray<Between>
}

export const noAssumedFaults: AssumedFaults = { drop: 0, outages: [] }

const outagesIn = ({ outages }: AssumedFaults, window: Between): ReadonlyArray<Between> =>
  outages
    .filter(({ from, to }) => isOutage(from, to) && from < window.to && to > window.from)
    .sort((a, b) => a.from - b.from)

/** When the receiver comes back within the window from an outage: what may be behind is read then, once. */
export const returnsIn = (faults: AssumedFaults, window: Between): ReadonlyArray<number> =>
  outagesIn(faults, window).flatMap(({ to }) => (to < window.to ? [to] : []))

/** Count of the sweeps that are made: each return begins a beat of its own. */
export const sweepsMade = (window: Between, everyMs: SweepInterval, faults: AssumedFaults): number => {
  let began = window.from
  let made = 0
  for (const { from, to } of outagesIn(faults, window)) {
    made += sweepsBetween(began, from, everyMs)
    began = Math.max(began, to)
  }
  return made + sweepsBetween(began, window.to, everyMs)
}

/** The sweep that is made in place of the n-th one: the next, where the receiver is away. */
export const sweepMade = (n: number, window: Between, beat: SweepBeat, faults: AssumedFaults): number => {
  const at = beat.at(n)
  const away = outagesIn(faults, window).find(({ from, to }) => from <= at && at < to)
  return away === undefined ? n : beat.notBefore(away.to)
}
