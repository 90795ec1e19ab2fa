// Asks over 16 kept connections, as fast as answers come: `node bench/through.mjs PORT COUNT` prints { perSecond, p99 } (ms).
import { connect } from "node:net"

const [, , port, countText] = process.argv
const count = Number(countText)
const request = Buffer.from(
  `GET /api/v2/tickets?per_page=100 HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Basic azpY\r\nUser-Agent: bench/1\r\n\r\n`
)
let left = count
const latencies = []
const started = process.hrtime.bigint()
await Promise.all(
  Array.from(
    { length: 16 },
    () =>
      new Promise((resolve, reject) => {
        // One buffer for all that comes: the client is not measured.
        const buffer = Buffer.allocUnsafe(256 * 1024)
        const callback = (length) => {
          take(buffer.subarray(0, length))
          return true
        }
        const socket = connect({ port: Number(port), host: "127.0.0.1", onread: { buffer, callback } })
        socket.setNoDelay(true)
        let due = 0
        let sentAt = 0n
        const next = () => {
          if (left-- <= 0) {
            socket.end()
            resolve()
          } else {
            sentAt = process.hrtime.bigint()
            socket.write(request)
          }
        }
        socket.on("connect", next)
        socket.on("error", reject)
        const take = (chunk) => {
          if (due === 0) {
            // The head comes in one piece: it is far smaller than a segment.
            const end = chunk.indexOf("\r\n\r\n")
            const head = chunk.subarray(0, end).toString("latin1")
            if (!head.startsWith("HTTP/1.1 200")) return reject(new Error(head))
            due = Number(/content-length: (\d+)/i.exec(head)[1]) - (chunk.length - end - 4)
          } else due -= chunk.length
          if (due !== 0) return
          latencies.push(Number(process.hrtime.bigint() - sentAt) / 1e6)
          next()
        }
      })
  )
)
const seconds = Number(process.hrtime.bigint() - started) / 1e9
latencies.sort((a, b) => a - b)
process.stdout.write(
  JSON.stringify({ perSecond: count / seconds, p99: latencies[Math.floor(latencies.length * 0.99)] })
)
