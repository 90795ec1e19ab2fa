/** JSON as bytes: its punctuation, and the end of a string. Plain, the innermost loop of a HAR's import. */

export const space = 0x20
export const quote = 0x22
const backslash = 0x5c
export const comma = 0x2c
export const colon = 0x3a
export const openBrace = 0x7b
export const closeBrace = 0x7d
export const openBracket = 0x5b
export const closeBracket = 0x5d

/**
 * The position of the quote that ends a string. Where the string goes on behind `end`: `end`, or one more if the next
 * byte is escaped. Byte by byte: bodies in a HAR are JSON within JSON, with an escaped quote every few bytes, where
 * `indexOf` is three times slower.
 */
export const findClosingQuote = (bytes: Uint8Array, from: number, end: number): number => {
  let at = from
  while (at < end) {
    const byte = bytes[at]!
    if (byte === quote) return at
    at += byte === backslash ? 2 : 1
  }
  return at
}
