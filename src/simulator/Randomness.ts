/**
 * Seeded randomness, one stream per purpose, so that adding a draw in one place moves nothing elsewhere. The generator
 * is PCG, and the replay's is sfc32 (replay/model): every simulated world, and so the demo's day, rests on this one's
 * numbers.
 */
import { createHash } from "node:crypto"
import { PCGRandom } from "effect/Utils"
import { exponential } from "../domain/Exponential.js"

export interface RandomStream {
  /** In [0, 1). */
  readonly next: () => number
  /** A whole number in [0, below). */
  readonly below: (below: number) => number
  readonly pick: <A>(values: ReadonlyArray<A>) => A
  /** Exponentially distributed, with this mean. */
  readonly exponential: (mean: number) => number
}

const digestNumber = (text: string, offset: number): number =>
  createHash("sha256").update(text).digest().readUInt32BE(offset)

export const randomStream = (seed: number, purpose: string): RandomStream => {
  const name = `${seed}\0${purpose}`
  const generator = new PCGRandom(digestNumber(name, 0), digestNumber(name, 4))
  const next = () => generator.number()
  return {
    next,
    below: (below) => Math.floor(next() * below),
    pick: (values) => values[Math.floor(next() * values.length)]!,
    exponential: (mean) => exponential(next, mean)
  }
}

/** A number in [0, 1) that belongs to `key`, whatever was drawn before: order of arrival cannot move it. */
export const unitOf = (seed: number, key: string): number => digestNumber(`${seed}\0${key}`, 8) / 2 ** 32

/** A random identifier in the form of a UUID of version 4. */
export const drawnUuid = (random: RandomStream): string => {
  const hex = Array.from({ length: 8 }, () => random.below(65_536).toString(16).padStart(4, "0")).join("")
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
