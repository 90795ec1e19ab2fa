/**
 * Splits a HAR into the texts of its entries, so that `JSON.parse` sees one entry at a time and a file of gigabytes
 * needs the memory of its largest entry. It knows strings and brackets only.
 *
 * Streaming JSON parsers build values byte by byte (a tenth of this speed, bench/: har), and stop at the first damage.
 */
import { HeldBytes } from "./HeldBytes.js"
import {
  closeBrace,
  closeBracket,
  colon,
  comma,
  findClosingQuote,
  openBrace,
  openBracket,
  quote,
  space
} from "./JsonBytes.js"

export interface EntryText {
  /** From 1, as they stand in the file. */
  readonly number: number
  /** Where it begins in the file. */
  readonly offset: number
  /** `null`: larger than an entry may be. */
  readonly bytes: Buffer | null
}

export class HarEntrySplitter {
  private where: "before" | "between" | "inside" | "after" = "before"
  private readonly held = new HeldBytes()
  private readonly list = new EntryList()
  private readonly value = new JsonValue()
  /** Offsets in the file. `at` may be one ahead of the bytes held (JsonBytes.ts). */
  private at = 0
  private entryFrom = 0
  private keepFrom = 0
  private tooLarge = false
  private count = 0

  constructor(private readonly largestEntry = 128 * 1024 * 1024) {}

  /** The entries that end in this chunk. Their bytes hold until the next call. */
  split(chunk: Buffer): ReadonlyArray<EntryText> {
    const { held, list, value } = this
    held.append(chunk, this.where === "before" ? list.keepFrom(this.at) : this.keepFrom)
    const found: Array<EntryText> = []
    let at = this.at - held.from
    for (;;) {
      if (this.where === "before") {
        at = list.find(held, at)
        if (list.found) this.where = "between"
      }
      if (this.where === "between") at = this.findEntry(at)
      if (this.where === "after") at = held.length
      if (this.where !== "inside") break
      at = value.pass(held.bytes, at, held.length)
      if (!value.ended) {
        if (held.from + at - this.entryFrom > this.largestEntry) {
          // The entry is passed over without being held.
          this.tooLarge = true
          this.keepFrom = held.from + at
        }
        break
      }
      this.count += 1
      const bytes = this.tooLarge ? null : held.bytes.subarray(this.entryFrom - held.from, at)
      found.push({ number: this.count, offset: this.entryFrom, bytes })
      this.where = "between"
    }
    this.at = held.from + at
    if (this.where !== "inside") this.keepFrom = this.at
    return found
  }

  /** At the end of the file: the problem with its end; `null` for none. */
  end(): string | null {
    if (this.where === "after") return null
    if (this.where === "before") return "it has no log.entries: it is no HAR, or cut off before its first entry"
    return this.where === "inside"
      ? `entry ${this.count + 1} (byte ${this.entryFrom}) is cut off`
      : `it ends after entry ${this.count}, without the end of its list`
  }

  /**
   * An entry begins with any byte but a separator: a value that is not an object is an entry as well, and does not harm
   * its neighbours.
   */
  private findEntry(from: number): number {
    const { bytes, length } = this.held
    let at = from
    while (at < length) {
      const byte = bytes[at]!
      if (byte === closeBracket) {
        this.where = "after"
        return at + 1
      }
      if (byte > space && byte !== comma && byte !== closeBrace) {
        this.where = "inside"
        this.entryFrom = this.held.from + at
        this.keepFrom = this.entryFrom
        this.tooLarge = false
        this.value.begin()
        return at
      }
      at += 1
    }
    return at
  }
}

/** Longer keys are not looked at. */
const longestKey = 64
const outside = Number.POSITIVE_INFINITY

/** The way down to the array `log.entries`. */
class EntryList {
  found = false
  /** Where the string that is being passed begins, as an offset in the file. */
  private stringFrom = outside
  private lastString = ""
  /** A value is next. */
  private afterColon = false
  private depth = 0
  /** By depth, on the way down. */
  private readonly keys: Array<string> = []

  /** The offset from which on bytes are needed: a string may be a key. */
  keepFrom(at: number): number {
    return at - this.stringFrom > longestKey ? at : Math.min(at, this.stringFrom)
  }

  /** The position behind the list's bracket, or behind the bytes held. */
  find({ bytes, from: heldFrom, length }: HeldBytes, from: number): number {
    let at = from
    while (at < length) {
      if (this.stringFrom !== outside) {
        const quoteAt = findClosingQuote(bytes, at, length)
        if (quoteAt >= length) return quoteAt
        const stringAt = this.stringFrom - heldFrom
        this.lastString = quoteAt - stringAt < longestKey ? bytes.toString("utf8", stringAt, quoteAt) : ""
        this.stringFrom = outside
        at = quoteAt + 1
        continue
      }
      const byte = bytes[at]!
      at += 1
      if (byte === quote) this.stringFrom = heldFrom + at
      else if (byte === colon) {
        this.afterColon = true
        this.keys[this.depth] = this.lastString
      } else if (byte === openBracket && this.isEntries()) {
        this.found = true
        return at
      } else if (byte === openBrace || byte === openBracket) {
        this.depth += 1
        this.afterColon = false
      } else if (byte === closeBrace || byte === closeBracket) {
        this.depth -= 1
        this.afterColon = false
      } else if (byte === comma) this.afterColon = false
    }
    return at
  }

  private isEntries(): boolean {
    return this.afterColon && this.depth === 2 && this.keys[1] === "log" && this.keys[2] === "entries"
  }
}

/** A JSON value that is passed over, chunk by chunk. */
class JsonValue {
  ended = false
  private depth = 0
  private inString = false

  begin(): void {
    this.ended = false
    this.depth = 0
    this.inString = false
  }

  /** The position behind the value's last byte, or behind the bytes held. */
  pass(bytes: Uint8Array, from: number, end: number): number {
    let { depth, inString } = this
    let at = from
    while (at < end) {
      if (inString) {
        const quoteAt = findClosingQuote(bytes, at, end)
        if (quoteAt >= end) {
          at = quoteAt
          break
        }
        at = quoteAt + 1
        inString = false
        if (depth > 0) continue
        this.ended = true
        return at
      }
      const byte = bytes[at]!
      // A number or word ends in front of what follows it.
      if (depth === 0 && (byte <= space || byte === comma || byte === closeBrace || byte === closeBracket)) {
        this.ended = true
        return at
      }
      at += 1
      if (byte === quote) inString = true
      else if (byte === openBrace || byte === openBracket) depth += 1
      else if (byte === closeBrace || byte === closeBracket) {
        depth -= 1
        if (depth === 0) {
          this.ended = true
          return at
        }
      }
    }
    this.depth = depth
    this.inString = inString
    return at
  }
}
