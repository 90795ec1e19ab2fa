// Hands calls to a recorder as a hook does, as fast as it takes them: `node bench/growth.mjs DB CALLS`.
import { createRequire } from "node:module"
import { openRecorder } from "../dist/index.js"

const [, , db, countText] = process.argv
const count = Number(countText)
const recorder = openRecorder({ db, integration: "growth", hosts: ["127.0.0.1:4010=freshdesk@acme.freshdesk.com"] })
const body = Buffer.from(
  JSON.stringify(
    Array.from({ length: 30 }, (_, id) => ({ id, updated_at: "2026-03-02T10:00:00Z", subject: `no. ${id}` }))
  )
)
const headers = { "content-type": "application/json", "x-ratelimit-total": "700", "x-ratelimit-remaining": "650" }
const resident = []
const start = Date.UTC(2026, 2, 2)
for (let n = 0; n < count; n++) {
  const since = new Date(start + Math.floor(n / 10) * 1000).toISOString().slice(0, 19)
  const call = recorder.begin({
    method: "GET",
    url: `http://127.0.0.1:4010/api/v2/tickets?updated_since=${since}Z&per_page=100`,
    authorization: "Basic azpY",
    userAgent: "bench",
    requestBytes: 0
  })
  call.headers(200, (name) => headers[name] ?? null)
  call.chunk(body)
  call.end()
  if (n % 2_000 === 1_999) await recorder.flush()
  if (n % Math.ceil(count / 10) === 0) resident.push(Math.round(process.memoryUsage.rss() / 1024 / 1024))
}
await recorder.close()
resident.push(Math.round(process.memoryUsage.rss() / 1024 / 1024))
const Sqlite = createRequire(import.meta.url)("better-sqlite3")
const database = new Sqlite(db)
const bytes = database.prepare("SELECT sum(pgsize) FROM dbstat WHERE name = 'call'").pluck().get()
const calls = database.prepare("SELECT count(*) FROM call").pluck().get()
database.close()
process.stdout.write(JSON.stringify({ calls, callBytes: bytes / calls, lost: recorder.stats().lost, resident }))
