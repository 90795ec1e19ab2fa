/**
 * Buckets that double: whole numbers below the first doubling each by themselves, above it so many buckets a doubling.
 */
import { highWord } from "../../domain/Logarithm.js"

export interface DoublingBuckets {
  readonly size: number
  /** Bucket of a number that is not negative; numbers beyond the last doubling are in the last bucket. */
  readonly of: (value: number) => number
  /** The least number of a bucket. */
  readonly least: (bucket: number) => number
}

/** With `2 ** fineBits` buckets a doubling. */
export const doublingBuckets = (fineBits: number, doublings: number): DoublingBuckets => {
  const fine = 2 ** fineBits
  const size = fine * (1 + doublings)
  const shift = 20 - fineBits
  return {
    size,
    of: (value) => {
      if (value < fine) return value | 0
      const word = highWord(value)
      // The exponent, and the first bits of the fraction.
      const bucket = fine + ((word >>> 20) - 1023 - fineBits) * fine + ((word >>> shift) & (fine - 1))
      return bucket < size ? bucket : size - 1
    },
    least: (bucket) => (bucket < fine ? bucket : (fine + (bucket % fine)) * 2 ** (Math.floor(bucket / fine) - 1))
  }
}
