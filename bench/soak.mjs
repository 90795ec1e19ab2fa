// `npm run soak`: lasting load on a real `receive`, whose target is slow, then answers 500 to everything, then is
// sound, again and again. Prints memory, WAL and database as a table, and whether they are flat: the later half of the
// cycles peaks no higher than the half before it. Ends with 1 where they are not, or where a delivery was lost, handed
// over twice or out of order. SOAK_DELIVERIES (2,000,000), SOAK_CYCLES (5), SOAK_RATE (most a second, 3,000),
// SOAK_SAMPLE_SECONDS (15), BENCH_FOLDER.
import { mkdtempSync, rmSync, statSync } from "node:fs"
import { createServer } from "node:http"
import { connect } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { signatureOf, ticketBody } from "./deliveries.mjs"
import { say } from "./measure.mjs"
import { startReceive } from "./receive.mjs"

const number = (name, otherwise) => Number(process.env[name] ?? otherwise)
const cycles = number("SOAK_CYCLES", 5)
const perCycle = Math.ceil(number("SOAK_DELIVERIES", 2_000_000) / cycles)
const total = perCycle * cycles
const rate = number("SOAK_RATE", 3_000)
const sampleMs = number("SOAK_SAMPLE_SECONDS", 15) * 1_000
const connections = 32
/** As many as an account has: their state is kept for good, so more of them would be growth that is meant. */
const entities = 20_000
/** Shares of a cycle's deliveries that meet each target; the rest of them a sound one. */
const phases = [
  { name: "slow", share: 0.25, answer: { afterMs: 50, status: 200 } },
  { name: "failing", share: 0.25, answer: { afterMs: 0, status: 500 } },
  { name: "sound", share: 0.5, answer: { afterMs: 0, status: 200 } }
]
/** Peaks of two halves may differ by so much: garbage collection and the moment of a fold are chance. */
const allowed = (peak) => peak * 1.15 + 32 * 1024 * 1024
/** The WAL's own bound (docs/receiver.md), with what comes during a fold. */
const walBound = 200 * 1024 * 1024

let answer = phases[0].answer
const timesHanded = new Uint8Array(total)
const lastOf = new Int32Array(entities).fill(-1)
const handed = { events: 0, twice: 0, outOfOrder: 0, refused: 0 }
const target = createServer((request, response) => {
  const chunks = []
  request.on("data", (chunk) => chunks.push(chunk))
  request.on("end", () => {
    const { afterMs, status } = answer
    const take = () => {
      response.writeHead(status).end()
      if (status !== 200) {
        handed.refused += 1
        return
      }
      const { seq } = JSON.parse(Buffer.concat(chunks)).after
      timesHanded[seq] += 1
      if (timesHanded[seq] > 1) {
        handed.twice += 1
        return
      }
      handed.events += 1
      if (lastOf[seq % entities] > seq) handed.outOfOrder += 1
      lastOf[seq % entities] = seq
    }
    if (afterMs > 0) setTimeout(take, afterMs)
    else take()
  })
})
await new Promise((resume) => target.listen(0, "127.0.0.1", resume))

const work = mkdtempSync(join(process.env.BENCH_FOLDER ?? tmpdir(), "hookshift-soak-"))
const forward = `http://127.0.0.1:${target.address().port}/`
// Kept for a short time, so that a purge runs all along.
const receiver = await startReceive(work, { keepDelivered: "20 seconds" }, ["--forward", forward])
const { admin, db, port, warnings } = receiver
let stopping = false
void receiver.ended.then((how) => {
  if (stopping) return
  console.error(`the receiver ended with ${how}: ${[...warnings.keys()].join("; ")}`)
  process.exit(1)
})

const requestOf = (seq) => {
  const id = (seq % entities) + 1
  const stamp = new Date(Date.UTC(2026, 0, 1) + Math.floor(seq / 100) * 1_000).toISOString()
  const body = ticketBody(id, stamp, { seq, description_text: "x".repeat(300) })
  return `POST /hooks/fd HTTP/1.1\r\nHost: h\r\nX-Freshworks-Signature: ${signatureOf(body)}\r\nContent-Length: ${body.length}\r\n\r\n${body}`
}

let sent = 0
let mayStart = performance.now()
const unavailable = { answers: 0 }
const acknowledged = { deliveries: 0 }
/**
 * A sender on a connection of its own: the next delivery follows the acknowledgement of the last, and a refused one is
 * sent again.
 */
const sender = (upTo) =>
  new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1")
    let request = ""
    const send = () => socket.write(request)
    const next = () => {
      if (sent >= upTo) {
        socket.end()
        return resolve()
      }
      request = requestOf(sent++)
      const now = performance.now()
      mayStart = Math.max(mayStart + 1_000 / rate, now - 100)
      if (mayStart > now) setTimeout(send, mayStart - now)
      else send()
    }
    socket.setNoDelay(true)
    socket.on("error", reject)
    socket.on("connect", next)
    socket.on("data", (chunk) => {
      const status = chunk.subarray(9, 12).toString("latin1")
      if (status === "503") {
        unavailable.answers += 1
        return setTimeout(send, 100)
      }
      if (status !== "200") return reject(new Error(chunk.toString("latin1")))
      acknowledged.deliveries += 1
      next()
    })
  })

const sizeOf = (path) => statSync(path, { throwIfNoEntry: false })?.size ?? 0
const metric = (text, name) => Number(new RegExp(`^${name}(?:{[^}]*})? (\\S+)`, "m").exec(text)?.[1] ?? Number.NaN)
const mib = (bytes) => Math.round(bytes / 1024 / 1024)
const peaks = Array.from({ length: cycles }, () => ({ rss: 0, wal: 0, file: 0, used: 0 }))
const started = performance.now()
const row = (...cells) => say(cells.map((cell, n) => String(cell).padStart(n === 1 ? 14 : 9)).join(" "))
row("seconds", "phase", "stored", "handed", "waiting", "RSS MiB", "heap MiB", "WAL MiB", "file MiB", "used MiB")
const measure = async () => {
  const text = await (await fetch(`${admin}/metrics`)).text()
  return {
    rss: metric(text, "process_resident_memory_bytes"),
    heap: metric(text, "nodejs_heap_size_used_bytes"),
    wal: sizeOf(`${db}-wal`),
    file: sizeOf(db),
    used: metric(text, "hookshift_inbox_bytes")
  }
}
let cycle = 0
let phase = ""
let printedAt = 0
const look = async (print = performance.now() - printedAt >= sampleMs) => {
  const now = await measure()
  for (const name of Object.keys(peaks[cycle])) peaks[cycle][name] = Math.max(peaks[cycle][name], now[name])
  if (!print) return
  printedAt = performance.now()
  const waiting = acknowledged.deliveries - handed.events
  row(
    Math.round((printedAt - started) / 1_000),
    `${cycle + 1} ${phase}`,
    acknowledged.deliveries,
    handed.events,
    waiting,
    ...[now.rss, now.heap, now.wal, now.file, now.used].map(mib)
  )
}
let looking = true
const looks = (async () => {
  while (looking) {
    await look()
    await new Promise((resume) => setTimeout(resume, 1_000))
  }
})()

for (; cycle < cycles; cycle++) {
  let upTo = cycle * perCycle
  for (const [n, one] of phases.entries()) {
    phase = one.name
    answer = one.answer
    upTo = n === phases.length - 1 ? (cycle + 1) * perCycle : upTo + Math.round(one.share * perCycle)
    const most = upTo
    await Promise.all(Array.from({ length: connections }, () => sender(most)))
    await look(true)
  }
  phase = "draining"
  while (handed.events < acknowledged.deliveries) await new Promise((resume) => setTimeout(resume, 100))
  await look(true)
  if (cycle === cycles - 1) break
}
looking = false
await looks
const seconds = (performance.now() - started) / 1_000
stopping = true
const code = await receiver.stop()
target.closeAllConnections()
target.close()

say("")
row("", "peaks", "", "", "", "RSS MiB", "", "WAL MiB", "file MiB", "used MiB")
for (const [n, peak] of peaks.entries())
  row("", `cycle ${n + 1}`, "", "", "", mib(peak.rss), "", mib(peak.wal), mib(peak.file), mib(peak.used))
// The first cycle fills memory and file for the first time, and belongs to neither half.
const rest = peaks.slice(1)
const half = Math.floor(rest.length / 2)
const most = (among, name) => Math.max(...among.map((peak) => peak[name]))
const growing = Object.keys(peaks[0]).filter((name) =>
  name === "wal"
    ? most(peaks, name) > walBound
    : half > 0 && most(rest.slice(-half), name) > allowed(most(rest.slice(0, half), name))
)
say(
  `${acknowledged.deliveries} deliveries in ${Math.round(seconds)} s, ${Math.round(acknowledged.deliveries / seconds)}/s; ${handed.events} handed over, ${handed.twice} twice, ${handed.outOfOrder} out of order; the target answered 500 ${handed.refused} times; senders got 503 ${unavailable.answers} times`
)
for (const [text, count] of warnings) say(`  ${count} × ${text}`)
say(growing.length > 0 ? `growing: ${growing}` : half === 0 ? "too few cycles to say whether it is flat" : "flat")
rmSync(work, { recursive: true, force: true })
const lost = acknowledged.deliveries - handed.events
process.exit(growing.length > 0 || lost > 0 || handed.twice > 0 || handed.outOfOrder > 0 || code !== 0 ? 1 : 0)
