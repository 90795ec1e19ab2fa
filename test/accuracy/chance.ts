/** Chance from a seed, for traffic and moments that the analysis is tested on. */
export interface Chance {
  /** 0 up to 1. */
  readonly unit: () => number
  readonly between: (low: number, high: number) => number
  readonly whole: (low: number, high: number) => number
  readonly one: <A>(of: ReadonlyArray<A>) => A
  readonly yes: (share: number) => boolean
  readonly gaussian: () => number
  readonly exponential: (mean: number) => number
}

export const chanceOf = (seed: number): Chance => {
  let state = (seed * 2_654_435_761) >>> 0
  const unit = () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
  const between = (low: number, high: number) => low + (high - low) * unit()
  return {
    unit,
    between,
    whole: (low, high) => Math.floor(between(low, high + 1)),
    one: (of) => of[Math.floor(unit() * of.length)]!,
    yes: (share) => unit() < share,
    gaussian: () => Math.sqrt(-2 * Math.log(1 - unit())) * Math.cos(2 * Math.PI * unit()),
    exponential: (mean) => -Math.log(1 - unit()) * mean
  }
}
