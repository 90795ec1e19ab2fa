/**
 * Cuts a HAR into the texts of its entries, so that `JSON.parse` sees one at a time and a file of gigabytes needs the
 * memory of its largest entry. It knows strings and brackets, and nothing of what is in them.
 *
 * No library does: streaming JSON parsers build values byte by byte (a tenth of this), and stop at the first damage.
 */

export interface EntryText {
  /** From 1, as they stand in the file. */
  readonly number: number
  /** Where it begins in the file. */
  readonly offset: number
  /** `null`: larger than an entry may be. */
  readonly bytes: Buffer | null
}

export interface EntryCutter {
  /** The entries that end in this chunk. Their bytes hold until the next call. */
  readonly cut: (chunk: Buffer) => ReadonlyArray<EntryText>
  /** At the end of the file: what is wrong with how it ends, if anything. */
  readonly end: () => string | null
}

const space = 0x20
const quote = 0x22
const backslash = 0x5c
const comma = 0x2c
const colon = 0x3a
const openBrace = 0x7b
const closeBrace = 0x7d
const openBracket = 0x5b
const closeBracket = 0x5d

const largestEntry = 128 * 1024 * 1024
export const makeEntryCutter = (): EntryCutter => {
  /** What is not cut off yet, and where it begins in the file. */
  let held = Buffer.alloc(4 * 1024 * 1024)
  let length = 0
  let heldFrom = 0
  let at = 0

  let where: "before" | "between" | "inside" | "after" = "before"
  let depth = 0
  let inString = false
  let stringFrom = 0
  /** In front of the entries: the last string, whether a value is next, and the keys on the way down. */
  let lastString = ""
  let afterColon = false
  const keys: Array<string> = []
  let entryFrom = 0
  let entryOffset = 0
  let tooLarge = false
  let count = 0

  const append = (chunk: Buffer): void => {
    // What is done with makes room first.
    const keepFrom =
      where === "inside" || (where === "before" && inString)
        ? Math.min(at, where === "inside" ? entryFrom : stringFrom)
        : at
    if (keepFrom > 0) {
      held.copy(held, 0, keepFrom, length)
      length -= keepFrom
      heldFrom += keepFrom
      at -= keepFrom
      entryFrom -= keepFrom
      stringFrom -= keepFrom
    }
    if (length + chunk.length > held.length) {
      const larger = Buffer.alloc(Math.max(held.length * 2, length + chunk.length))
      held.copy(larger, 0, 0, length)
      held = larger
    }
    chunk.copy(held, length)
    length += chunk.length
  }

  /**
   * From inside a string to behind its closing quote; false when it goes on in the next chunk. Byte by byte: the bodies in
   * a HAR are JSON within JSON, with an escaped quote every few bytes, where looking for quotes natively is three times slower.
   */
  const passString = (): boolean => {
    const bytes = held
    const end = length
    let position = at
    while (position < end) {
      const byte = bytes[position]!
      if (byte === quote) {
        at = position + 1
        inString = false
        return true
      }
      // What is escaped may be in the next chunk; then this is one byte ahead of what there is.
      position += byte === backslash ? 2 : 1
    }
    at = position
    return false
  }

  /** Down to the array `log.entries`. */
  const findEntries = (): void => {
    while (at < length && where === "before") {
      if (inString) {
        if (!passString()) return
        lastString = at - stringFrom < 64 ? held.toString("utf8", stringFrom, at - 1) : ""
        continue
      }
      const byte = held[at]!
      at += 1
      if (byte === quote) {
        inString = true
        stringFrom = at
      } else if (byte === colon) {
        afterColon = true
        keys[depth] = lastString
      } else if (byte === comma) afterColon = false
      else if (byte === openBrace) {
        depth += 1
        afterColon = false
      } else if (byte === openBracket) {
        if (afterColon && depth === 2 && keys[1] === "log" && keys[2] === "entries") {
          where = "between"
          return
        }
        depth += 1
        afterColon = false
      } else if (byte === closeBrace || byte === closeBracket) {
        depth -= 1
        afterColon = false
      }
    }
  }

  /** An entry begins with whatever is no separator: one that is no object is an entry as well, and its neighbours are none of it. */
  const findEntryStart = (): void => {
    while (at < length) {
      const byte = held[at]!
      if (byte <= space || byte === comma || byte === closeBrace) at += 1
      else if (byte === closeBracket) {
        at += 1
        where = "after"
        return
      } else {
        where = "inside"
        entryFrom = at
        entryOffset = heldFrom + at
        depth = 0
        return
      }
    }
  }

  /** True when the entry's last brace, bracket, quote or letter was passed. */
  const passEntry = (): boolean => {
    while (at < length) {
      if (inString) {
        if (!passString()) return false
        if (depth === 0) return true
        continue
      }
      const byte = held[at]!
      // A number or word ends in front of what follows it.
      if (depth === 0 && (byte <= space || byte === comma || byte === closeBrace || byte === closeBracket)) return true
      at += 1
      if (byte === quote) inString = true
      else if (byte === openBrace || byte === openBracket) depth += 1
      else if (byte === closeBrace || byte === closeBracket) {
        depth -= 1
        if (depth === 0) return true
      }
    }
    return false
  }

  return {
    cut: (chunk) => {
      append(chunk)
      const found: Array<EntryText> = []
      for (;;) {
        if (where === "before") findEntries()
        if (where === "between") findEntryStart()
        if (where !== "inside") {
          if (where === "after") at = length
          return found
        }
        if (!passEntry()) {
          if (at - entryFrom > largestEntry) {
            // It is passed over without being held.
            tooLarge = true
            entryFrom = at
          }
          return found
        }
        count += 1
        found.push({ number: count, offset: entryOffset, bytes: tooLarge ? null : held.subarray(entryFrom, at) })
        tooLarge = false
        where = "between"
      }
    },
    end: () =>
      where === "after"
        ? null
        : where === "before"
          ? "it has no log.entries: it is no HAR, or cut off before its first entry"
          : where === "inside"
            ? `entry ${count + 1} (byte ${entryOffset}) is cut off`
            : `it ends after entry ${count}, without the end of its list`
  }
}
