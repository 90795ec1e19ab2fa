/**
 * Seeded streams of numbers, one for each purpose, so that a draw more in one place moves nothing elsewhere. 32-bit
 * integer arithmetic only: the same numbers on every machine and every version of Node. Some 4 ns a draw.
 */

/** In [0, 1). */
export type Draw = () => number

export type RandomStreams = (purpose: string) => Draw

/** A 32-bit digest of a text; every bit of it depends on every character. */
const digest = (text: string, salt: number): number => {
  let hash = 0x811c9dc5 ^ salt
  for (let at = 0; at < text.length; at++) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
    hash ^= hash >>> 15
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) | 0
}

/** A small fast counting generator of 128 bits of state (sfc32: Chris Doty-Humphrey, PractRand). */
const generator = (name: string): Draw => {
  let a = digest(name, 1)
  let b = digest(name, 2)
  let c = digest(name, 3)
  let counter = 1
  const draw = (): number => {
    const sum = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (c << 21) | (c >>> 11)
    c = (c + sum) | 0
    return (sum >>> 0) / 4_294_967_296
  }
  for (let turn = 0; turn < 12; turn++) draw()
  return draw
}

/** The streams of one run of one account. */
export const randomStreams =
  (seed: number, run: number, account: string): RandomStreams =>
  (purpose) =>
    generator(`${seed}\0${run}\0${account}\0${purpose}`)
