/** Bodies that are asked for: what is sensitive comes through in no shape, and what has no known shape not at all. */
import { createHash } from "node:crypto"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { redactBody } from "../../src/capture/redaction/Body.js"
import { isApiWord } from "../../src/domain/Sensitive.js"

const secret = "Vk3tQ!x"
const names =
  "password passwd pwd pass passphrase passcode pin secret client_secret clientSecret token accessToken refresh_token api_key apiKey API-Key x-api-key key auth authorization credential creds cookie session_id_token sid signature hmac otp totp jwt bearer private_key ssn iban card cardNumber cc_number cvv email e-mail phone mobile_number tel dob birthday address street first_name firstName lastName surname username login".split(
    " "
  )

const json = (value: unknown): string => JSON.stringify(value)
/** Every way in which a body can say a name and a value. */
const shapes: Readonly<Record<string, (name: string, value: string) => string>> = {
  json: (name, value) => json({ id: 1, [name]: value }),
  "json, deep": (name, value) => json([{ a: { b: [{ [name]: { of: [value] } }] } }]),
  "json with a mark": (name, value) => `\uFEFF${json({ [name]: value })}`,
  lines: (name, value) => `${json({ id: 1 })}\n${json({ [name]: value })}\n`,
  "json in a string": (name, value) => json({ payload: json({ [name]: value }) }),
  "json in a string in a string": (name, value) => json({ payload: json({ inner: json({ [name]: value }) }) }),
  "json that is cut off in a string": (name, value) => json({ payload: json({ [name]: value }).slice(0, -1) }),
  form: (name, value) => new URLSearchParams({ a: "1", [name]: value }).toString(),
  "form, not encoded": (name, value) => `a=1&${name}=${value}`,
  "form with parts that are none": (name, value) => `flag&&a=1&${name}=${value}&`,
  multipart: (name, value) =>
    `--B1\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--B1\r\nContent-Type: text/plain\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n--B1--\r\n`,
  "json in a form": (name, value) => new URLSearchParams({ payload: json({ [name]: value }) }).toString(),
  pair: (name, value) => json([{ name, value }]),
  "pair of a list": (name, value) => json({ headers: [[name, value]] }),
  "flat list": (name, value) => json({ rawHeaders: ["Accept", "*/*", name, value] }),
  "url in a string": (name, value) => json({ callback: `https://hooks.example/x?a=1&${name}=${value}` }),
  "query in a string": (name, value) => json({ next: `/x?${name}=${value}` }),
  "text in a string": (name, value) => json({ note: `${name}: ${value}` }),
  "text behind another name": (name, value) => json({ note: `Note: ${name}: one ${value}` }),
  "quoted in a string": (name, value) => json({ note: `${name} = "a ${value}"` }),
  "xml in a string": (name, value) => json({ note: `<${name}>${value}</${name}>` })
}

describe("a sensitive name", () => {
  for (const [shape, write] of Object.entries(shapes))
    it(`takes its value out of ${shape}`, () => {
      const through = names.filter((name) => redactBody(write(name, secret))?.includes("tQ!x") !== false)
      expect(through).toEqual([])
    })
  it("is told from others: what says how, when and which stays", () => {
    const plain = {
      id: 42,
      status: 2,
      subject: "Printer",
      ticket_id: 9_007_199_254,
      user_id: 43_000_123_456,
      created_at: "2026-02-05T10:00:00Z",
      updated_at: 1_770_285_600,
      is_active: true,
      tags: ["billing", "vip"],
      company: { name: "Acme" },
      custom_fields: { cf_level: "gold", cf_amount: 12.5 }
    }
    expect(JSON.parse(redactBody(json(plain))!)).toEqual(plain)
    expect(redactBody("page=2&status=open")).toBe("page=2&status=open")
  })
})

describe("a value", () => {
  const inStrings: ReadonlyArray<readonly [string, string]> = [
    ["4111 1111 1111 1111", "1111"],
    ["call +49 170 1234567", "1234567"],
    ["jane@acme.example", "jane"],
    ["Bearer abcdef123456", "abcdef"],
    ["https://bob:hunter2@hooks.example/x", "hunter2"],
    ["https://hooks.example/services/T0AB1/B0CD2/hunterhunter9", "hunter"],
    ["https://hooks.example/x#access=hunter2", "hunter2"],
    ["Set-Cookie: c=hunter2; Path=/", "hunter2"],
    ["Cookie: a=b; c=hunter2", "hunter2"],
    ["Authorization: Digest hunter2", "hunter2"],
    ["sk_live_hunter2hunter2", "hunter2"],
    ["xoxb-12345-hunterhunter", "hunter"],
    ["qzvwkxjhfdplmnbtrcgsxkqw", "qzvw"],
    ["3f786850e387550f", "3f78"]
  ]
  it.each(inStrings)("of this look goes from any field, form and line: %s", (text, canary) => {
    for (const body of [
      json({ note: text }),
      json([text]),
      json({ note: json({ deeper: `see ${text}` }) }),
      `${json({ a: 1 })}\n${json({ note: text })}`,
      new URLSearchParams({ note: text, a: "1" }).toString()
    ])
      expect(redactBody(body)).not.toContain(canary)
  })
  it("that is a long number goes, unless its name says that it is an id, a moment or a size", () => {
    expect(redactBody('{"n":4111111111111111,"caller":491701234567,"a":[491701234567],"b":4.111111111111111e15}')).toBe(
      '{"n":"[number]","caller":"[number]","a":["[number]"],"b":"[number]"}'
    )
    expect(redactBody('{"id":70000000000000000001,"responder_id":491701234567,"n":12345678}')).toBe(
      '{"id":70000000000000000001,"responder_id":491701234567,"n":12345678}'
    )
  })
  it("under a name that is none keeps neither", () => {
    expect(redactBody(json({ "jane@acme.example": { "9f8e7d6c5b4a39281706": 1 } }))).toBe('{"[name]":{"[name]":1}}')
  })
})

describe("what is not kept", () => {
  it.each([
    ["XML", "<login><password>x</password></login>"],
    ["text", "password: x"],
    ["a word", "hunter2"],
    ["a number", "123456"],
    ["a text of JSON", '"hunter2"'],
    ["base64", "aHVudGVyMg=="],
    ["JSON that is cut off", '{"password":"hunter2"'],
    ["a line that is cut off", '{"a":1}\n{"password":"hun'],
    ["UTF-16 without a mark", Buffer.from('{"a":"x"}', "utf16le").toString("latin1")],
    ["bytes", "\uFFFD\uFFFD{}"],
    ["HTML", "<!doctype html><title>x</title>"],
    ["multipart that is cut off", '--B\r\nContent-Disposition: form-data; name="a"\r\n\r\nhunter2'],
    ["nothing", "  "]
  ])("%s", (_, body) => expect(redactBody(body)).toBeNull())
  it("a file within a form", () => {
    const body = `--B\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nhunter2\r\n--B--`
    expect(redactBody(body)).toBe(
      '--hookshift\r\nContent-Disposition: form-data; name="file"\r\n\r\n[file]\r\n--hookshift--\r\n'
    )
  })
})

it("writes what it wrote once more as it is, and takes no longer for hostile text", () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 4 }), (text) => {
      const once = redactBody(text)
      if (once !== null) expect(redactBody(once)).toBe(once)
    }),
    { numRuns: 300, seed: 13 }
  )
  const long = 200_000
  for (const part of ["a", "a.", "1 ", "eyJ-", "x=", "a:", "<a", "Cookie", '\\"', "://", "a@", "["]) {
    const text = json({ note: part.repeat(long / part.length) })
    expect(redactBody(text)).not.toBeNull()
  }
  expect(redactBody("[".repeat(long))).toBeNull()
})

it("takes no random key of letters for a word", () => {
  const key = (n: number, length: number) =>
    [...createHash("sha512").update(`key ${n}`).digest()]
      .map((byte) => "abcdefghijklmnopqrstuvwxyz"[byte % 26])
      .join("")
      .slice(0, length)
  const taken = (length: number) => Array.from({ length: 20_000 }, (_, n) => key(n, length)).filter(isApiWord).length
  expect(taken(24)).toBe(0)
  expect(taken(16)).toBeLessThan(2_000)
})
