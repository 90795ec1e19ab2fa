// An audit of a long recording, without the replay: seconds and memory as the operating system counts them.
import { join } from "node:path"
import { run, say } from "../measure.mjs"

const cli = new URL("../../dist/cli.js", import.meta.url).pathname
const largest = Number(process.env.BENCH_CALLS ?? 1_000_000)

const audited = async (db, out) => {
  const started = performance.now()
  const { stderr } = await run(
    process.execPath,
    [
      "--import",
      new URL("../peak.mjs", import.meta.url).href,
      cli,
      "audit",
      "--no-replay",
      "--db",
      db,
      "--out",
      out,
      "--format",
      "json"
    ],
    { maxBuffer: 64 * 1024 * 1024 }
  )
  return { seconds: (performance.now() - started) / 1_000, mebibytes: Number(/peak (\d+)/.exec(stderr)[1]) }
}

export default async (work) => {
  const figures = []
  for (const calls of [largest / 10, largest]) {
    const db = join(work, `audit-${calls}.db`)
    await run(process.execPath, [new URL("../recording.mjs", import.meta.url).pathname, db, String(calls)])
    figures.push({ calls, ...(await audited(db, join(work, "reports"))) })
  }
  for (const { calls, mebibytes, seconds } of figures)
    say(
      `audit of ${calls.toLocaleString("en-US")} calls and ${(calls * 5).toLocaleString("en-US")} versions: ${seconds.toFixed(1)} s, ${mebibytes} MiB (goal for 10,000,000: 30 s, 512 MiB)`
    )
  say(`ten times the calls take ${(figures[1].seconds / figures[0].seconds).toFixed(1)} times as long (linear: 10)`)
}
