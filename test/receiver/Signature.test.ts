import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { signBody, verifyWebhook } from "../../src/receiver/index.js"

const settings = { profile: "freshworks", secrets: ["current", "previous"] } as const
const check = (signature: string, body: Uint8Array) =>
  verifyWebhook(settings, { "x-freshworks-signature": signature }, body).valid

describe("freshworks signatures", () => {
  it("match a vector of HMAC-SHA256 known from elsewhere (RFC 4231, case 2)", () => {
    expect(signBody(Buffer.from("what do ya want for nothing?"), "Jefe")).toBe(
      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    )
  })
  it("are taken for any body under either secret, and refused with any one bit changed", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.constantFrom("current", "previous"), (body, secret) => {
        const signature = signBody(body, secret)
        expect(check(signature, body)).toBe(true)
        for (let bit = 0; bit < 256; bit++) {
          const bytes = Buffer.from(signature, "hex")
          bytes[bit >> 3]! ^= 1 << (bit & 7)
          expect(check(bytes.toString("hex"), body)).toBe(false)
        }
      }),
      { numRuns: 60 }
    )
  })
  it.each(["", "0", "zz", " "])("are refused with %j after them, before them, or instead of them", (extra) => {
    const body = Buffer.from("{}")
    const signature = signBody(body, "current")
    if (extra !== "") {
      expect(check(signature + extra, body)).toBe(false)
      expect(check(extra + signature, body)).toBe(false)
    }
    expect(check(extra, body)).toBe(false)
    expect(check(signBody(body, "other"), body)).toBe(false)
  })
})
