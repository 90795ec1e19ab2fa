import { execFile, spawn, spawnSync } from "node:child_process"
import { mkdirSync, rmSync } from "node:fs"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import { promisify } from "node:util"
import { describe, expect, it, onTestFinished } from "vitest"
import { openDatabase } from "../../src/store/index.js"
import { runCli } from "../support/cli.js"
import { root, temporaryFolder } from "../support/files.js"
import { until } from "../support/until.js"

const preload = join(root, "dist/register.js")
const program = join(root, "test/support/programs/killed.mjs")

/** The whole campaign has its own script (npm run test:kill); here a share of it. */
const rounds = Number(process.env["KILL_ROUNDS"] ?? 12)

/** Requests that the item servers of this file have got. */
let served = 0

const itemServer = async (): Promise<string> => {
  const body = JSON.stringify([{ id: 1, updated_at: "2026-01-01T00:00:00Z" }])
  // A program that got no processor for some seconds is not to find its connection closed.
  const server = createServer({ keepAliveTimeout: 0 }, (_, response) => {
    served += 1
    response.setHeader("content-type", "application/json")
    response.end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

interface Ended {
  readonly completed: number
  /** Of these, what the recorder had said is written, the last time that the program could tell. */
  readonly written: number
  readonly code: number | null
  readonly signal: string | null
  readonly stderr: string
}

const runUntilEnd = (url: string, file: string, how: string, calls: number): Promise<Ended> =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, ["--import", preload, program, url, how, String(calls), preload], {
      env: { PATH: process.env["PATH"], HOOKSHIFT_DB: file, HOOKSHIFT_HOSTS: new URL(url).host },
      stdio: ["ignore", "pipe", "pipe"]
    })
    let out = ""
    let stderr = ""
    child.stderr.on("data", (chunk) => {
      stderr += chunk
    })
    let signalled = false
    const told = (): ReadonlyArray<number> => (out.trim().split("\n").at(-1) ?? "").split(" ").map(Number)
    child.stdout.on("data", (chunk) => {
      out += chunk
      if (signalled || !how.startsWith("SIG") || !out.endsWith("\n")) return
      const [completed = 0, written = 0] = told()
      // In mid-flight: some is on disk, some is not.
      if (completed < calls || written < calls / 2) return
      signalled = true
      child.kill(how as NodeJS.Signals)
    })
    child.on("close", (code, signal) => {
      const [completed = 0, written = 0] = told()
      resolve({ completed, written, code, signal, stderr })
    })
  })

const countCalls = (file: string): number => {
  const database = openDatabase(file)
  try {
    expect(database.pragma("integrity_check", { simple: true })).toBe("ok")
    return database.prepare("SELECT count(*) FROM call WHERE status = 200").pluck().get() as number
  } finally {
    database.close()
  }
}

describe("a program that ends in mid-flight", () => {
  const ways = ["SIGKILL", "SIGTERM", "exit", "throw"] as const
  const end = { SIGKILL: [null, "SIGKILL"], SIGTERM: [null, "SIGTERM"], exit: [3, null], throw: [1, null] } as const
  it(`has what completed on disk, or after SIGKILL what was said to be written, ${rounds} times`, async () => {
    const url = await itemServer()
    const folder = temporaryFolder()
    for (let round = 0; round < rounds; round++) {
      const how = ways[round % ways.length]!
      const file = join(folder, `${round}.db`)
      const ended = await runUntilEnd(url, file, how, 20 + ((round * 37) % 400))
      const told = `round ${round}, ${how}`
      expect([ended.code, ended.signal], told).toEqual(end[how])
      const kept = countCalls(file)
      expect(kept, told).toBeGreaterThanOrEqual(how === "SIGKILL" ? ended.written : ended.completed)
      // A call that completed on the wire a moment before the program told of it may be there too.
      expect(kept, told).toBeLessThanOrEqual(ended.completed + 3)
    }
  }, 600_000)

  it("goes on where the disk is full, writes again once there is room, and is shown as cut off where there never was", async (context) => {
    const url = await itemServer()
    const disk = join(temporaryFolder(), "disk")
    mkdirSync(disk)
    const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", disk])
    if (mounted.status !== 0) return context.skip("no small disk can be mounted here")
    onTestFinished(() => void spawnSync("umount", [disk]))
    const file = join(disk, "h.db")
    openDatabase(file).close()
    const fill = join(disk, "fill")
    const fillDisk = () => spawnSync("dd", ["if=/dev/zero", `of=${fill}`, "bs=4k"])
    fillDisk()
    const cutOff = await runUntilEnd(url, file, "exit", 300)
    expect([cutOff.code, cutOff.completed]).toEqual([3, 300])
    // This one gets room while it runs.
    const before = served
    const running = runUntilEnd(url, file, "SIGTERM", 3_000)
    await until(() => served > before + 200, "the program has made some calls")
    rmSync(fill)
    const kept = await running
    expect(kept.signal).toBe("SIGTERM")
    expect(countCalls(file)).toBeGreaterThanOrEqual(kept.completed)
    const status = JSON.parse((await runCli(["record", "status", "--json", "--db", file])).stdout)
    expect(status.lost).toBe(0)
  })

  it("goes on when the recorder's thread dies, and is shown as cut off", async () => {
    const url = await itemServer()
    const file = join(temporaryFolder(), "dead.db")
    const script = `
      import { subscribe } from "node:diagnostics_channel"
      let thread
      subscribe("worker_threads", ({ worker }) => { thread = worker })
      const { recorder } = await import(${JSON.stringify(preload)})
      const get = async (n) => { for (let i = 0; i < n; i++) await (await fetch("${url}/api/v2/tickets")).json() }
      await get(5)
      await recorder.flush()
      await thread.terminate()
      await get(7)
      console.log(JSON.stringify(recorder.stats()))`
    const ran = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", script], {
      env: { PATH: process.env["PATH"], HOOKSHIFT_DB: file, HOOKSHIFT_HOSTS: new URL(url).host }
    })
    expect(ran.stderr).toBe("")
    expect(JSON.parse(ran.stdout)).toEqual({ calls: 12, written: 5, lost: 7 })
    expect(countCalls(file)).toBe(5)
    expect(JSON.parse((await runCli(["record", "status", "--json", "--db", file])).stdout)).toMatchObject({ cutOff: 1 })
  })

  it("records from sixteen processes at once into one database, each call of each", async () => {
    const url = await itemServer()
    const file = join(temporaryFolder(), "many.db")
    const processes = Array.from({ length: 16 }, () => runUntilEnd(url, file, "exit", 1_000))
    const ended = await Promise.all(processes)
    expect(ended.filter(({ code, completed }) => code !== 3 || completed !== 1_000)).toEqual([])
    const database = openDatabase(file)
    const lost = database.prepare("SELECT sum(lost) FROM recorder").pluck().get()
    const recorders = database.prepare("SELECT count(*) FROM recorder WHERE ended = 1").pluck().get()
    database.close()
    expect([lost, recorders]).toEqual([0, 16])
    const kept = countCalls(file)
    expect(kept).toBeGreaterThanOrEqual(16_000)
    expect(kept).toBeLessThanOrEqual(16_000 + 16 * 3)
  })
})
