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
  it.each(["", "0", "zz"])("are refused with %j after them, before them, or instead of them", (extra) => {
    const body = Buffer.from("{}")
    const signature = signBody(body, "current")
    if (extra !== "") {
      expect(check(signature + extra, body)).toBe(false)
      expect(check(extra + signature, body)).toBe(false)
    }
    expect(check(extra, body)).toBe(false)
    expect(check(signBody(body, "other"), body)).toBe(false)
  })
  it("may stand in capitals, behind the name of the hash, within white space, and among others of a list", () => {
    const body = Buffer.from([0xef, 0xbb, 0xbf, 0x7b, 0xff, 0x7d])
    const right = signBody(body, "previous")
    const other = signBody(body, "somebody's")
    for (const header of [
      right.toUpperCase(),
      `sha256=${right}`,
      `SHA256=${right.toUpperCase()}`,
      ` \t${right} `,
      `${other}, ${right}`,
      `sha256=${other},sha256=${right}`,
      `${other} ${right}`
    ])
      expect(check(header, body), header).toBe(true)
    for (const header of [`${other},${other}`, `sha1=${right}`, right.slice(1), `${right}${right}`, ","])
      expect(check(header, body), header).toBe(false)
    const many = [...Array.from({ length: 40 }, () => other), right].join(",")
    expect(check(many, body)).toBe(false)
  })
  it("of a repeated header count as a list", () => {
    const body = Buffer.from("{}")
    const headers = { "x-freshworks-signature": [signBody(body, "x"), signBody(body, "current")] }
    expect(verifyWebhook(settings, headers, body).valid).toBe(true)
  })
  it("hold for secrets that a file ended with a newline; a secret of white space lets nobody in", () => {
    const body = Buffer.from("{}")
    const headers = (secret: string) => ({ "x-freshworks-signature": signBody(body, secret) })
    const given = { profile: "freshworks", secrets: [" \n", "current\r\n"] } as const
    expect(verifyWebhook(given, headers("current"), body)).toEqual({ valid: true, secret: 1 })
    for (const forged of ["", " \n", "\n"]) expect(verifyWebhook(given, headers(forged), body).valid).toBe(false)
  })
})
