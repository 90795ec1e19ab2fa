// Signed posts at a steady rate beside what would slow them: strangers' connections, forged posts, operators' requests
// with 20,000 events waiting, all of these together, and commands that look at every row of a large inbox. Held against
// the deadline.
import { mkdirSync } from "node:fs"
import { join } from "node:path"
import Sqlite from "better-sqlite3"
import { deliver, secret, ticketBody } from "../deliveries.mjs"
import { file, line, run, say } from "../measure.mjs"
import { startReceive, steadyPosts } from "../receive.mjs"

const seconds = Number(process.env.BENCH_SECONDS ?? 20)
const perSecond = Number(process.env.BENCH_RATE ?? 50)
const rows = Number(process.env.BENCH_ROWS ?? 300_000)
const waiting = 20_000
const deadlineMs = 4_000

/** Puts so many events into a new inbox, past the listener. */
const fill = async (db, count) => {
  const { createReceiver } = await import("../../dist/receiver.js")
  const receiver = await createReceiver({
    db,
    listen: null,
    sources: { fd: { profile: "freshworks", secrets: [secret] } }
  })
  const atOnce = 2_000
  for (let from = 0; from < count; from += atOnce)
    await Promise.all(
      Array.from({ length: Math.min(atOnce, count - from) }, (_, n) => {
        const body = Buffer.from(ticketBody(from + n + 1, "2026-03-02T10:00:00Z", {}))
        return deliver(receiver, body)
      })
    )
  await receiver.close()
}

/** Delivered rows beside the first one, all like it. */
const copyRows = (db, count) => {
  const database = new Sqlite(db)
  const columns = database
    .prepare(
      "SELECT name FROM pragma_table_info('delivery') WHERE name NOT IN ('id', 'dedupe_key', 'state', 'applied')"
    )
    .pluck()
    .all()
  database.exec(
    `WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ${count})
     INSERT INTO delivery (dedupe_key, state, applied, ${columns}) SELECT randomblob(16), 'delivered', 1, ${columns} FROM delivery, n`
  )
  database.pragma("wal_checkpoint(TRUNCATE)")
  database.close()
}

const strangers = async (which, port) =>
  (await run(process.execPath, [file("strangers.mjs"), which, String(port), String(seconds)])).stdout.trim()

/** Posts for as long as the others are at it; `beside` starts them and gives their figures. */
const measured = async (name, receiver, beside) => {
  let going = true
  const posts = steadyPosts(receiver.port, perSecond, () => going)
  const told = await beside()
  going = false
  const { answers, count, most, p50, p99 } = await posts
  for (const one of told) say(`  ${one}`)
  const ms = (value) => `${Math.round(value)} ms`
  line(
    name,
    `p99 ${ms(p99)} (p50 ${ms(p50)}, most ${ms(most)})`,
    `< ${deadlineMs} ms`,
    p99 < deadlineMs && answers.length === 1 && answers[0] === `${count} × 200`
  )
  say(`  ${count} signed posts: ${answers.join(", ")}`)
}

export default async (work) => {
  const folder = (name) => {
    const made = join(work, name)
    mkdirSync(made)
    return made
  }
  const crowded = folder("crowded")
  await fill(join(crowded, "hookshift.db"), waiting)
  // No target: the events wait.
  const receiver = await startReceive(crowded, {})
  const adminPort = new URL(receiver.admin).port
  const headers = () => strangers("headers", receiver.port)
  const flood = () => strangers("flood", receiver.port)
  const operators = () => strangers("operators", adminPort)
  await measured("signed posts alone", receiver, async () => {
    await new Promise((resume) => setTimeout(resume, seconds * 1_000))
    return []
  })
  await measured("beside 2,000 connections with headers and no body", receiver, async () => [await headers()])
  await measured("beside a flood of forged posts", receiver, async () => [await flood()])
  await measured(`beside 400 requests a second of operators, ${waiting} events waiting`, receiver, async () => [
    await operators()
  ])
  await measured("beside all three", receiver, () => Promise.all([headers(), flood(), operators()]))
  await receiver.stop()

  const large = folder("large")
  await fill(join(large, "hookshift.db"), 1)
  copyRows(join(large, "hookshift.db"), rows)
  const holding = await startReceive(large, {})
  const inbox = async (...args) => {
    const from = performance.now()
    const { stdout } = await run(process.execPath, [file("../dist/cli.js"), "inbox", ...args, "--db", holding.db], {
      cwd: large,
      env: { ...process.env, BENCH_SECRET: secret }
    })
    return `inbox ${args.join(" ")}: ${((performance.now() - from) / 1_000).toFixed(1)} s, ${stdout.trim()}`
  }
  await measured(`beside retry --all with nothing dead, ${rows} rows`, holding, async () => [
    await inbox("retry", "--all")
  ])
  await measured(`beside a purge of ${rows} rows`, holding, async () => [await inbox("purge", "--older-than", "1s")])
  for (const [text, count] of holding.warnings) say(`  ${count} × ${text}`)
  await holding.stop()
}
