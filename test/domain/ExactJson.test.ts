import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { hasLongDigits, parseExactJson, parseRewritableJson } from "../../src/domain/ExactJson.js"
import { parseUntrustedJson } from "../../src/domain/UntrustedJson.js"

describe("a whole number beyond 2^53", () => {
  it("keeps its digits as a text, or as it stood where it is written again; any other stays a number", () => {
    const text = '{"id":402000000000000001,"below":-9007199254740993,"safe":9007199254740991,"real":1234567890123456.5}'
    expect(parseExactJson(text)).toEqual({
      id: "402000000000000001",
      below: "-9007199254740993",
      safe: 9007199254740991,
      real: 1234567890123456.5
    })
    expect(JSON.stringify(parseRewritableJson('[402000000000000001,"402000000000000001",1]'))).toBe(
      '[402000000000000001,"402000000000000001",1]'
    )
  })
  it("is looked for in every text that has sixteen digits in a row, and in no other", () => {
    const text = fc.string({ unit: fc.constantFrom("0", "1", "5", "9", "x", "-"), maxLength: 80 })
    fc.assert(
      fc.property(text, (one) => hasLongDigits(one) === /\d{16}/.test(one)),
      { numRuns: 3_000, seed: 19 }
    )
    for (const lead of ["", "x", "x".repeat(15), "x".repeat(16), "x".repeat(33)])
      for (const digits of [15, 16, 17, 31, 32, 40])
        expect([lead.length, digits, hasLongDigits(`${lead}${"7".repeat(digits)}`)]).toEqual([
          lead.length,
          digits,
          digits >= 16
        ])
  })
})

describe("a stranger's JSON", () => {
  it("has no key __proto__, at any depth and however it is spelt, and keeps the rest", () => {
    const spellings = [..."__proto__"].map((letter, at) => {
      const code = `\\u00${letter.charCodeAt(0).toString(16)}`
      return `${"__proto__".slice(0, at)}${code}${"__proto__".slice(at + 1)}`
    })
    for (const key of ["__proto__", "\\u005F_proto__", ...spellings]) {
      const text = `{"a":[{"${key}":{"polluted":1},"b":402000000000000001}],"${key}":1,"constructor":{"prototype":1}}`
      const parsed = parseUntrustedJson(text) as Record<string, unknown>
      expect(JSON.stringify(parsed)).toBe('{"a":[{"b":"402000000000000001"}],"constructor":{"prototype":1}}')
      expect((Object.assign({}, parsed) as Record<string, unknown>)["polluted"]).toBeUndefined()
    }
  })
  it("may have the words as a text", () => {
    expect(parseUntrustedJson('{"a":"\\"__proto__\\": 1","b":2,"b":3}')).toEqual({ a: '"__proto__": 1', b: 3 })
  })
})
