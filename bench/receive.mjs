// A real `receive` in a process of its own, and signed posts to it.
import { spawn } from "node:child_process"
import { writeFileSync } from "node:fs"
import { Agent, request } from "node:http"
import { join } from "node:path"
import { secret, signatureOf, ticketBody } from "./deliveries.mjs"
import { file } from "./measure.mjs"

const env = { ...process.env, BENCH_SECRET: secret }

/** `settings` are those of `receiver` in the configuration. */
export const startReceive = async (folder, settings, args = []) => {
  writeFileSync(
    join(folder, "hookshift.config.json"),
    JSON.stringify({
      sources: {
        fd: {
          product: "freshdesk",
          baseUrl: "http://127.0.0.1:1",
          auth: { secretEnv: "BENCH_SECRET" },
          webhook: { secretEnv: "BENCH_SECRET" }
        }
      },
      receiver: settings
    })
  )
  const child = spawn(
    process.execPath,
    [
      file("../dist/cli.js"),
      ...["receive", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--reconcile", "off"],
      ...["--exit-with-parent", "--json", ...args]
    ],
    { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] }
  )
  /** Warnings and errors without their times and numbers, and how often each came. */
  const warnings = new Map()
  let said = ""
  child.stderr.on("data", (chunk) => {
    said = `${said}${chunk}`.slice(-2_000)
    for (const line of String(chunk)
      .split("\n")
      .filter((one) => /warn|error/i.test(one))) {
      const text = line.replace(/^\S+\s+/, "").replace(/\d+/g, "n")
      warnings.set(text, (warnings.get(text) ?? 0) + 1)
    }
  })
  const ended = new Promise((resolve) => child.once("exit", (code, signal) => resolve(code ?? signal)))
  const ready = await Promise.race([
    new Promise((resolve) => child.stdout.once("data", (text) => resolve(JSON.parse(text)))),
    ended.then((how) => Promise.reject(new Error(`the receiver ended with ${how}: ${said}`)))
  ])
  return {
    db: join(folder, "hookshift.db"),
    pid: child.pid,
    port: ready.port,
    admin: ready.admin,
    warnings,
    ended,
    stop: () => {
      child.kill("SIGTERM")
      return ended
    }
  }
}

const kept = new Agent({ keepAlive: true, maxSockets: 4 })

/**
 * From the first byte to the last of the answer, connecting included: milliseconds and status; 0 where the connection
 * was lost.
 */
const post = (port, body, agent) =>
  new Promise((resolve) => {
    const from = performance.now()
    const done = (status) => resolve({ status, ms: performance.now() - from })
    const headers = { "x-freshworks-signature": signatureOf(body), "content-length": Buffer.byteLength(body) }
    const posting = request({ port, host: "127.0.0.1", path: "/hooks/fd", method: "POST", agent, headers })
    posting.on("response", (response) => response.resume().on("end", () => done(response.statusCode)))
    posting.on("error", () => done(0))
    posting.end(body)
  })

let posted = 0
/** Signed posts at a steady rate, every other one on a new connection, for as long as `going` says. */
export const steadyPosts = async (port, perSecond, going) => {
  const answers = []
  const pending = new Set()
  const from = performance.now()
  for (let n = 0; going(); n++) {
    await new Promise((resume) => setTimeout(resume, Math.max(0, from + (n * 1_000) / perSecond - performance.now())))
    const body = ticketBody(5_000_000 + posted++, "2026-03-02T10:00:00Z", {})
    const one = post(port, body, n % 2 === 0 ? kept : false)
    pending.add(one)
    void one.then((answer) => {
      answers.push(answer)
      pending.delete(one)
    })
  }
  await Promise.all(pending)
  const times = answers.map(({ ms }) => ms).sort((a, b) => a - b)
  const at = (share) => times[Math.min(times.length - 1, Math.floor(times.length * share))]
  const statuses = Object.groupBy(answers, ({ status }) => status)
  return {
    count: answers.length,
    p50: at(0.5),
    p99: at(0.99),
    most: times.at(-1),
    answers: Object.entries(statuses).map(([status, all]) => `${all.length} × ${status}`)
  }
}
