// Polls one account with clients that others wrote, in this thread, in a worker and in child processes.
import { execFileSync, fork } from "node:child_process"
import { createRequire } from "node:module"
import { fileURLToPath } from "node:url"
import { isMainThread, Worker, workerData } from "node:worker_threads"

const require = createRequire(import.meta.url)
const [, file, base, part = "main"] = isMainThread ? process.argv : [null, null, workerData.base, "worker"]
const authorization = `Basic ${Buffer.from("k:X").toString("base64")}`
const headers = { authorization }
const list = (n) => `${base}/api/v2/contacts?per_page=10&page=${n}`

const viaFetch = async (count) => {
  for (let n = 1; n <= count; n++) await (await fetch(list(n), { headers })).json()
}

if (part === "main") {
  const Freshdesk = require("freshdesk-api")
  await new Promise((resolve) => new Freshdesk(base, "k").listAllTickets({ per_page: 10 }, resolve))
  const { default: Freshsales } = require("freshsales")
  const sales = new Freshsales({ domain: "acme", apiKey: "k" })
  sales.axios.defaults.baseURL = `${base}/crm/sales/api/`
  for (let n = 0; n < 4; n++)
    await sales.request({ url: "contacts/view/1", params: { page: n } }).catch(() => undefined)
  const { default: got } = await import("got")
  for (let n = 1; n <= 5; n++) await got(list(n), { headers }).json()
  const needle = require("needle")
  for (let n = 1; n <= 6; n++) await needle("get", list(n), { headers })
  const { default: nodeFetch } = await import("node-fetch")
  for (let n = 1; n <= 2; n++) await (await nodeFetch(list(n), { headers })).json()
  const superagent = require("superagent")
  for (let n = 1; n <= 3; n++) await superagent.get(list(n)).set(headers)
  const { Agent, request } = await import("undici6")
  const dispatcher = new Agent({ connections: 2 })
  await Promise.all([1, 2, 3].map(async (n) => (await request(list(n), { headers, dispatcher })).body.json()))
  const worker = new Worker(new URL(import.meta.url), { workerData: { base } })
  await new Promise((resolve) => worker.on("exit", resolve))
  const stopped = new Worker(new URL(import.meta.url), { workerData: { base, stays: true } })
  await new Promise((resolve) => stopped.on("message", resolve))
  await stopped.terminate()
  execFileSync(process.execPath, [fileURLToPath(import.meta.url), base, "child"])
  await new Promise((resolve) => fork(file, [base, "child"]).on("exit", resolve))
} else await viaFetch(part === "worker" ? 7 : 2)
if (!isMainThread && workerData.stays) {
  const { parentPort } = await import("node:worker_threads")
  parentPort.postMessage("made its calls")
  setInterval(() => undefined, 1000)
}
