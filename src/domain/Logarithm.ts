/**
 * The natural logarithm by additions, multiplications and divisions alone, which every machine rounds alike: draws from
 * it are the same to the last bit everywhere. `Math.log` is each engine's own.
 */

const bits = new Float64Array(1)
const words = new Uint32Array(bits.buffer)
/** Which of the two words holds the exponent. */
const high = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 1 : 0

/** The half of a number that holds its exponent and the first twenty bits of its fraction. */
export const highWord = (value: number): number => {
  bits[0] = value
  return words[high]!
}

/** Of a positive, normal number; within 4e-16 of the true value, relatively. */
export const naturalLog = (value: number): number => {
  bits[0] = value
  let exponent = (words[high]! >>> 20) - 1023
  words[high] = (words[high]! & 0xfffff) | 0x3ff00000
  let mantissa = bits[0]!
  if (mantissa > Math.SQRT2) {
    mantissa *= 0.5
    exponent += 1
  }
  // ln m = 2 (s + s³/3 + s⁵/5 + …) with s = (m - 1) / (m + 1), here at most 0.172.
  const s = (mantissa - 1) / (mantissa + 1)
  const t = s * s
  const series =
    1 +
    t *
      (1 / 3 +
        t *
          (1 / 5 +
            t *
              (1 / 7 +
                t * (1 / 9 + t * (1 / 11 + t * (1 / 13 + t * (1 / 15 + t * (1 / 17 + t * (1 / 19 + t * (1 / 21))))))))))
  return exponent * Math.LN2 + 2 * s * series
}
