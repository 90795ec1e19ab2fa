/** The promise behind every 200: real processes, killed and starved. */
import { execFileSync, spawnSync } from "node:child_process"
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import { describe, expect, it, onTestFinished } from "vitest"
import type { WebhookEvent } from "../../src/domain/Event.js"
import { realTime, type Timekeeper } from "../../src/domain/Time.js"
import { createReceiver, openInbox } from "../../src/receiver/index.js"
import { ended, runCli, startCli } from "../support/cli.js"
import { receiverConfig as config, deliveryBody, post, secret } from "../support/deliveries.js"
import { temporaryFolder } from "../support/files.js"
import { until } from "../support/until.js"

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
      await until(() => acknowledged.size >= enough, "enough is acknowledged")
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

describe("kill -9 under load, with hand-over, reconciliation and a purge", () => {
  it("loses no acknowledged delivery, hands each over at least once, keeps order and state", {
    timeout: 1_800_000
  }, async () => {
    const folder = temporaryFolder()
    const rounds = Number(process.env["KILL_ROUNDS"] ?? 8)
    /** By entity: the versions that were handed over, in order of their first time. */
    const handed = new Map<string, Array<number>>()
    const server = createServer((request, response) => {
      let text = ""
      request.on("data", (chunk) => {
        text += chunk
      })
      request.on("end", () => {
        const { after, entityId } = JSON.parse(text) as WebhookEvent
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
    // The provider: what was sent has happened there, so reconciliation may be first to tell of it.
    let listed = 0
    const provider = createServer((request, response) => {
      const url = new URL(request.url!, "http://provider")
      const plain = url.pathname === "/api/v2/tickets" && !url.searchParams.has("filter")
      if (plain) listed += 1
      response.setHeader("content-type", "application/json")
      response.end(JSON.stringify(plain ? [...sent].map(([id, version]) => ticketOf(Number(id), version)) : []))
    })
    await new Promise<void>((resume) => provider.listen(0, "127.0.0.1", resume))
    onTestFinished(() => {
      provider.closeAllConnections()
      provider.close()
    })
    const baseUrl = `http://127.0.0.1:${(provider.address() as AddressInfo).port}`
    writeFileSync(join(folder, "hookshift.config.json"), config.replace("http://127.0.0.1:1", baseUrl))
    const acknowledged = new Map<string, number>()
    const stampOf = (version: number) => new Date(Date.UTC(2026, 2, 2) + version * 1_000).toISOString()
    const ticketOf = (id: number, version: number) => ({ id, version, updated_at: stampOf(version) })
    const versionBody = (id: number, version: number) =>
      deliveryBody({ id, updated_at: stampOf(version), snapshot: ticketOf(id, version) })
    const receive = () =>
      startCli(["receive", "--listen", "127.0.0.1:0", "--reconcile", "1s", "--forward", forward], { cwd: folder, env })
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
      await until(
        () => [...acknowledged.values()].reduce((sum, count) => sum + count, 0) >= enough,
        "enough is acknowledged"
      )
      child.kill("SIGKILL")
      await ended(child)
      alive = false
      await Promise.all([...load, purge])
    }
    const { child } = await receive()
    const complete = () => [...acknowledged].every(([key, version]) => (handed.get(key)?.length ?? 0) >= version)
    await until(complete, "every acknowledged version is handed over")
    child.kill("SIGTERM")
    expect(await ended(child)).toBe(0)
    expect(listed).toBeGreaterThanOrEqual(rounds)
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

/** A small disk of the test's own, until it ends; `null` where none can be mounted. */
const mounted = (folder: string, size: string): string | null => {
  const disk = join(folder, "disk")
  mkdirSync(disk)
  if (spawnSync("mount", ["-t", "tmpfs", "-o", `size=${size}`, "tmpfs", disk]).status !== 0) return null
  onTestFinished(() => void spawnSync("umount", ["-l", disk]))
  return disk
}

describe("a full disk", () => {
  it.skipIf(!canMount)(
    "answers 503 and never 200 for what is not stored, and serves again when there is room",
    async ({ skip }) => {
      const folder = temporaryFolder()
      const disk = mounted(folder, "1500k")
      if (disk === null) return skip("no tmpfs can be mounted here")
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

describe("a disk that can only be read", () => {
  it.skipIf(!canMount)(
    "is named in one sentence, and nothing is lost once it can be written to again",
    async ({ skip }) => {
      const folder = temporaryFolder()
      const disk = mounted(folder, "20m")
      if (disk === null) return skip("no tmpfs can be mounted here")
      writeFileSync(join(folder, "hookshift.config.json"), config)
      const db = join(disk, "inbox.db")
      const args = ["receive", "--listen", "127.0.0.1:0", "--reconcile", "off", "--db", db]
      const first = await startCli(args, { cwd: folder, env })
      expect((await post(first.ready.url, deliveryBody({ id: 1 }))).status).toBe(200)
      first.child.kill("SIGTERM")
      expect(await ended(first.child)).toBe(0)
      execFileSync("mount", ["-o", "remount,ro", disk])
      const refused = await runCli(args, { cwd: folder, env })
      expect(refused.code).toBe(2)
      expect(refused.stderr).toMatch(/^hookshift: [^\n]*inbox\.db[^\n]*\n$/)
      execFileSync("mount", ["-o", "remount,rw", disk])
      const again = await startCli(args, { cwd: folder, env })
      expect((await post(again.ready.url, deliveryBody({ id: 2 }))).status).toBe(200)
      again.child.kill("SIGTERM")
      expect(await ended(again.child)).toBe(0)
      const inbox = openInbox(db)
      expect(
        inbox
          .list(10)
          .map(({ entityId }) => entityId)
          .sort()
      ).toEqual(["1", "2"])
      inbox.close()
    }
  )
})

describe("a database that somebody else has locked under load", () => {
  it("is answered 503 for as long as that lasts, and holds all that was answered 200", {
    timeout: 120_000
  }, async () => {
    const folder = temporaryFolder()
    writeFileSync(
      join(folder, "hookshift.config.json"),
      JSON.stringify({ ...JSON.parse(config), receiver: { ackDeadline: "400 millis" } })
    )
    const args = ["receive", "--listen", "127.0.0.1:0", "--reconcile", "off"]
    const { child, ready } = await startCli(args, { cwd: folder, env })
    const { default: Sqlite } = await import("better-sqlite3")
    const other = new Sqlite(join(folder, "hookshift.db"))
    const acknowledged = new Set<string>()
    const answers = new Map<number, number>()
    let nextId = 1
    let going = true
    const load = Array.from({ length: 8 }, async () => {
      while (going) {
        const id = nextId++
        const { status } = await post(ready.url, deliveryBody({ id }))
        answers.set(status, (answers.get(status) ?? 0) + 1)
        if (status === 200) acknowledged.add(String(id))
      }
    })
    await until(() => acknowledged.size > 20)
    other.exec("BEGIN IMMEDIATE")
    const locked = Date.now()
    await until(
      () => Date.now() - locked > Number(process.env["LOCK_SECONDS"] ?? 1) * 1_000 && (answers.get(503) ?? 0) > 0
    )
    other.exec("ROLLBACK")
    other.close()
    const then = acknowledged.size
    await until(() => acknowledged.size > then + 20)
    going = false
    await Promise.all(load)
    child.kill("SIGTERM")
    expect(await ended(child)).toBe(0)
    expect([...answers.keys()].sort()).toEqual([200, 503])
    const inbox = openInbox(join(folder, "hookshift.db"))
    const kept = new Set(inbox.list(1_000_000).map(({ entityId }) => entityId))
    inbox.close()
    expect([...acknowledged].filter((id) => !kept.has(id))).toEqual([])
  })
})

describe("a system clock that is set back an hour", () => {
  it("loses nothing, keeps each entity's order and hands over what comes afterwards", async () => {
    let behind = 0
    const time: Timekeeper = {
      now: () => Date.now() - behind,
      at: (at, run) => realTime.at(at + behind, run)
    }
    const handed: Array<string> = []
    const receiver = await createReceiver({
      db: join(temporaryFolder(), "c.db"),
      listen: { port: 0 },
      sources: { fd: { profile: "freshworks", secrets: [secret] } },
      time,
      onEvent: ({ entityId, after }) => void handed.push(`${entityId} ${String(after!["version"])}`)
    })
    const versions = [1, 2, 3, 4]
    for (const version of versions) {
      if (version === 3) behind = 3_600_000
      for (const id of [1, 2])
        expect(
          (
            await post(
              receiver.url,
              deliveryBody({ id, updated_at: `2026-03-02T10:00:0${version}Z`, snapshot: { id, version } })
            )
          ).status
        ).toBe(200)
    }
    await until(() => receiver.inbox.counts().stored === 0, "all is handed over")
    for (const id of ["1", "2"]) {
      expect(handed.filter((one) => one.startsWith(`${id} `))).toEqual(versions.map((version) => `${id} ${version}`))
      expect(receiver.inbox.state("fd", "ticket", id)?.snapshot["version"]).toBe(4)
    }
    await receiver.close()
  })
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
