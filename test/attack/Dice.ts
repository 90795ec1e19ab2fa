/** Seeded draws for an attack: the same seed and purpose give the same inputs on every machine. */
import { randomStreams } from "../../src/replay/model/RandomStreams.js"

export interface Dice {
  /** A whole number in [0, below). */
  readonly below: (below: number) => number
  readonly chance: (share: number) => boolean
  readonly pick: <A>(values: ReadonlyArray<A>) => A
}

export const diceOf = (seed: number, purpose: string): Dice => {
  const draw = randomStreams(seed, 0, "attack")(purpose)
  const below = (bound: number): number => Math.floor(draw() * bound)
  return { below, chance: (share) => draw() < share, pick: (values) => values[below(values.length)]! }
}
