import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { HarEntrySplitter } from "../../src/interchange/HarEntrySplitter.js"
import { HeldBytes } from "../../src/interchange/HeldBytes.js"
import { findClosingQuote } from "../../src/interchange/JsonBytes.js"

/** The entries of a text that comes in chunks of `size` bytes; `null` for those that are too large. */
const split = (text: string, size: number, largest?: number) => {
  const bytes = Buffer.from(text)
  const splitter = new HarEntrySplitter(largest)
  const found: Array<{ readonly number: number; readonly offset: number; readonly text: string | null }> = []
  for (let at = 0; at < bytes.length; at += size)
    for (const { bytes: own, ...entry } of splitter.split(bytes.subarray(at, at + size)))
      found.push({ ...entry, text: own === null ? null : own.toString() })
  return { found, end: splitter.end() }
}
const harOf = (entries: string): string => `{"log":{"version":"1.2","entries":[${entries}]}}`

describe("a HAR that is split into entries", () => {
  it("gives the same wherever the file's chunks end, whatever is in its strings", () => {
    const value = fc.oneof(
      fc.string(),
      fc.string({ unit: fc.constantFrom('"', "\\", "{", "}", "[", "]", ",", ":", "é", "\n") }),
      fc.string({ minLength: 100, maxLength: 300, unit: fc.constantFrom('"', "\\", "x") }),
      fc.integer()
    )
    const entry = fc.dictionary(fc.string(), fc.oneof(value, fc.array(value), fc.dictionary(fc.string(), value)))
    fc.assert(
      fc.property(
        fc.array(entry, { maxLength: 6 }),
        fc.integer({ min: 1, max: 40 }),
        fc.boolean(),
        (entries, size, pretty) => {
          const har = { log: { comment: '"entries":[', pages: [{ entries: [1] }], entries, after: { entries: [{}] } } }
          const text = JSON.stringify(har, null, pretty ? 2 : 0)
          const { end, found } = split(text, size)
          expect(end).toBeNull()
          expect(found.map((one) => JSON.parse(one.text!))).toEqual(JSON.parse(JSON.stringify(entries)))
          const bytes = Buffer.from(text)
          for (const { offset } of found) expect(bytes[offset]).toBe(0x7b)
        }
      ),
      { numRuns: 300, seed: 11 }
    )
  })

  it("gives numbers, words and texts as entries too, each with its place", () => {
    for (const size of [1, 2, 3, 1_000])
      expect(split(harOf(' 7, "a]" ,null,[{}] ,-1e3'), size)).toEqual({
        end: null,
        found: [
          { number: 1, offset: 36, text: "7" },
          { number: 2, offset: 39, text: '"a]"' },
          { number: 3, offset: 45, text: "null" },
          { number: 4, offset: 50, text: "[{}]" },
          { number: 5, offset: 56, text: "-1e3" }
        ]
      })
  })

  it("passes an entry that is too large over, whatever byte its chunks end with, and gives the next", () => {
    const long = JSON.stringify({ text: '\\"'.repeat(500) })
    for (let size = 1; size <= 70; size++) {
      const { end, found } = split(harOf(`{"a":1},${long},{"b":2}`), size, 100)
      expect([size, end, found.map(({ text }) => text)]).toEqual([size, null, ['{"a":1}', null, '{"b":2}']])
    }
  })

  it("says how the file ends where it does not end well", () => {
    const { length } = '{"log":{"version":"1.2","entries":['
    expect(split('{"entries":[{}]}', 5).end).toMatch(/^it has no log\.entries/)
    expect(split('{"log":{"version":"1.2","entries":[{"a":"b', 5).end).toBe(`entry 1 (byte ${length}) is cut off`)
    expect(split('{"log":{"version":"1.2","entries":[{},', 5).end).toBe(
      "it ends after entry 1, without the end of its list"
    )
  })

  it("holds no string in front of its entries that is no key", () => {
    const held = new HeldBytes()
    const room = held.bytes.length
    const splitter = new HarEntrySplitter()
    splitter.split(Buffer.from('{"log":{"comment":"'))
    const before = process.memoryUsage().arrayBuffers
    const piece = Buffer.alloc(room / 4, "x")
    for (let n = 0; n < 40; n++) splitter.split(piece)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4 * room)
    expect(splitter.split(Buffer.from('","entries":[{}]}}')).map(({ bytes }) => bytes?.toString())).toEqual(["{}"])
  })
})

describe("the end of a JSON string", () => {
  it("is its first quote that is not escaped; an escape at the very end reaches one byte further", () => {
    const at = (text: string) => findClosingQuote(Buffer.from(text), 0, Buffer.byteLength(text))
    expect([at('ab"c'), at('a\\"b"'), at('a\\\\"'), at("abc"), at("ab\\")]).toEqual([2, 4, 3, 3, 4])
  })
})

describe("bytes that are held", () => {
  it("grow by what comes and lose what is done with, and keep their offsets in the file", () => {
    const held = new HeldBytes()
    held.append(Buffer.from("abcdef"), 0)
    held.append(Buffer.from("ghi"), 4)
    expect([held.from, held.bytes.toString("utf8", 0, held.length)]).toEqual([4, "efghi"])
    // One ahead of what there is.
    held.append(Buffer.from("jk"), 10)
    expect([held.from, held.bytes.toString("utf8", 0, held.length)]).toEqual([9, "jk"])
    const large = Buffer.alloc(held.bytes.length, "x")
    held.append(large, 9)
    expect([held.length, held.bytes.toString("utf8", 0, 3)]).toEqual([large.length + 2, "jkx"])
  })
})
