// Strangers' load on a receiver, in a process of its own: `node bench/strangers.mjs WHICH PORT SECONDS`; prints a
// line of figures.
import { Agent, get } from "node:http"
import { connect } from "node:net"

const [, , which, portText, secondsText] = process.argv
const port = Number(portText)
const until = performance.now() + Number(secondsText) * 1_000
const going = () => performance.now() < until
const wait = (ms) => new Promise((resume) => setTimeout(resume, ms))
const worthless = "0".repeat(64)
const head = (length) =>
  `POST /hooks/fd HTTP/1.1\r\nHost: h\r\nX-Freshworks-Signature: ${worthless}\r\nContent-Length: ${length}\r\n\r\n`

/** 2,000 connections at each moment that send headers and no body; one that is closed is followed by another. */
const headers = async () => {
  let opened = 0
  const one = () =>
    new Promise((resolve) => {
      const socket = connect(port, "127.0.0.1", () => {
        opened += 1
        socket.write(head(500))
      })
      const timer = setTimeout(() => socket.destroy(), Math.max(0, until - performance.now()))
      socket.on("error", () => undefined)
      socket.resume()
      socket.on("close", () => {
        clearTimeout(timer)
        resolve()
      })
    })
  await Promise.all(
    Array.from({ length: 2_000 }, async () => {
      while (going()) {
        await one()
        // Also where none is taken.
        await wait(20)
      }
    })
  )
  return `${opened} connections with headers and no body`
}

/** Whole posts with a worthless signature, one after the other on 64 connections. */
const flood = async () => {
  let answered = 0
  const request = `${head(1_000)}${"x".repeat(1_000)}`
  const one = () =>
    new Promise((resolve) => {
      const socket = connect(port, "127.0.0.1", () => socket.write(request))
      socket.on("data", () => {
        answered += 1
        if (going()) socket.write(request)
        else socket.destroy()
      })
      socket.on("error", () => undefined)
      socket.on("close", resolve)
    })
  await Promise.all(
    Array.from({ length: 64 }, async () => {
      while (going()) {
        await one()
        await wait(5)
      }
    })
  )
  return `${answered} forged posts answered`
}

/** 400 requests a second to the operators' listener. */
const operators = async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 32 })
  const statuses = new Map()
  const from = performance.now()
  for (let n = 0; going(); n++) {
    await wait(Math.max(0, from + n * 2.5 - performance.now()))
    get({ port, host: "127.0.0.1", path: n % 2 === 0 ? "/metrics" : "/readyz", agent }, (response) => {
      statuses.set(response.statusCode, (statuses.get(response.statusCode) ?? 0) + 1)
      response.resume()
    }).on("error", () => undefined)
  }
  agent.destroy()
  const all = [...statuses.values()].reduce((sum, count) => sum + count, 0)
  return `${Math.round(all / Number(secondsText))} answers a second to operators (${[...statuses].map(([status, count]) => `${count} × ${status}`)})`
}

console.log(await { headers, flood, operators }[which]())
process.exit(0)
