// Fetches a list over and over, 8 at a time, and prints the CPU that a call took in all threads, in microseconds.
const [, , port, countText] = process.argv
const count = Number(countText)
const headers = { authorization: `Basic ${Buffer.from("bench:X").toString("base64")}` }

const run = async (calls) => {
  let left = calls
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      while (left-- > 0) await (await fetch(`http://127.0.0.1:${port}/api/v2/tickets?per_page=100`, { headers })).json()
    })
  )
}

await run(300)
const recorder = process.env.HOOKSHIFT_DB === undefined ? null : (await import("../dist/register.js")).recorder
await recorder?.flush()
const before = process.cpuUsage()
await run(count)
await recorder?.flush()
const { system, user } = process.cpuUsage(before)
process.stdout.write(JSON.stringify({ microseconds: (system + user) / count, lost: recorder?.stats().lost ?? 0 }))
