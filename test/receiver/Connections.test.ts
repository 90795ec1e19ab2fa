/** Which connection gives way at the bound: strangers and idle ones, never a signed delivery's. */
import { Agent, request } from "node:http"
import { connect, type Socket } from "node:net"
import { join } from "node:path"
import fc from "fast-check"
import { describe, expect, it, onTestFinished } from "vitest"
import { createReceiver, type Receiver, type ReceiverOptions, signBody } from "../../src/receiver/index.js"
import { networkOf } from "../../src/receiver/intake/Addresses.js"
import { Shares } from "../../src/receiver/intake/Shares.js"
import { deliveryBody, post, secret } from "../support/deliveries.js"
import { temporaryFolder } from "../support/files.js"
import { until } from "../support/until.js"

const starting = async (options: Partial<ReceiverOptions>): Promise<Receiver> => {
  const receiver = await createReceiver({
    db: join(temporaryFolder(), "c.db"),
    listen: { port: 0 },
    sources: { fd: { profile: "freshworks", secrets: [secret] } },
    ...options
  })
  onTestFinished(() => receiver.close())
  return receiver
}

const open = (port: number, text = "", localAddress = "127.0.0.1"): Promise<Socket> =>
  new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1", localAddress }, () => {
      socket.write(text)
      resolve(socket)
    })
    socket.on("error", () => undefined)
    onTestFinished(() => void socket.destroy())
  })

const unsigned = (more = ""): string =>
  `POST /hooks/fd HTTP/1.1\r\nHost: h\r\nX-Freshworks-Signature: ${"0".repeat(64)}\r\n${more}Content-Length: 5\r\n\r\n`

/** A post on a kept connection of one's own: the status, or that the connection was lost. */
const keptPost = (port: number, agent: Agent, id: number): Promise<number | string> =>
  new Promise((resolve) => {
    const body = deliveryBody({ id })
    const headers = { "x-freshworks-signature": signBody(Buffer.from(body), secret) }
    const posting = request({ port, host: "127.0.0.1", path: "/hooks/fd", method: "POST", agent, headers })
    posting.on("response", (response) => {
      response.resume()
      response.on("end", () => resolve(response.statusCode!))
    })
    posting.on("error", (error) => resolve(error.message))
    posting.end(body)
  })

describe("many times the bound of connections that send headers and no body", () => {
  it("take room from each other only: every signed post is answered, new or on a kept connection", async () => {
    const bound = Number(process.env["CONNECTIONS"] ?? 60)
    const receiver = await starting({ limits: { connections: bound, bodyMs: 600_000 } })
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    onTestFinished(() => agent.destroy())
    expect(await keptPost(receiver.port, agent, 1)).toBe(200)
    let refused = 0
    const statuses: Array<number | string> = []
    for (let n = 0; n < 4 * bound; n++) {
      const socket = await open(receiver.port, unsigned())
      socket.on("data", (chunk) => {
        if (chunk.toString().includes(" 503 ")) refused += 1
      })
      if (n % 20 === 0) {
        statuses.push((await post(receiver.url, deliveryBody({ id: 100 + n }))).status)
        statuses.push(await keptPost(receiver.port, agent, 10_000 + n))
      }
    }
    expect(new Set(statuses)).toEqual(new Set([200]))
    await until(() => refused > bound)
    const { values } = await receiver.metrics.givenWay.get()
    expect(values.map(({ labels }) => labels.state)).toEqual(["stranger"])
  })
  it("of one address do not touch another's, however new they are", async () => {
    const receiver = await starting({ limits: { connections: 20, bodyMs: 600_000 } })
    const body = deliveryBody()
    const slow = await open(
      receiver.port,
      `POST /hooks/fd HTTP/1.1\r\nHost: h\r\nX-Freshworks-Signature: ${signBody(Buffer.from(body), secret)}\r\nContent-Length: ${body.length}\r\n\r\n`,
      "127.0.0.2"
    )
    let answer = ""
    slow.on("data", (chunk) => {
      answer += chunk
    })
    for (let n = 0; n < 100; n++) await open(receiver.port, unsigned())
    slow.write(body)
    await until(() => answer.includes(" 200 "))
  })
})

it("idle connections of honest senders go before requests under way, while strangers are few", async () => {
  const receiver = await starting({ limits: { connections: 10 } })
  const agents = Array.from({ length: 10 }, () => new Agent({ keepAlive: true, maxSockets: 1 }))
  onTestFinished(() => agents.forEach((agent) => void agent.destroy()))
  for (const [id, agent] of agents.entries()) expect(await keptPost(receiver.port, agent, id)).toBe(200)
  const fresh = await Promise.all(
    Array.from({ length: 5 }, (_, id) => {
      const agent = new Agent({ keepAlive: true })
      onTestFinished(() => agent.destroy())
      return keptPost(receiver.port, agent, 100 + id)
    })
  )
  expect(fresh).toEqual([200, 200, 200, 200, 200])
  const { values } = await receiver.metrics.givenWay.get()
  expect(values.map(({ labels }) => labels.state)).toEqual(["idle"])
})

it("a stranger that was answered is not kept as long as a sender that has signed", async () => {
  const receiver = await starting({})
  const kept = await open(receiver.port, "GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n")
  const gone = new Promise((resolve) => kept.resume().once("close", resolve))
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  onTestFinished(() => agent.destroy())
  expect(await keptPost(receiver.port, agent, 1)).toBe(200)
  await gone
  expect(Object.values(agent.freeSockets)).toHaveLength(1)
}, 300_000)

it("the one to give way is of the address that holds most, and never the spared one", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom("a", "b", "c"), fc.nat(9)), { minLength: 1, maxLength: 30 }),
      (given) => {
        const shares = new Shares<number>()
        const weights = new Map<string, number>()
        given.forEach(([address, weight], holder) => {
          shares.join(address, holder, weight)
          weights.set(address, (weights.get(address) ?? 0) + weight)
        })
        const newest = given.length - 1
        const first = shares.first(newest)
        if (given.length === 1) {
          expect(first).toBeUndefined()
          return
        }
        expect(first).not.toBe(newest)
        const others = [...weights].filter(([address]) =>
          given.some(([a], holder) => a === address && holder !== newest)
        )
        expect(weights.get(given[first!]![0])).toBe(Math.max(...others.map(([, weight]) => weight)))
        expect(given.findIndex(([address]) => address === given[first!]![0])).toBe(first)
        given.forEach(([address, weight], holder) => void shares.leave(address, holder, weight))
        expect([shares.size, shares.first()]).toEqual([0, undefined])
      }
    )
  )
})

it.each([
  ["127.0.0.1", "127.0.0.1"],
  ["::ffff:10.0.0.1", "10.0.0.1"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
  ["2001:DB8:0001::9", "2001:db8:1:0::/64"],
  ["::1", "0:0:0:0::/64"],
  ["fe80::1%eth0", "fe80:0:0:0::/64"],
  ["", ""]
])("the address %s counts to the share of %s", (address, network) => {
  expect(networkOf(address)).toBe(network)
})
