/**
 * Bodies, addresses and headers as senders in the field write them: understood, or refused so that the sender shows it.
 */
import { join } from "node:path"
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from "node:zlib"
import fc from "fast-check"
import { describe, expect, it, onTestFinished } from "vitest"
import { pathSegments, requestTarget } from "../../src/domain/RequestTarget.js"
import { createReceiver, type Receiver, type ReceiverOptions, signBody } from "../../src/receiver/index.js"
import { type Log, sparingly } from "../../src/receiver/operations/Log.js"
import { deliveryBody, post, rawExchange, secret } from "../support/deliveries.js"
import { temporaryFolder } from "../support/files.js"

const starting = async (options: Partial<ReceiverOptions> = {}): Promise<Receiver> => {
  const receiver = await createReceiver({
    db: join(temporaryFolder(), "s.db"),
    listen: { port: 0 },
    admin: { port: 0 },
    sources: { fd: { profile: "freshworks", secrets: [secret] } },
    maxBodyBytes: 50_000,
    ...options
  })
  onTestFinished(() => receiver.close())
  return receiver
}

const json = (id: number): string =>
  deliveryBody({ id, snapshot: { id, subject: "Größe – 大きさ 😀 a+b&c=%41", updated_at: "2026-03-02T10:00:00Z" } })

const subjects = (receiver: Receiver): ReadonlyArray<unknown> =>
  receiver.inbox
    .list(100)
    .map(
      ({ id }) =>
        (JSON.parse(String(receiver.inbox.show(id)!.body)) as { snapshot: { subject: string } }).snapshot.subject
    )

const utf16 = (text: string, bigEndian: boolean): Buffer => {
  const bytes = Buffer.from(text, "utf16le")
  return bigEndian ? bytes.swap16() : bytes
}

describe("bodies", () => {
  const packings: ReadonlyArray<[string, string, (body: Buffer) => Buffer]> = [
    ["gzip", "gzip", gzipSync],
    ["its old name, in capitals", "X-GZIP", gzipSync],
    ["deflate with its header", "deflate", deflateSync],
    ["deflate without it", "deflate", deflateRawSync],
    ["br", "br", brotliCompressSync],
    ["two of them", "gzip, br", (body) => brotliCompressSync(gzipSync(body))],
    ["identity", "identity", (body) => body],
    ["a name that is none, over plain JSON", "utf-8", (body) => body],
    ["gzip, which a server in front has undone", "gzip", (body) => body]
  ]
  it("packed by any coding are understood, signed before or after", async () => {
    const receiver = await starting()
    let id = 0
    for (const [name, coding, pack] of packings) {
      const sent = pack(Buffer.from(json(++id)))
      const headers = { "content-encoding": coding }
      expect(await post(receiver.url, sent, { headers }), name).toMatchObject({ status: 200, text: "stored\n" })
      const signedBefore = json(++id)
      const signature = signBody(Buffer.from(signedBefore), secret)
      const given = await post(receiver.url, pack(Buffer.from(signedBefore)), {
        headers: { ...headers, "x-freshworks-signature": signature }
      })
      expect(given, name).toMatchObject({ status: 200, text: "stored\n" })
      const forged = await post(receiver.url, sent, { headers, secret: "another" })
      expect(forged.status, name).toBe(401)
    }
    expect(receiver.inbox.counts().stored).toBe(id)
    expect(new Set(subjects(receiver)).size).toBe(1)
  })
  it("that unpack to more than the limit, or not at all, are refused", async () => {
    const receiver = await starting()
    const bomb = gzipSync(Buffer.alloc(40_000_000, 0x20))
    expect((await post(receiver.url, bomb, { headers: { "content-encoding": "gzip" } })).status).toBe(413)
    const twice = gzipSync(bomb)
    expect((await post(receiver.url, twice, { headers: { "content-encoding": "gzip, gzip" } })).status).toBe(413)
    for (const [coding, body] of [
      ["gzip", gzipSync(json(1)).subarray(0, 50)],
      ["br", Buffer.from("no brotli")],
      ["compress", gzipSync(json(1))],
      ["gzip, gzip, gzip, gzip", gzipSync(json(1))]
    ] as const) {
      const given = await post(receiver.url, body, { headers: { "content-encoding": coding } })
      expect([coding, given.status, given.headers.get("accept-encoding")]).toEqual([coding, 415, "gzip, deflate, br"])
    }
    expect(receiver.inbox.list(10)).toEqual([])
    const page = await (await fetch(`${receiver.adminUrl}/metrics`)).text()
    expect(page).toContain('hookshift_deliveries_total{source="fd",outcome="unsupported"} 4')
  })
  it("in other charsets, with and without a mark, become the same event", async () => {
    const receiver = await starting()
    const bodies: ReadonlyArray<[string, Buffer]> = [
      ["application/json", Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(json(1))])],
      ["application/json", Buffer.concat([Buffer.from([0xff, 0xfe]), utf16(json(1), false)])],
      ["application/json", Buffer.concat([Buffer.from([0xfe, 0xff]), utf16(json(1), true)])],
      ["application/json; charset=utf-16", utf16(json(1), false)],
      ["application/json", utf16(json(1), true)],
      ['application/json; charset="UTF-16BE"', utf16(json(1), true)],
      ["text/plain", Buffer.from(`\r\n ${json(1)}`)]
    ]
    const answers: Array<string> = []
    for (const [type, body] of bodies)
      answers.push((await post(receiver.url, body, { headers: { "content-type": type } })).text)
    expect(answers).toEqual(["stored\n", ...Array.from({ length: bodies.length - 1 }, () => "duplicate\n")])
    const latin = Buffer.from(deliveryBody({ id: 2, snapshot: { id: 2, subject: "Größe" } }), "latin1")
    const given = await post(receiver.url, latin, {
      headers: { "content-type": "application/json; charset=ISO-8859-1" }
    })
    expect(given.text).toBe("stored\n")
    expect(subjects(receiver)).toEqual(["Größe", "Größe – 大きさ 😀 a+b&c=%41"])
    const unknown = await post(receiver.url, latin, {
      headers: { "content-type": "application/json; charset=klingon" }
    })
    expect(unknown.status).toBe(415)
  })
  it("as forms are understood: GitHub's payload, fields by name, and JSON that only says it is a form", async () => {
    const receiver = await starting()
    const form = { "content-type": "application/x-www-form-urlencoded; charset=utf-8" }
    const answers = [
      await post(receiver.url, new URLSearchParams({ payload: json(1) }).toString(), { headers: form }),
      await post(receiver.url, `payload=${encodeURIComponent(json(2))}`),
      await post(receiver.url, json(3), { headers: form }),
      await post(receiver.url, "event=ticket_update&entity=ticket&id=4&updated_at=2026-03-02T10%3A00%3A00Z", {
        headers: form
      }),
      await post(receiver.url, "freshdesk_webhook%5Bticket_id%5D=%235&freshdesk_webhook[__proto__]=x&__proto__[a]=1", {
        headers: form
      })
    ]
    expect(answers.map(({ text }) => text)).toEqual(Array.from({ length: 5 }, () => "stored\n"))
    expect(receiver.inbox.list(10).map(({ entityId }) => entityId)).toEqual(["5", "4", "3", "2", "1"])
    const empty = await post(receiver.url, "payload=", { headers: form })
    expect(empty.text).toBe("quarantined\n")
  })
  it("of types that never hold JSON are refused, signed or not; JSON under such a name is taken", async () => {
    const receiver = await starting()
    for (const type of ["text/xml", "application/atom+xml; charset=utf-8", "multipart/form-data; boundary=b"]) {
      expect((await post(receiver.url, "<a/>", { headers: { "content-type": type } })).status, type).toBe(415)
      expect((await post(receiver.url, "<a/>", { headers: { "content-type": type }, secret: "x" })).status, type).toBe(
        401
      )
    }
    expect((await post(receiver.url, json(1), { headers: { "content-type": "application/xml" } })).text).toBe(
      "stored\n"
    )
  })
  it("of any bytes get an answer, never a crash", async () => {
    const receiver = await starting()
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 60 }),
        fc.constantFrom("gzip", "br", "deflate", "identity", "br, gzip"),
        fc.constantFrom("application/json", "application/x-www-form-urlencoded", "text/xml", "a/b; charset=utf-16be"),
        async (body, coding, type) => {
          const headers = { "content-encoding": coding, "content-type": type }
          expect([200, 413, 415]).toContain((await post(receiver.url, body, { headers })).status)
        }
      ),
      { numRuns: 150 }
    )
  })
})

describe("a quarantine", () => {
  it("is logged with its reason and source, not with its body", async () => {
    const lines: Array<Parameters<Log>> = []
    const receiver = await starting({ log: (...line) => void lines.push(line) })
    for (const body of [
      "",
      "no JSON",
      "[1]",
      '{"action":"canary value!","data":{}}',
      '{"action":"new_kind","data":{}}',
      "no JSON either"
    ])
      expect((await post(receiver.url, body)).text).toBe("quarantined\n")
    expect(lines.filter(([level]) => level === "warning").map(([, , fields]) => fields)).toEqual([
      { source: "fd", reason: "an empty body" },
      { source: "fd", reason: "no JSON" },
      { source: "fd", reason: "no JSON object" },
      { source: "fd", reason: "an action that is not known" },
      { source: "fd", reason: "an action that is not known (new_kind)" }
    ])
  })
  it("that comes again and again is one line a minute, with the count of those since, also of the last", async () => {
    const lines: Array<unknown> = []
    let now = 0
    const told = sparingly(
      (_, __, fields) => void lines.push(fields),
      () => now,
      40
    )
    for (let n = 0; n < 5; n++) told("warning", "quarantined", { reason: "r" })
    told("warning", "quarantined", { reason: "other" })
    expect(lines).toEqual([{ reason: "r" }, { reason: "other" }])
    now = 40
    await expect.poll(() => lines.length, { timeout: 20_000 }).toBe(3)
    expect(lines[2]).toEqual({ reason: "r", timesSince: 4 })
  })
})

describe("hook addresses", () => {
  it.each([
    "/hooks/fd",
    "/hooks/fd/",
    "//hooks//fd//",
    "/hooks/fd?tenant=1",
    "/hooks/fd/?",
    "/%68ooks/%66d",
    "http://hooks.acme.example/hooks/fd",
    "HTTP://user@hooks.acme.example:80//hooks/fd/?a=/b/c",
    "/hooks/fd#part"
  ])("in the form %s reach their source", async (target) => {
    const receiver = await starting()
    const body = json(1)
    const answer = await rawExchange(receiver.port, [
      `POST ${target} HTTP/1.1\r\nHost: h\r\nX-Freshworks-Signature: ${signBody(Buffer.from(body), secret)}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n`,
      body
    ])
    expect(answer).toContain("200 OK")
  })
  it.each(["/hooks", "/hooks/", "/hooks/other", "/fd", "/x/hooks/fd", "/hooks/fd/more", "*"])(
    "in the form %s are nobody's",
    async (target) => {
      const receiver = await starting()
      const answer = await rawExchange(receiver.port, [
        `POST ${target} HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`
      ])
      expect(answer).toContain("404 Not Found")
    }
  )
  it("are read by one rule", () => {
    expect(requestTarget("http://a.example?x=1")).toEqual({ authority: "a.example", path: "/?x=1" })
    expect(requestTarget("https://A.example:443/p#f")).toEqual({ authority: "a.example", path: "/p" })
    expect(requestTarget("https://a.example:80/p").authority).toBe("a.example:80")
    expect(requestTarget("?x")).toEqual({ authority: null, path: "/?x" })
    expect(requestTarget("*")).toEqual({ authority: null, path: "*" })
    expect(pathSegments("/a%2Fb//%zz/?c/d")).toEqual(["a/b", "%zz"])
  })
  it("refuse a large body so that the refusal arrives, though the sender reads only after it has sent all", async () => {
    const receiver = await starting()
    const body = Buffer.alloc(3_000_000, 0x20)
    const answer = await rawExchange(receiver.port, [
      `POST /hooks/fd HTTP/1.1\r\nHost: h\r\nX-Freshworks-Signature: ${"0".repeat(64)}\r\nContent-Length: ${body.length}\r\n\r\n`,
      body
    ])
    expect(answer).toContain("413 Payload Too Large")
  })
})
