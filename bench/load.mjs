// Posts prepared deliveries over 64 connections and prints { perSecond, p99 } : `node bench/load.mjs PORT COUNT ROUND`.
import { connect } from "node:net"
import { signatureOf, ticketBody } from "./deliveries.mjs"

const [, , port, countText, round] = process.argv
const count = Number(countText)
const connections = 64

const filler = "x".repeat(1_700)
const requests = Array.from({ length: count }, (_, n) => {
  const id = Number(round) * count + n
  // A hundred changes a second, as the provider stamps them.
  const stamp = `${new Date(Date.UTC(2026, 2, 2) + Math.floor(id / 100) * 1000).toISOString().slice(0, 19)}Z`
  const body = ticketBody(id, stamp, { priority: 1, tags: ["a"], description_text: filler })
  const signature = signatureOf(body)
  return Buffer.from(
    `POST /hooks/fd HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nX-Freshworks-Signature: ${signature}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
  )
})

const latencies = []
let next = 0
const started = process.hrtime.bigint()
await Promise.all(
  Array.from(
    { length: connections },
    () =>
      new Promise((resolve, reject) => {
        const socket = connect(Number(port), "127.0.0.1")
        socket.setNoDelay(true)
        let sentAt = 0n
        const send = () => {
          if (next >= count) {
            socket.end()
            return resolve()
          }
          sentAt = process.hrtime.bigint()
          socket.write(requests[next++])
        }
        socket.on("connect", send)
        socket.on("error", reject)
        socket.on("data", (chunk) => {
          // Answers are small and come one at a time: one chunk is one answer.
          if (chunk.subarray(9, 12).toString("latin1") !== "200") return reject(new Error(chunk.toString("latin1")))
          latencies.push(Number(process.hrtime.bigint() - sentAt) / 1e6)
          send()
        })
      })
  )
)
const seconds = Number(process.hrtime.bigint() - started) / 1e9
latencies.sort((a, b) => a - b)
process.stdout.write(
  JSON.stringify({ perSecond: count / seconds, p99: latencies[Math.floor(latencies.length * 0.99)] })
)
