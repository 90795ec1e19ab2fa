// The mirror against the recording proxy: a list of 100 of BENCH_MIRRORED tickets from the state, and the same number of
// tickets from an upstream that holds them in memory. Memory of the mirror's process besides.
import { spawn } from "node:child_process"
import { createCipheriv, createHash, randomBytes } from "node:crypto"
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import Sqlite from "better-sqlite3"
import { deliver, secret, ticketBody } from "../deliveries.mjs"
import { atLeast, atMost, file, json, line, median, pairs, say, start } from "../measure.mjs"
import { ticket } from "../tickets.mjs"

const entities = Number(process.env.BENCH_MIRRORED ?? 200_000)
const count = Number(process.env.BENCH_PROXIED ?? 6_000)
const mostMebibytes = 1_024

const stamp = (at) => `${new Date(at).toISOString().slice(0, 19)}Z`

// Each of 1.8 KB.
const longer = 1_200
const ticketOf = (id, at) =>
  ticket(id, {
    createdAt: stamp(at),
    updatedAt: stamp(at),
    dueBy: stamp(at + 4 * 86_400_000),
    frDueBy: stamp(at + 2 * 86_400_000),
    longer
  })

// As src/receiver/inbox/SealedBodies.ts seals.
const sealing = (keyText) => {
  const key = Buffer.from(keyText.trim(), "hex")
  const id = createHash("sha256").update("hookshift inbox key\0").update(key).digest("hex").slice(0, 8)
  return (text) => {
    const nonce = randomBytes(12)
    const cipher = createCipheriv("aes-256-gcm", key, nonce)
    return Buffer.concat([
      Buffer.from([2]),
      Buffer.from(id, "hex"),
      nonce,
      cipher.update(text),
      cipher.final(),
      cipher.getAuthTag()
    ])
  }
}

const fill = (db) => {
  const seal = sealing(readFileSync(`${db}.key`, "utf8"))
  const database = new Sqlite(db)
  const insert = database.prepare(
    `INSERT INTO entity_state (source, entity, entity_id, updated_at, deleted, snapshot, shown_by, version)
     VALUES ('fd', 'ticket', ?, ?, 0, ?, 2, ?) ON CONFLICT DO NOTHING`
  )
  const now = Date.now()
  const step = (29 * 86_400_000) / entities
  for (let from = 0; from < entities; from += 10_000)
    database.transaction(() => {
      for (let n = from; n < Math.min(entities, from + 10_000); n++) {
        const at = Math.floor((now - (entities - n) * step) / 1_000) * 1_000
        insert.run(String(n + 1_000), at, seal(JSON.stringify(ticketOf(n + 1_000, at))), n + 10)
      }
    })()
  database
    .prepare(
      `INSERT OR REPLACE INTO reconciliation (source, entity, swept_to, complete_at, every_ms, reach, filled_at, began_at)
       VALUES ('fd', 'ticket', ?, ?, ?, 0, ?, 0)`
    )
    .run(now, now, 6 * 3_600_000, now)
  database.prepare("UPDATE entity_state SET pushed_at = NULL").run()
  database.prepare("UPDATE receiver_presence SET back_at = NULL, seen_at = ?").run(Date.now())
  database.close()
}

const startMirror = (folder, db, upstream) => {
  writeFileSync(
    join(folder, "hookshift.config.json"),
    JSON.stringify({
      sources: {
        fd: {
          product: "freshdesk",
          baseUrl: `http://127.0.0.1:${upstream}`,
          auth: { scheme: "basic", secretEnv: "BENCH_KEY" }
        }
      },
      mirror: { wholePages: ["bench"] }
    })
  )
  const child = spawn(
    process.execPath,
    [file("../dist/cli.js"), "mirror", "--db", db, "--listen", "127.0.0.1:0", "--admin", "off", "--json"],
    { cwd: folder, stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, BENCH_KEY: "k" } }
  )
  return new Promise((resolve, reject) => {
    let port = ""
    let log = ""
    const began = performance.now()
    child.stdout.on("data", (chunk) => {
      port ||= String(JSON.parse(String(chunk).split("\n")[0]).port)
    })
    child.stderr.on("data", (chunk) => {
      log += chunk
      if (/; ready/.test(log)) resolve({ port, child, seconds: (performance.now() - began) / 1_000 })
    })
    child.once("exit", (code) => reject(new Error(`the mirror ended with ${code}: ${log}`)))
  })
}

/** Processor time of a process and those that it started, so far, in hundredths of a second. */
const ticksOf = (pid) => {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ")
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8")
    .split(" ")
    .filter((child) => child !== "")
  return children.reduce((sum, child) => sum + ticksOf(child), Number(fields[11]) + Number(fields[12]))
}

/** One run, with the processor time that each list took of the process. */
const measured = async (port, pid) => {
  const before = ticksOf(pid)
  const result = await json("through.mjs", [port, count])
  return { ...result, cpu: (ticksOf(pid) - before) / count }
}

const residentMebibytes = ({ pid }) =>
  Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]) / 1_024

export default async (work) => {
  const { createReceiver } = await import("../../dist/receiver.js")
  const folder = mkdtempSync(join(work, "mirror-"))
  const db = join(folder, "m.db")
  const options = { db, listen: null, sources: { fd: { profile: "freshworks", secrets: [secret] } } }
  const first = await createReceiver(options)
  if ((await deliver(first, Buffer.from(ticketBody(1, stamp(Date.now()), {})))) !== 200) throw new Error("refused")
  await first.close()
  fill(db)
  const receiver = await createReceiver(options)
  const items = await start("items", work, { env: { BENCH_ITEM_TEXT: String(longer) } })
  const proxy = await start("proxy", work, { args: [items.port], env: { HOOKSHIFT_DB: join(work, "beside.db") } })
  const mirror = await startMirror(folder, db, items.port)
  try {
    say(`mirror: ${entities} tickets read in ${mirror.seconds.toFixed(1)} s; requests go through meanwhile`)
    const headers = { authorization: "Basic azpY", "user-agent": "bench/1" }
    const url = `http://127.0.0.1:${mirror.port}/api/v2/tickets?per_page=100`
    await (await fetch(url, { headers })).text()
    const hit = await fetch(url, { headers })
    await hit.text()
    if (hit.headers.get("x-cache") !== "HIT")
      throw new Error(`not answered from the state: ${hit.headers.get("x-hookshift-reason")}`)
    for (const port of [proxy.port, mirror.port]) await json("through.mjs", [port, 1_000])
    const results = []
    for (let pair = 0; pair < pairs; pair++)
      results.push({
        proxy: await measured(proxy.port, proxy.pid),
        mirror: await measured(mirror.port, mirror.child.pid)
      })
    const of = (whose) => Math.round(median(results.map((result) => result[whose].perSecond)))
    say(`mirror: ${of("mirror")} lists/s from the state, the recording proxy ${of("proxy")}/s (100 tickets each)`)
    atLeast(
      "lists from the state against the recording proxy before a local server",
      results.map((result) => result.mirror.perSecond / result.proxy.perSecond),
      3
    )
    atMost(
      "processor time of a list from the state against one through the proxy",
      results.map((result) => result.mirror.cpu / result.proxy.cpu),
      0.33
    )
    atMost(
      "their 99th percentile against the proxy's",
      results.map((result) => result.mirror.p99 / result.proxy.p99),
      1
    )
    const mebibytes = residentMebibytes(mirror.child)
    line(
      `memory of the mirror with ${entities} tickets`,
      `${Math.round(mebibytes)} MiB`,
      `<= ${mostMebibytes} MiB`,
      mebibytes <= mostMebibytes
    )
  } finally {
    mirror.child.removeAllListeners("exit")
    mirror.child.kill("SIGTERM")
    for (const server of [items, proxy]) server.stop()
    await receiver.close()
  }
}
