// Fills a database with a recording: node recording.mjs FILE CALLS. A hundred pollers on twenty accounts, five new item
// versions a call. The schema is made by the command line; rows go in past the recorder, which would take longer.
import { execFileSync } from "node:child_process"
import { writeFileSync } from "node:fs"
import Sqlite from "better-sqlite3"

const [, , db, count] = process.argv
const calls = Number(count)
const cli = new URL("../dist/cli.js", import.meta.url).pathname
writeFileSync(`${db}.ndjson`, '{"format":"hookshift-calls","version":1}\n')
execFileSync(process.execPath, [cli, "import", "ndjson", `${db}.ndjson`, "--db", db])

const database = new Sqlite(db)
database.pragma("journal_mode = WAL")
database.pragma("synchronous = OFF")
let state = 1
const below = (n) => {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
  return state % n
}
const streams = 100
const addStream = database.prepare(
  "INSERT INTO stream (id, integration, principal, product, account, method, template, query) VALUES (?, ?, ?, 'freshdesk', ?, 'GET', '/api/v2/tickets', 'per_page=100&updated_since=*')"
)
const addCall = database.prepare(
  `INSERT INTO call (id, stream, started_at, duration_us, status, page, since, request_bytes, response_bytes, limit_total,
     limit_remaining, items, new_versions, process, clock_ms) VALUES (?, ?, ?, ?, 200, 1, ?, 0, 4000, 400, ?, 8, 5, ?, ?)`
)
const addVersion = database.prepare(
  "INSERT INTO item_version (stream, entity, entity_id, version, call, updated_at, seen_at, created, changed) VALUES (?, 'ticket', ?, ?, ?, ?, ?, 0, ?) ON CONFLICT DO NOTHING"
)
const fields = ['["status"]', '["priority"]', '["tags"]', '["custom_fields.cf_order"]']
const start = Date.parse("2026-03-02T00:00:00Z")
const everyMs = 60_000
database.transaction(() => {
  for (let stream = 1; stream <= streams; stream++)
    addStream.run(stream, `poller-${stream}`, `key${stream}`, `account-${stream % 20}.freshdesk.com`)
  for (let n = 0; n < calls; n++) {
    const stream = (n % streams) + 1
    const at = start + Math.floor(n / streams) * everyMs + stream * 599
    const id = at * 2_048 + stream * 16
    addCall.run(id, stream, at, 80_000 + below(40_000), at - everyMs, 300 + below(90), stream, -(at % 1_000))
    for (let k = 0; k < 5; k++) {
      const updated = Math.floor((at - below(everyMs)) / 1_000) * 1_000
      addVersion.run(stream, String(1 + below(20_000)), String(updated), id, updated, at + 100, fields[below(4)])
    }
  }
})()
database.close()
