import { gzipSync } from "node:zlib"
import { describe, expect, it } from "vitest"
import { contentCodings, unpack } from "../../src/domain/ContentCoding.js"
import { isCharset, textOf } from "../../src/domain/Text.js"

describe("bytes as text", () => {
  it("go by their mark before they go by what is said of them", () => {
    const text = '{"a":"ä"}'
    const utf16 = Buffer.from(text, "utf16le")
    expect(textOf(Buffer.from(`\ufeff${text}`))).toBe(text)
    expect(textOf(Buffer.concat([Buffer.from([0xff, 0xfe]), utf16]), "iso-8859-1")).toBe(text)
    expect(textOf(Buffer.concat([Buffer.from([0xfe, 0xff]), Buffer.from(utf16).swap16()]))).toBe(text)
    expect(textOf(Buffer.from(text, "latin1"), "windows-1252")).toBe(text)
    expect(textOf(Buffer.from(text))).toBe(text)
    expect(textOf(Buffer.alloc(0))).toBe("")
  })
  it("keep what is no text as U+FFFD", () => {
    expect(textOf(Buffer.from([0x61, 0xff]))).toBe("a\ufffd")
  })
  it("know charsets by their names", () => {
    expect([isCharset("Shift_JIS"), isCharset("utf8"), isCharset("klingon")]).toEqual([true, true, false])
  })
})

describe("content codings", () => {
  it("are a list, in any case; what is not known is null", () => {
    expect(contentCodings("GZip , identity,br")).toEqual(["gzip", "br"])
    for (const none of [null, undefined, "", "identity"]) expect(contentCodings(none)).toEqual([])
    for (const unknown of ["compress", "gzip, zip", "toString", "gzip,gzip,gzip,gzip"])
      expect(contentCodings(unknown)).toBeNull()
  })
  it("are undone up to a bound", () => {
    const packed = gzipSync(Buffer.alloc(1_000, 0x61))
    expect(unpack(packed, ["gzip"], 1_000)).toEqual(Buffer.alloc(1_000, 0x61))
    expect(unpack(packed, ["gzip"], 999)).toBe("too_large")
    expect(unpack(packed.subarray(0, 12), ["gzip"], 1_000)).toBe("damaged")
    expect(unpack(Buffer.alloc(0), ["deflate"], 1_000)).toBe("damaged")
  })
})
