/** Deliveries of strangers: forged, mutated, oversized, slow and too many; signed ones get through. */
import { createHmac, randomBytes } from "node:crypto"
import { connect, type Socket } from "node:net"
import { join } from "node:path"
import { monitorEventLoopDelay } from "node:perf_hooks"
import fc from "fast-check"
import { describe, expect, it, onTestFinished } from "vitest"
import { createReceiver, type Receiver, type ReceiverOptions, signBody } from "../../src/receiver/index.js"
import { addressList, clientAddress } from "../../src/receiver/intake/Addresses.js"
import { parsePayload } from "../../src/receiver/payloads/PayloadParser.js"
import { deliveryBody, post, secret } from "../support/deliveries.js"
import { temporaryFolder } from "../support/files.js"

const starting = async (options: Partial<ReceiverOptions> = {}): Promise<Receiver> => {
  const receiver = await createReceiver({
    db: join(temporaryFolder(), "b.db"),
    listen: { port: 0 },
    sources: { fd: { profile: "freshworks", secrets: [secret] } },
    ...options
  })
  onTestFinished(() => receiver.close())
  return receiver
}

const open = (port: number): Promise<Socket> =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => resolve(socket))
    socket.on("error", () => undefined)
    onTestFinished(() => void socket.destroy())
  })

const ended = (socket: Socket): Promise<string> =>
  new Promise((resolve) => {
    let text = ""
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1")
    })
    socket.on("close", () => resolve(text))
  })

const signed = (body: string): string =>
  `POST /hooks/fd HTTP/1.1\r\nHost: h\r\nX-Freshworks-Signature: ${signBody(Buffer.from(body), secret)}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n`

describe("connections", () => {
  it("that dawdle over their headers or body are closed, and signed deliveries pass all the while", async () => {
    const receiver = await starting({ limits: { headersMs: 500, bodyMs: 500 } })
    const slow = await Promise.all(Array.from({ length: 50 }, () => open(receiver.port)))
    for (const [n, socket] of slow.entries())
      socket.write(n % 2 === 0 ? "POST /hooks/fd HTT" : `${signed("x".repeat(99))}x`)
    const closed = Promise.all(slow.map(ended))
    for (let id = 1; id <= 20; id++) expect((await post(receiver.url, deliveryBody({ id }))).status).toBe(200)
    const answers = await closed
    expect(answers.every((text) => text === "" || text.includes(" 408 "))).toBe(true)
    expect(receiver.inbox.list(100)).toHaveLength(20)
  })
  it("beyond the bound make the one that was quiet longest give way", async () => {
    const receiver = await starting({ limits: { connections: 10 } })
    const first = await open(receiver.port)
    const gone = ended(first)
    await Promise.all(Array.from({ length: 10 }, () => open(receiver.port)))
    expect(await gone).toBe("")
    expect((await post(receiver.url, deliveryBody())).status).toBe(200)
  })
  it("that hold much of bodies give way, oldest first, with a 503", async () => {
    const receiver = await starting({ limits: { unfinishedBytes: 3_000_000, bodyMs: 60_000 } })
    const hoarders = await Promise.all(Array.from({ length: 6 }, () => open(receiver.port)))
    const answers = hoarders.map(ended)
    for (const socket of hoarders) {
      socket.write(signed("y".repeat(1_000_000)))
      await new Promise<void>((resume) => socket.write("y".repeat(900_000), () => resume()))
    }
    expect(await answers[0]).toContain(" 503 ")
    expect((await post(receiver.url, deliveryBody())).status).toBe(200)
  })
})

describe("a flood, nine of ten unsigned or wrongly signed", () => {
  it("has everything stored that was answered 200, the rest refused, and is answered to the end", async () => {
    const receiver = await starting({ ackDeadlineMs: 4_000 })
    const outcomes = new Map<string, number>()
    const acknowledged = new Set<string>()
    const count = Number(process.env["FLOOD"] ?? 6_000)
    let next = 0
    await Promise.all(
      Array.from({ length: 200 }, async () => {
        for (let id = ++next; id <= count; id = ++next) {
          const body = deliveryBody({ id })
          const kind = id % 10
          const headers: Record<string, string> =
            kind === 0
              ? {}
              : kind < 4
                ? { "x-freshworks-signature": "0".repeat(64) }
                : kind < 8
                  ? { "x-freshworks-signature": "nonsense" }
                  : { "x-freshworks-signature": signBody(Buffer.from(body), "stolen?") }
          const answer = await post(receiver.url, body, kind === 0 ? {} : { headers }).catch(() => null)
          const key = `${kind === 0 ? "signed" : "forged"} ${answer?.status ?? "closed"}`
          outcomes.set(key, (outcomes.get(key) ?? 0) + 1)
          if (answer?.status === 200) acknowledged.add(String(id))
        }
      })
    )
    expect(outcomes.get("forged 200")).toBeUndefined()
    expect([...outcomes.keys()].filter((key) => !/^(?:signed (?:200|503)|forged (?:401|closed))$/.test(key))).toEqual(
      []
    )
    expect(outcomes.get("signed 200")).toBe(count / 10)
    const kept = new Set(receiver.inbox.list(count).map(({ entityId }) => entityId))
    expect(kept).toEqual(acknowledged)
  }, 240_000)
})

describe("raw bytes", () => {
  it("of any sort are answered by the table or closed, and never stop the receiver", async () => {
    const receiver = await starting({ limits: { headersMs: 300, bodyMs: 300 } })
    const piece = fc.oneof(
      fc.constant("POST /hooks/fd HTTP/1.1\r\n"),
      fc.constant("Content-Length: 5\r\n"),
      fc.constant("Content-Length: -1\r\n"),
      fc.constant("Transfer-Encoding: chunked\r\n"),
      fc.constant(`X-Freshworks-Signature: ${"0".repeat(64)}\r\n`),
      fc.constant("Host: h\r\n"),
      fc.constant("\r\n"),
      fc.constant("5\r\nhello\r\n"),
      fc.constant("0\r\n\r\n"),
      fc.string({ maxLength: 40 }),
      fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString("latin1"))
    )
    // Measured and told, not asserted: how long the event loop stood still, this test's own work included.
    const stalls = monitorEventLoopDelay({ resolution: 5 })
    stalls.enable()
    const allowed = new Set(["200", "400", "401", "403", "404", "405", "408", "413", "417", "431", "503"])
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { minLength: 1, maxLength: 12 }), async (pieces) => {
        const socket = await open(receiver.port)
        const answer = ended(socket)
        socket.end(Buffer.from(pieces.join(""), "latin1"))
        const statuses = [...(await answer).matchAll(/HTTP\/1\.1 (\d{3}) /g)].map((match) => match[1]!)
        expect(statuses.filter((status) => !allowed.has(status))).toEqual([])
      }),
      { numRuns: Number(process.env["RAW_RUNS"] ?? 150) }
    )
    stalls.disable()
    console.log(`longest stall of the event loop under raw bytes: ${Math.round(stalls.max / 1e6)} ms`)
    expect((await post(receiver.url, deliveryBody())).status).toBe(200)
  }, 240_000)
})

describe("forged signatures", () => {
  it("are never taken: bits flipped, cut, prefixed, of other bodies, of other secrets", async () => {
    const receiver = await starting()
    const body = Buffer.from(deliveryBody())
    const right = createHmac("sha256", secret).update(body).digest()
    const runs = Number(process.env["FORGERY_RUNS"] ?? 20_000)
    let taken = 0
    for (let run = 0; run < runs; run++) {
      const forged = Buffer.from(right)
      const way = run % 4
      if (way === 0) forged[run % 32]! ^= 1 << (run % 8)
      else if (way === 1) randomBytes(32 - (run % 31)).copy(forged, run % 31)
      else if (way === 2) randomBytes(32).copy(forged)
      const text = way === 3 ? right.toString("hex").slice(0, run % 64) : forged.toString("hex")
      if (forged.equals(right) && way !== 3) continue
      const head = { method: "POST", source: "fd", headers: { "x-freshworks-signature": text }, remoteAddress: "" }
      if (receiver.intake.admit(head) !== null) continue
      await new Promise<void>((resume) =>
        receiver.intake.deliver(head, body, ({ status }) => {
          if (status !== 401) taken += 1
          resume()
        })
      )
    }
    expect(taken).toBe(0)
    expect(receiver.inbox.list(1)).toEqual([])
  }, 240_000)
})

describe("addresses", () => {
  it("outside a source's list are answered 403; behind a trusted proxy the client's counts", async () => {
    const receiver = await starting({
      trustProxy: ["127.0.0.1"],
      sources: { fd: { profile: "freshworks", secrets: [secret], allowFrom: ["203.0.113.0/24"] } }
    })
    expect((await post(receiver.url, deliveryBody())).status).toBe(403)
    const via = (address: string) => post(receiver.url, deliveryBody(), { headers: { "x-forwarded-for": address } })
    expect((await via("203.0.113.9")).status).toBe(200)
    expect((await via("203.0.113.9, 198.51.100.1")).status).toBe(403)
  })
  it("are read from the right, past trusted proxies only", () => {
    const trusted = addressList(["10.0.0.0/8", "::1"])
    expect(clientAddress("10.0.0.1", "1.1.1.1, 2.2.2.2, 10.9.9.9", trusted)).toBe("2.2.2.2")
    expect(clientAddress("3.3.3.3", "1.1.1.1", trusted)).toBe("3.3.3.3")
    expect(clientAddress("::ffff:10.0.0.1", "nonsense", trusted)).toBe("10.0.0.1")
    expect(addressList(["300.1.1.1"])).toBeNull()
    expect(addressList(["10.0.0.0/33"])).toBeNull()
  })
})

describe("JSON", () => {
  const read = (text: string) => parsePayload(Buffer.from(text), { provider: null, header: () => undefined })
  const event = (snapshot: string, id = '"7"') =>
    `{"event":"ticket_update","entity":"ticket","id":${id},"updated_at":"2026-03-02T10:00:00Z","snapshot":${snapshot}}`
  const snapshotOf = (text: string): Record<string, unknown> => {
    const found = read(text)
    if (!found.understood) throw new Error(found.reason)
    return found.event.snapshot as Record<string, unknown>
  }
  it("keeps ids beyond 2^53, in ids and in snapshots", () => {
    const found = read(
      event(
        '{"ref":9007199254740993,"list":[12345678901234567890],"price":0.12345678901234567,"text":"9007199254740993 \\" x"}',
        "9007199254740993"
      )
    )
    expect(found).toMatchObject({ understood: true, event: { entityId: "9007199254740993" } })
    expect(
      snapshotOf(
        event('{"ref":9007199254740993,"safe":9007199254740991,"price":0.12345678901234567,"text":"9007199254740993"}')
      )
    ).toEqual({
      ref: "9007199254740993",
      safe: 9007199254740991,
      price: 0.12345678901234566,
      text: "9007199254740993"
    })
  })
  it("lets no key change an object's nature, takes the last of two, and half a surrogate pair for no id", () => {
    const snapshot = snapshotOf(event('{"__proto__":{"admin":true},"a":1,"a":2,"constructor":{"prototype":{"x":1}}}'))
    expect(Object.getPrototypeOf(snapshot)).toBe(Object.prototype)
    expect(snapshot["admin"]).toBeUndefined()
    expect(Object.keys(snapshot)).toEqual(["a", "constructor"])
    expect(snapshot["a"]).toBe(2)
    expect(snapshotOf(event('{"\\u005f_proto__":{"admin":true},"b":1}'))["admin"]).toBeUndefined()
    expect(read(event("{}", '"\\ud800"')).understood).toBe(false)
    expect(read(event("{}", "1.5")).understood).toBe(false)
    expect(read(event("{}", "1e400")).understood).toBe(false)
    expect(snapshotOf(event('{"text":"\\ud800"}'))["text"]).toBe("\ud800")
  })
})
