// `npm run bench`: paired runs, side by side in one go, medians of the pairs' ratios. The machine is noisy: read the
// ratios, not the absolute figures.
import { execFile, spawn } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"

const pairs = Number(process.env.BENCH_PAIRS ?? 7)
const work = mkdtempSync(join(process.env.BENCH_FOLDER ?? tmpdir(), "hookshift-bench-"))
const run = promisify(execFile)
const file = (name) => new URL(name, import.meta.url).pathname

const start = (which) =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, [file("servers.mjs"), which, work], { stdio: ["ignore", "pipe", "inherit"] })
    child.stdout.once("data", (chunk) => resolve({ port: String(chunk).trim(), stop: () => child.kill("SIGTERM") }))
  })
const json = async (script, args, options = {}) =>
  JSON.parse((await run(process.execPath, [...(options.node ?? []), file(script), ...args], options)).stdout)
const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]
const range = (values) => `${Math.min(...values).toFixed(2)} to ${Math.max(...values).toFixed(2)}`
const line = (name, value, goal, met) =>
  console.log(`${name.padEnd(66)} ${value.padEnd(34)} goal ${goal} ${met ? "met" : "MISSED"}`)

const receiver = async () => {
  const count = Number(process.env.BENCH_POSTS ?? 20_000)
  const [bare, hookshift] = [await start("bare"), await start("receiver")]
  await json("load.mjs", [bare.port, 4_000, 900])
  await json("load.mjs", [hookshift.port, 4_000, 901])
  const results = []
  for (let pair = 0; pair < pairs; pair++) {
    const ours = await json("load.mjs", [hookshift.port, count, pair])
    const theirs = await json("load.mjs", [bare.port, count, pair])
    results.push({ ours, theirs })
  }
  bare.stop()
  hookshift.stop()
  const throughput = results.map(({ ours, theirs }) => ours.perSecond / theirs.perSecond)
  const p99 = results.map(({ ours, theirs }) => ours.p99 / theirs.p99)
  console.log(
    `receiver at synchronous=FULL: ${Math.round(median(results.map(({ ours }) => ours.perSecond)))} posts/s, p99 ${median(results.map(({ ours }) => ours.p99)).toFixed(1)} ms; bare listener: ${Math.round(median(results.map(({ theirs }) => theirs.perSecond)))} posts/s, p99 ${median(results.map(({ theirs }) => theirs.p99)).toFixed(1)} ms (64 connections, 2 KB)`
  )
  line(
    "receiver's throughput against a bare listener with HMAC",
    `${median(throughput).toFixed(2)} (${range(throughput)})`,
    ">= 0.9",
    median(throughput) >= 0.9
  )
  line(
    "receiver's p99 against the bare listener's",
    `${median(p99).toFixed(2)} (${range(p99)})`,
    "<= 2",
    median(p99) <= 2
  )
}

const recorder = async () => {
  const count = Number(process.env.BENCH_CALLS ?? 4_000)
  const items = await start("items")
  const ratios = []
  const micros = []
  for (let pair = 0; pair < pairs; pair++) {
    const db = join(work, `calls-${pair}.db`)
    const env = {
      ...process.env,
      HOOKSHIFT_DB: db,
      HOOKSHIFT_HOSTS: `127.0.0.1:${items.port}=freshdesk@acme.freshdesk.com`
    }
    const plain = await json("calls.mjs", [items.port, count])
    const recorded = await json("calls.mjs", [items.port, count], {
      env,
      node: ["--import", file("../dist/register.js")]
    })
    if (recorded.lost > 0) console.log(`the recorder lost ${recorded.lost} calls`)
    ratios.push(recorded.microseconds / plain.microseconds)
    micros.push([recorded.microseconds, plain.microseconds])
  }
  items.stop()
  console.log(
    `recorder: ${Math.round(median(micros.map(([ours]) => ours)))} µs of CPU a call in all threads, plain fetch ${Math.round(median(micros.map(([, theirs]) => theirs)))} µs (100 items a response, 8 at a time, every tenth response changed)`
  )
  line(
    "recorder's CPU per call against plain fetch",
    `${median(ratios).toFixed(2)} (${range(ratios)})`,
    "<= 1.05",
    median(ratios) <= 1.05
  )
}

const help = async () => {
  const once = async (args) => {
    const from = process.hrtime.bigint()
    await run(process.execPath, args)
    return Number(process.hrtime.bigint() - from) / 1e6
  }
  const extra = []
  for (let pair = 0; pair < pairs; pair++)
    extra.push((await once([file("../dist/cli.js"), "--help"])) - (await once(["-e", "0"])))
  line("hookshift --help, beyond node -e 0", `${Math.round(median(extra))} ms`, "<= 500 ms", median(extra) <= 500)
}

try {
  await receiver()
  await recorder()
  await help()
} finally {
  rmSync(work, { recursive: true, force: true })
}
