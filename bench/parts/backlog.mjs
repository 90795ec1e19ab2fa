// A long backlog: how soon the receiver is ready over it, whether draining keeps its pace to the end, how far a purge
// of half of it slows the intake beside it, and whether memory grows with what has passed through. BENCH_BACKLOG
// deliveries, 2 KB each.
import { mkdtempSync, rmSync } from "node:fs"
import { join } from "node:path"
import { deliver, secret } from "../deliveries.mjs"
import { atMost, file, line, median, run, say, start } from "../measure.mjs"

const count = Number(process.env.BENCH_BACKLOG ?? 200_000)
const together = 64

const deliverTicket = (receiver, id) => {
  const body = Buffer.from(
    JSON.stringify({
      event: "ticket_update",
      entity: "ticket",
      id,
      updated_at: `${new Date(Date.UTC(2026, 2, 2) + Math.floor(id / 100) * 1000).toISOString().slice(0, 19)}Z`,
      snapshot: { id, status: 2, description_text: "x".repeat(1_700) }
    })
  )
  return deliver(receiver, body)
}

const mib = () => Math.round(process.memoryUsage().rss / 2 ** 20)

export default async (work) => {
  const { createReceiver, forwardTo } = await import("../../dist/receiver.js")
  const folder = mkdtempSync(join(work, "backlog-"))
  const db = join(folder, "i.db")
  const options = { db, listen: null, sources: { fd: { profile: "freshworks", secrets: [secret] } } }

  const filling = await createReceiver(options)
  const memory = []
  let next = 0
  let middle = 0
  const filledFrom = performance.now()
  await Promise.all(
    Array.from({ length: together }, async () => {
      while (next < count) {
        const id = next++
        if (id % Math.ceil(count / 10) === 0) memory.push(mib())
        if (id === Math.floor(count / 2)) middle = Date.now()
        if ((await deliverTicket(filling, id)) !== 200) throw new Error("a delivery was refused")
      }
    })
  )
  memory.push(mib())
  say(`backlog: ${count} deliveries stored in ${((performance.now() - filledFrom) / 1000).toFixed(0)} s`)
  await filling.close()
  const early = median(memory.slice(2, 5))
  const late = median(memory.slice(-3))
  line(
    "memory at the end against after a fifth of the deliveries",
    `${(late / early).toFixed(2)} (${early} to ${late} MiB)`,
    "<= 1.2",
    late / early <= 1.2
  )

  const target = await start("target", work)
  const opened = performance.now()
  const receiver = await createReceiver({
    ...options,
    concurrency: 64,
    target: forwardTo({ url: `http://127.0.0.1:${target.port}/`, secret })
  })
  atMost(`start to ready over ${count} deliveries`, [(performance.now() - opened) / 1000], 1, " s")
  const handed = async () => (await receiver.metrics.handedOver.get()).values.reduce((sum, { value }) => sum + value, 0)
  const rates = []
  const drainedFrom = performance.now()
  for (let part = 1, from = drainedFrom, before = 0; part <= 10; part++) {
    while ((await handed()) < (count * part) / 10) await new Promise((resume) => setTimeout(resume, 20))
    const done = await handed()
    const now = performance.now()
    rates.push(((done - before) * 1000) / (now - from))
    from = now
    before = done
  }
  const pace = median(rates.slice(-3)) / median(rates.slice(0, 3))
  line(
    "pace of draining at the end against the beginning",
    `${pace.toFixed(2)} (${Math.round(rates[0])} to ${Math.round(rates.at(-1))} a second)`,
    ">= 0.8",
    pace >= 0.8
  )

  const older = Math.max(1, Math.round((Date.now() - middle) / 1000))
  const purge = run(process.execPath, [
    file("../dist/cli.js"),
    "inbox",
    "purge",
    "--older-than",
    `${older}s`,
    "--db",
    db
  ])
  let purging = true
  purge.finally(() => {
    purging = false
  })
  const acknowledged = []
  for (let id = count; purging; ) {
    const from = performance.now()
    await Promise.all(Array.from({ length: 8 }, () => deliverTicket(receiver, id++)))
    acknowledged.push((performance.now() - from) / 1000)
  }
  say(`purge: ${(await purge).stdout.trim()}`)
  const worst = Math.max(...acknowledged)
  line("longest acknowledgement while half of it is purged", `${worst.toFixed(3)} s`, "<= 4 s", worst <= 4)
  await receiver.close()
  target.stop()
  rmSync(folder, { recursive: true })
}
