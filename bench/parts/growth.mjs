// A million calls through one recorder: the process's memory, and the database's bytes for each call.
import { statSync } from "node:fs"
import { join } from "node:path"
import { json, line } from "../measure.mjs"

export default async (work) => {
  const db = join(work, "growth.db")
  const { calls, callBytes, lost, resident } = await json("growth.mjs", [
    db,
    String(process.env.BENCH_GROWTH ?? 1_000_000)
  ])
  // The first part fills caches that have a bound.
  const [early, late] = [resident[3], resident.at(-2)]
  line(
    `recorder's memory over ${calls} calls (${lost} lost)`,
    `${early} MiB after three tenths, ${late} MiB at the end`,
    "flat (+10 %)",
    late <= early * 1.1
  )
  line("database bytes per call, without item versions", callBytes.toFixed(1), "<= 60", callBytes <= 60)
  line("database file in all", `${(statSync(db).size / calls).toFixed(1)} bytes a call`, "-", true)
}
