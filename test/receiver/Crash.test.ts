/** The promise behind every 200: real processes, killed and starved. */
import { execFileSync, spawnSync } from "node:child_process"
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import { describe, expect, it, onTestFinished } from "vitest"
import type { HandedEvent } from "../../src/domain/Event.js"
import { openInbox } from "../../src/receiver/index.js"
import { ended, runCli, startCli } from "../support/cli.js"
import { deliveryBody, post, secret } from "../support/deliveries.js"
import { temporaryFolder } from "../support/files.js"

const config = JSON.stringify({
  sources: {
    fd: {
      product: "freshdesk",
      baseUrl: "http://127.0.0.1:1",
      auth: { secretEnv: "FD_KEY" },
      webhook: { secretEnv: "FD_SECRET" }
    }
  }
})
const env = { FD_KEY: "k", FD_SECRET: secret }

describe("kill -9 under load", () => {
  it("leaves every acknowledged delivery in the inbox, twenty times", { timeout: 240_000 }, async () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, "hookshift.config.json"), config)
    const acknowledged = new Set<string>()
    let nextId = 1
    for (let round = 0; round < 20; round++) {
      const { child, ready } = await startCli(["receive", "--listen", "127.0.0.1:0", "--reconcile", "off"], {
        cwd: folder,
        env
      })
      let alive = true
      const load = Array.from({ length: 16 }, async () => {
        while (alive) {
          const id = nextId++
          const answer = await post(ready.url, deliveryBody({ id })).catch(() => null)
          if (answer === null) return
          expect(answer.status).toBe(200)
          acknowledged.add(String(id))
        }
      })
      const enough = acknowledged.size + 40 + round * 5
      while (acknowledged.size < enough) await new Promise((next) => setImmediate(next))
      child.kill("SIGKILL")
      await ended(child)
      alive = false
      await Promise.all(load)
    }
    const inbox = openInbox(join(folder, "hookshift.db"))
    const kept = new Set(inbox.list(1_000_000).map((line) => line.entityId))
    inbox.close()
    expect(acknowledged.size).toBeGreaterThan(800)
    expect([...acknowledged].filter((id) => !kept.has(id))).toEqual([])
  })
})

describe("kill -9 under load, with hand-over, reconciliation's writes and a purge", () => {
  it("loses no acknowledged delivery, hands each over at least once, keeps order and state", {
    timeout: 1_800_000
  }, async () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, "hookshift.config.json"), config)
    const rounds = Number(process.env["KILL_ROUNDS"] ?? 8)
    /** By entity: the versions that were handed over, in order of their first time. */
    const handed = new Map<string, Array<number>>()
    const server = createServer((request, response) => {
      let text = ""
      request.on("data", (chunk) => {
        text += chunk
      })
      request.on("end", () => {
        const { after, entityId } = JSON.parse(text) as HandedEvent
        const versions = handed.get(entityId) ?? []
        const version = Number(after!["version"])
        if (!versions.includes(version)) versions.push(version)
        handed.set(entityId, versions)
        response.end()
      })
    })
    await new Promise<void>((resume) => server.listen(0, "127.0.0.1", resume))
    onTestFinished(() => {
      server.closeAllConnections()
      server.close()
    })
    const forward = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    const entities = 12
    const sent = new Map<string, number>()
    const acknowledged = new Map<string, number>()
    const versionBody = (id: number, version: number) =>
      deliveryBody({
        id,
        updated_at: new Date(Date.UTC(2026, 2, 2) + version * 1_000).toISOString(),
        snapshot: { id, version }
      })
    const receive = () =>
      startCli(["receive", "--listen", "127.0.0.1:0", "--reconcile", "off", "--forward", forward], { cwd: folder, env })
    for (let round = 0; round < rounds; round++) {
      const { child, ready } = await receive()
      let alive = true
      const enough = [...acknowledged.values()].reduce((sum, count) => sum + count, 0) + 60 + round * 7
      const load = Array.from({ length: entities }, async (_, id) => {
        // One writer an entity: a version is sent once the one before it is acknowledged, and again when nobody knows.
        const key = String(id + 1)
        while (alive) {
          const version = (acknowledged.get(key) ?? 0) + 1
          sent.set(key, version)
          const answer = await post(ready.url, versionBody(id + 1, version)).catch(() => null)
          if (answer?.status !== 200) return
          acknowledged.set(key, version)
        }
      })
      const purge = runCli(["inbox", "purge", "--older-than", "1s"], { cwd: folder, env })
      while ([...acknowledged.values()].reduce((sum, count) => sum + count, 0) < enough)
        await new Promise((next) => setImmediate(next))
      child.kill("SIGKILL")
      await ended(child)
      alive = false
      await Promise.all([...load, purge])
    }
    const { child } = await receive()
    const complete = () => [...acknowledged].every(([key, version]) => (handed.get(key)?.length ?? 0) >= version)
    while (!complete()) await new Promise((next) => setTimeout(next, 20))
    child.kill("SIGTERM")
    expect(await ended(child)).toBe(0)
    const inbox = openInbox(join(folder, "hookshift.db"))
    for (const [key, version] of acknowledged) {
      // In order, none left out; what was stored as the process was killed may be one more than was acknowledged.
      const versions = handed.get(key)!
      expect(versions).toEqual(Array.from({ length: versions.length }, (_, n) => n + 1))
      expect(versions.length).toBeGreaterThanOrEqual(version)
      expect(versions.length).toBeLessThanOrEqual(sent.get(key)!)
      expect(inbox.state("fd", "ticket", key)?.snapshot["version"]).toBe(versions.length)
    }
    inbox.close()
  })
})

const canMount = process.platform === "linux" && process.getuid?.() === 0

describe("a full disk", () => {
  it.skipIf(!canMount)(
    "answers 503 and never 200 for what is not stored, and serves again when there is room",
    async ({ skip }) => {
      const folder = temporaryFolder()
      const disk = join(folder, "disk")
      mkdirSync(disk)
      if (spawnSync("mount", ["-t", "tmpfs", "-o", "size=1500k", "tmpfs", disk]).status !== 0) {
        skip("no tmpfs can be mounted here")
        return
      }
      onTestFinished(() => void spawnSync("umount", ["-l", disk]))
      writeFileSync(join(folder, "hookshift.config.json"), config)
      const db = join(disk, "inbox.db")
      const { child, ready } = await startCli(
        ["receive", "--listen", "127.0.0.1:0", "--reconcile", "off", "--db", db],
        { cwd: folder, env }
      )
      const acknowledged: Array<string> = []
      const answers: Array<number> = []
      for (let id = 1; id <= 200 && answers.at(-1) !== 503; id++) {
        const { status } = await post(ready.url, deliveryBody({ id, snapshot: { id, text: "x".repeat(20_000) } }))
        answers.push(status)
        if (status === 200) acknowledged.push(String(id))
      }
      expect(new Set(answers)).toEqual(new Set([200, 503]))
      expect((await fetch(`${ready.url}/healthz`)).status).toBe(200)
      execFileSync("mount", ["-o", "remount,size=20m", disk])
      expect((await post(ready.url, deliveryBody({ id: 9001 }))).status).toBe(200)
      acknowledged.push("9001")
      child.kill("SIGTERM")
      expect(await ended(child)).toBe(0)
      const inbox = openInbox(db)
      const kept = new Set(inbox.list(1_000_000).map((line) => line.entityId))
      inbox.close()
      expect(acknowledged.filter((id) => !kept.has(id))).toEqual([])
    }
  )
})

it("keeps its key readable by its owner only", async () => {
  const folder = temporaryFolder()
  writeFileSync(join(folder, "hookshift.config.json"), config)
  const { child } = await startCli(["receive", "--listen", "127.0.0.1:0", "--reconcile", "off"], { cwd: folder, env })
  child.kill("SIGTERM")
  expect(await ended(child)).toBe(0)
  const mode = execFileSync("stat", ["-c", "%a", join(folder, "hookshift.db.key")], { encoding: "utf8" }).trim()
  expect(mode).toBe("600")
  expect(readFileSync(join(folder, "hookshift.db.key"), "utf8").trim()).toMatch(/^[0-9a-f]{64}$/)
  rmSync(join(folder, "hookshift.db.key"))
})
