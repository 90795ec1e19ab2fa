/** Bytes that are hardly HTTP, on the senders' port; whatever they are, a sender on a fresh connection is answered. */
import { mkdtempSync, rmSync } from "node:fs"
import { request } from "node:http"
import { connect } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, it } from "vitest"
import { createReceiver, signBody } from "../../src/receiver/index.js"
import { deliveryBody, secret } from "../support/deliveries.js"
import { until } from "../support/until.js"
import { attack, campaignMs, type World } from "./Campaign.js"
import type { Dice } from "./Dice.js"
import { damagedBytes } from "./Mutation.js"

/** Base64, so that a report can hold it. */
interface Sent {
  readonly pieces: ReadonlyArray<string>
  /** How the client leaves: it closes its side, resets, waits for the other side, or ends once it has its answers. */
  readonly leaves: "ends" | "resets" | "waits" | "answered"
  /** Whole and signed requests in it: each may be answered 200; `all`: each has to be. */
  readonly signed: number
  readonly all: boolean
  /** Its framing has two meanings: nothing of it may be taken. */
  readonly ambiguous: boolean
}

const signedRequest = (
  id: string,
  extra: ReadonlyArray<string> = []
): { readonly head: string; readonly body: string } => {
  const body = deliveryBody({ id, snapshot: { id } })
  return {
    head: [
      "POST /hooks/fd HTTP/1.1",
      "Host: h",
      `X-Freshworks-Signature: ${signBody(Buffer.from(body), secret)}`,
      ...extra
    ].join("\r\n"),
    body
  }
}

const whole = (id: string): string => {
  const { body, head } = signedRequest(id)
  return `${head}\r\nContent-Length: ${body.length}\r\n\r\n${body}`
}
const chunks = (body: string, size: number): string => {
  let text = ""
  for (let from = 0; from < body.length; from += size) {
    const part = body.slice(from, from + size)
    text += `${part.length.toString(16)}\r\n${part}\r\n`
  }
  return `${text}0\r\n\r\n`
}
const chunked = (id: string, dice: Dice): string => {
  const { body, head } = signedRequest(id, ["Transfer-Encoding: chunked"])
  return `${head}\r\n\r\n${chunks(body, 1 + dice.below(200))}`
}

/** Two meanings of where the body ends, and in its depth a signed request that one of them uncovers. */
const twoMeanings = (id: string, dice: Dice): string => {
  const hidden = whole(`hidden-${id}`)
  const { head } = signedRequest(id)
  const both = `0\r\n\r\n${hidden}`
  const length = `Content-Length: ${both.length}`
  const framing = dice.pick([
    [length, "Transfer-Encoding: chunked"],
    ["Transfer-Encoding: chunked", length],
    [length, "Content-Length: 3"],
    ["Content-Length: 3", length],
    ["Content-Length: +3"],
    ["Content-Length: 0x3"],
    ["Content-Length: 3, 3"],
    ["Content-Length: -1"],
    ["Content-Length: 99999999999999999999"],
    [length, "Transfer-Encoding: xchunked"],
    [length, "Transfer-Encoding:\tchunked"],
    [length, "Transfer-Encoding: chunked, identity"],
    [length, "Transfer-Encoding: identity, chunked"],
    [length, "Transfer-Encoding : chunked"],
    ["Transfer-Encoding: chunked", "Transfer-Encoding: identity", length],
    [`Content-Length : ${both.length}`]
  ])
  return `${head}\r\n${framing.join("\r\n")}\r\n\r\n${both}`
}

const oddLines: ReadonlyArray<string> = [
  ...[
    "GET / HTTP/1.1",
    "GET /hooks/fd HTTP/1.1",
    "POST * HTTP/1.1",
    "CONNECT h:443 HTTP/1.1",
    "TRACE / HTTP/1.1",
    "PRI * HTTP/2.0"
  ],
  ...[
    "POST http://h/hooks/fd HTTP/1.1",
    "POST //hooks///fd/ HTTP/1.1",
    "POST /hooks/%66d HTTP/1.1",
    "POST /hooks/%ff HTTP/1.1"
  ],
  ...[
    "POST /hooks/fd HTTP/1.0",
    "POST /hooks/fd HTTP/0.9",
    "POST /hooks/fd",
    "post /hooks/fd HTTP/1.1",
    "POST /hooks/__proto__ HTTP/1.1"
  ],
  ...[
    "POST /hooks/fd?a#b HTTP/1.1",
    "GET /healthz HTTP/1.1",
    "HEAD /healthz HTTP/1.1",
    "GET /metrics HTTP/1.1",
    "OPTIONS * HTTP/1.1"
  ],
  `GET /${"a".repeat(17_000)} HTTP/1.1`,
  `POST /hooks/${"%2e%2e/".repeat(200)} HTTP/1.1`
]
const oddHeaders: ReadonlyArray<string> = [
  ...[
    "Host: h",
    "Host: a\r\nHost: b",
    "Host:",
    "Connection: close",
    "Connection: keep-alive",
    "Connection: upgrade, content-length"
  ],
  ...[
    "Upgrade: websocket",
    "Upgrade: h2c\r\nHTTP2-Settings: x",
    "Expect: 100-continue",
    "Expect: x",
    "Content-Length: 5"
  ],
  ...[
    "Content-Length: 9999999",
    "Transfer-Encoding: chunked",
    "Transfer-Encoding: gzip, chunked",
    "X-Freshworks-Signature: 00"
  ],
  ...[
    `X-Freshworks-Signature: ${"0".repeat(64)}`,
    "A: b\r\n folded",
    "A: b\r\n\tfolded",
    "A b: c",
    ": c",
    "A:\0",
    "A: \xff\xfe"
  ],
  ...["__proto__: x", "Trailer: X", "TE: trailers", "Keep-Alive: timeout=9999", "Content-Encoding: gzip", "A", " A: b"],
  `A: ${"b".repeat(9_000)}`,
  `A: ${"b".repeat(20_000)}`,
  Array.from({ length: 150 }, (_, n) => `H${n}: x`).join("\r\n")
]
const oddEnds = [
  "\r\n\r\n",
  "\n\n",
  "\r\r",
  "\r\n",
  "",
  "\r\n\r\nhello",
  "\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
  "\r\n\r\nffffffffffffffffff\r\n",
  "\r\n\r\n-1\r\n",
  "\r\n\r\n5;a=b\r\nhello\r\n0\r\nX: y\r\n\r\n",
  `\r\n\r\n5;${"e".repeat(20_000)}\r\n`
]

const oddRequest = (dice: Dice): string =>
  [dice.pick(oddLines), ...Array.from({ length: dice.below(5) }, () => dice.pick(oddHeaders))].join(
    dice.chance(0.9) ? "\r\n" : "\n"
  ) + dice.pick(oddEnds)

const make = (dice: Dice, number: number): Sent => {
  const id = `r-${number}`
  const way = dice.below(10)
  const pieces = (text: string | Buffer): ReadonlyArray<string> => {
    const bytes = Buffer.from(text as string, "latin1")
    const cuts = dice.chance(0.7) ? [] : [dice.below(bytes.length + 1)]
    return [0, ...cuts].map((from, at) => bytes.subarray(from, cuts[at]).toString("base64"))
  }
  const leaves = dice.pick<Sent["leaves"]>([
    "ends",
    "ends",
    "ends",
    "ends",
    "ends",
    "ends",
    "ends",
    "resets",
    "resets",
    "waits"
  ])
  const sound = { leaves: "answered", ambiguous: false, all: true } as const
  if (way === 0) return { ...sound, pieces: pieces(whole(id)), signed: 1 }
  if (way === 1) {
    const signed = 2 + dice.below(6)
    return {
      ...sound,
      pieces: pieces(
        Array.from({ length: signed }, (_, at) =>
          at % 2 === 0 ? whole(`${id}-${at}`) : chunked(`${id}-${at}`, dice)
        ).join("")
      ),
      signed
    }
  }
  if (way === 2) return { pieces: pieces(twoMeanings(id, dice)), leaves, signed: 0, all: false, ambiguous: true }
  if (way === 3) {
    const text = whole(id)
    return { pieces: pieces(text.slice(0, dice.below(text.length))), leaves, signed: 0, all: false, ambiguous: false }
  }
  // A damaged one may still be sound.
  if (way < 6)
    return {
      pieces: pieces(damagedBytes(Buffer.from(dice.pick([whole(id), chunked(id, dice)])), dice).toString("latin1")),
      leaves,
      signed: 1,
      all: false,
      ambiguous: false
    }
  const text = Array.from({ length: 1 + dice.below(3) }, () => oddRequest(dice)).join("")
  return { pieces: pieces(text), leaves, signed: 0, all: false, ambiguous: false }
}

/** DESIGN's table, and what HTTP itself asks of a server (RFC 9110, RFC 6585). */
const allowed = new Set(["100", "200", "400", "401", "404", "405", "408", "413", "415", "417", "431", "501", "505"])

const exchange = (port: number, { leaves, pieces, signed }: Sent): Promise<string> =>
  new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true })
    let answer = ""
    socket.on("data", (chunk) => {
      answer += chunk.toString("latin1")
      if (leaves === "answered" && answer.split("HTTP/1.1 ").length > signed) socket.end()
    })
    socket.on("error", () => undefined)
    socket.on("end", () => socket.end())
    socket.on("close", () => resolve(answer))
    socket.on("connect", () => {
      socket.setNoDelay(true)
      const writeNext = (at: number): void => {
        if (at < pieces.length)
          return void socket.write(Buffer.from(pieces[at]!, "base64"), () => setImmediate(writeNext, at + 1))
        if (leaves === "ends") socket.end()
        if (leaves === "resets") socket.resetAndDestroy()
      }
      writeNext(0)
    })
  })

const innocentPost = (port: number, id: string): Promise<number> =>
  new Promise((resolve, reject) => {
    const body = deliveryBody({ id, snapshot: { id } })
    const posting = request(
      {
        port,
        host: "127.0.0.1",
        path: "/hooks/fd",
        method: "POST",
        agent: false,
        headers: { "x-freshworks-signature": signBody(Buffer.from(body), secret), "content-length": body.length }
      },
      (response) => {
        response.resume()
        response.on("end", () => resolve(response.statusCode!))
      }
    )
    posting.on("error", reject)
    posting.end(body)
  })

const open = async (count: (outcome: string) => void): Promise<World<Sent>> => {
  const folder = mkdtempSync(join(tmpdir(), "hookshift-attack-"))
  const handed = new Set<string>()
  const receiver = await createReceiver({
    db: join(folder, "r.db"),
    listen: { port: 0 },
    sources: { fd: { profile: "freshworks", secrets: [secret] } },
    ackDeadlineMs: 100_000,
    limits: { headersMs: 500, bodyMs: 500, idleMs: 500 },
    onEvent: ({ entityId }) => void handed.add(entityId)
  })
  const innocents: Array<string> = []
  let taken = 0

  const one = async (input: Sent): Promise<void> => {
    const answer = await exchange(receiver.port, input)
    const statuses = [
      ...answer.matchAll(/HTTP\/1\.1 (\d{3}) [^\r]*\r\n(?:[^\r]+\r\n)*\r\n(stored|duplicate|quarantined)?/g)
    ]
    const odd = statuses.map(([, status]) => status!).filter((status) => !allowed.has(status))
    if (odd.length > 0) throw new Error(`answered ${odd.join(", ")}, which neither the table nor HTTP has for it`)
    const takenHere = statuses.filter(([, , word]) => word !== undefined).length
    taken += statuses.filter(([, , word]) => word === "stored" || word === "quarantined").length
    if (takenHere > input.signed) throw new Error(`${takenHere} deliveries were taken, and ${input.signed} are signed`)
    if (input.all && takenHere < input.signed)
      throw new Error(`${takenHere} of ${input.signed} sound requests were taken: ${answer.slice(0, 500)}`)
    for (const [, status] of statuses) count(status!)
    if (statuses.length === 0) count("closed")
  }

  return {
    run: async (inputs) => {
      const under = Promise.all(inputs.map(one))
      under.catch(() => undefined)
      // While they are at it, and after them.
      const id = `innocent-${innocents.length}`
      innocents.push(id, `${id}-later`)
      const first = await innocentPost(receiver.port, id)
      await under
      const later = await innocentPost(receiver.port, `${id}-later`)
      if (first !== 200 || later !== 200)
        throw new Error(`innocents on fresh connections were answered ${first} and ${later}`)
    },
    settle: async () => {
      await until(() => receiver.inbox.counts().stored === 0, "all is handed over")
      expect(innocents.filter((id) => !handed.has(id))).toEqual([])
      expect([...handed].filter((id) => id.startsWith("hidden"))).toEqual([])
      const { dead, delivered, quarantined } = receiver.inbox.counts()
      expect(dead).toBe(0)
      expect(receiver.inbox.list(1_000_000).length).toBe(delivered + quarantined)
      // A client that resets does not read its answer: more may be stored than it knows.
      expect(delivered + quarantined).toBeGreaterThanOrEqual(innocents.length + taken)
    },
    close: async () => {
      await receiver.close()
      rmSync(folder, { recursive: true, force: true })
    }
  }
}

it(
  "raw bytes are answered by the table or closed, nothing hidden in them is taken, and others are answered all the while",
  async () => {
    await attack({ name: "raw http", share: 0.1, together: 24, inRound: 480, open, make })
  },
  campaignMs
)
