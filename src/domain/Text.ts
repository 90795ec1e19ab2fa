/** Bytes as text: by the byte order mark they begin with, else by the charset that is said of them. Pure. */

/** Whether `textOf` knows a charset by this name. */
export const isCharset = (name: string): boolean => decoderOf(name) !== null

/**
 * Files of editors and shells, and bodies of some senders, begin with a mark (UTF-8) or are UTF-16 with one; the mark
 * is no part of the text. Bytes that the charset does not have become U+FFFD, as in every JSON parser's input.
 */
export const textOf = (bytes: Uint8Array, charset = "utf-8"): string =>
  (decoderOf(markedCharset(bytes) ?? charset) ?? utf8).decode(bytes)

/** `null` for bytes without a mark. */
export const markedCharset = ([first, second, third]: Uint8Array): string | null => {
  if (first === 0xef && second === 0xbb && third === 0xbf) return "utf-8"
  if (first === 0xff && second === 0xfe) return "utf-16le"
  return first === 0xfe && second === 0xff ? "utf-16be" : null
}

const utf8 = new TextDecoder()

const decoderOf = (name: string): InstanceType<typeof TextDecoder> | null => {
  if (name === "utf-8") return utf8
  try {
    return new TextDecoder(name)
  } catch {
    return null
  }
}
