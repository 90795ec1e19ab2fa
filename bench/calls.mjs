// Fetches a list over and over, 8 at a time, and prints what a call took: `node bench/calls.mjs PORT COUNT [RECORDER]`.
// CPU is that of all threads, in microseconds; p99 is in milliseconds. RECORDER: hookshift (preloaded), opentelemetry,
// polly.
const [, , port, countText, recorder] = process.argv
const count = Number(countText)
const headers = { authorization: `Basic ${Buffer.from("bench:X").toString("base64")}` }

const other = recorder === undefined || recorder === "hookshift" ? null : await import(`./recorders/${recorder}.mjs`)
const ours = recorder === "hookshift" ? (await import("../dist/register.js")).recorder : null

const run = async (calls) => {
  const latencies = []
  let left = calls
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      while (left-- > 0) {
        const from = performance.now()
        const items = await (await fetch(`http://127.0.0.1:${port}/api/v2/tickets?per_page=100`, { headers })).json()
        latencies.push(performance.now() - from)
        if (items.length !== 100) throw new Error("not the whole list")
      }
    })
  )
  return latencies.sort((a, b) => a - b)
}

// Compilers and caches settle first: a poller runs for days.
await run(count)
await ours?.flush()
const before = process.cpuUsage()
const latencies = await run(count)
await ours?.flush()
const { system, user } = process.cpuUsage(before)
process.stdout.write(
  JSON.stringify({
    microseconds: (system + user) / count,
    p99: latencies[Math.floor(latencies.length * 0.99)],
    lost: ours?.stats().lost ?? 0
  })
)
// Polly writes its recording when it is stopped; that is not counted against it.
if (other?.polly !== undefined) process.exit(0)
