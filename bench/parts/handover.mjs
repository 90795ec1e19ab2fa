// The hand-over of stored events of distinct entities to a local target, and a purge beside the intake.
import { mkdtempSync, rmSync } from "node:fs"
import { join } from "node:path"
import { deliver, secret } from "../deliveries.mjs"
import { atLeast, say, start } from "../measure.mjs"

const count = Number(process.env.BENCH_EVENTS ?? 10_000)
const rounds = Number(process.env.BENCH_PAIRS ?? 3)

const fill = (receiver, from) =>
  Promise.all(
    Array.from({ length: count }, (_, n) => {
      const id = from + n
      const body = Buffer.from(
        JSON.stringify({
          event: "ticket_update",
          entity: "ticket",
          id,
          updated_at: "2026-03-02T10:00:00Z",
          snapshot: { id, status: 2, description_text: "x".repeat(1_700) }
        })
      )
      return deliver(receiver, body)
    })
  )

export default async (work) => {
  const { createReceiver, forwardTo } = await import("../../dist/receiver.js")
  const target = await start("target", work)
  const rates = []
  for (let round = 0; round < rounds; round++) {
    const folder = mkdtempSync(join(work, "handover-"))
    const options = {
      db: join(folder, "i.db"),
      listen: null,
      sources: { fd: { profile: "freshworks", secrets: [secret] } }
    }
    const filling = await createReceiver(options)
    await fill(filling, 0)
    await filling.close()
    const started = performance.now()
    const receiver = await createReceiver({
      ...options,
      concurrency: 64,
      target: forwardTo({ url: `http://127.0.0.1:${target.port}/`, secret })
    })
    const ready = performance.now() - started
    const total = receiver.inbox.counts().stored
    const from = performance.now()
    const handed = async () =>
      (await receiver.metrics.handedOver.get()).values.reduce((sum, { value }) => sum + value, 0)
    while ((await handed()) < total) await new Promise((resume) => setTimeout(resume, 10))
    const seconds = (performance.now() - from) / 1000
    rates.push(total / seconds)
    say(
      `hand-over: ${total} events in ${seconds.toFixed(2)} s, ${Math.round(total / seconds)}/s; ready after ${Math.round(ready)} ms`
    )
    await receiver.close()
    rmSync(folder, { recursive: true })
  }
  target.stop()
  atLeast("hand-over of distinct entities' events to a local target, a second", rates, 5_000)
}
