// HAR import: its speed against JSON.parse of the same file, and its memory on a file of 2 GB.
import { closeSync, openSync, rmSync, writeSync } from "node:fs"
import { join } from "node:path"
import { json, line, median, say } from "../measure.mjs"

const entry = (n) => {
  const items = Array.from({ length: 100 }, (_, id) => ({
    id,
    subject: `Request ${id}`,
    status: 2,
    tags: ["a", "b"],
    updated_at: "2026-03-02T10:00:00Z",
    description: 'He said "yes" \\ '.repeat(12)
  }))
  return {
    startedDateTime: new Date(Date.UTC(2026, 2, 2) + n * 1000).toISOString(),
    time: 120.5,
    request: {
      method: "GET",
      url: "https://acme.freshdesk.com/api/v2/tickets?per_page=100",
      httpVersion: "h2",
      headers: Array.from({ length: 20 }, (_, h) => ({ name: `x-header-${h}`, value: `value ${h}` })),
      queryString: [],
      cookies: [],
      headersSize: -1,
      bodySize: 0
    },
    response: {
      status: 200,
      statusText: "OK",
      headers: Array.from({ length: 20 }, (_, h) => ({ name: `x-answer-${h}`, value: `value ${h}` })),
      content: { size: 40_000, mimeType: "application/json", text: JSON.stringify(items) },
      bodySize: 9_000
    },
    cache: {},
    timings: { send: 0, wait: 120, receive: 0.5 }
  }
}

const write = (file, bytes) => {
  const handle = openSync(file, "w")
  writeSync(handle, '{"log":{"version":"1.2","creator":{"name":"bench","version":"1"},"entries":[')
  let size = 0
  for (let n = 0; size < bytes; n++) size += writeSync(handle, `${n === 0 ? "" : ","}\n${JSON.stringify(entry(n))}`)
  writeSync(handle, "]}}")
  closeSync(handle)
}

export default async (work) => {
  const file = join(work, "bench.har")
  write(file, 150e6)
  const results = []
  for (let pair = 0; pair < 3; pair++) {
    const imported = await json("har.mjs", ["import", file, join(work, `har-${pair}.db`)])
    results.push({ imported, parsed: await json("har.mjs", ["parse", file]) })
  }
  const speed = median(results.map(({ imported }) => imported.megabytesPerSecond))
  const share = median(results.map(({ imported, parsed }) => imported.megabytesPerSecond / parsed.megabytesPerSecond))
  say(`HAR import of 150 MB (44 KB an entry): ${imported(results)} calls`)
  line("HAR import", `${Math.round(speed)} MB/s (${share.toFixed(2)} of JSON.parse alone)`, ">= 100 MB/s", speed >= 100)
  write(file, 2e9)
  const large = await json("har.mjs", ["import", file, join(work, "large.db")])
  line(
    "memory while importing a HAR of 2 GB",
    `${Math.round(large.residentMegabytes)} MB at most, ${Math.round(large.megabytesPerSecond)} MB/s`,
    "<= 300 MB",
    large.residentMegabytes <= 300
  )
  rmSync(file)
}

const imported = (results) => results[0].imported.calls
