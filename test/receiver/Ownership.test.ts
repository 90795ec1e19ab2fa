/** One receiver owns an inbox, and only while its files are where they were. */
import { type ChildProcess, spawn } from "node:child_process"
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync
} from "node:fs"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { hostname } from "node:os"
import { join } from "node:path"
import Sqlite from "better-sqlite3"
import { describe, expect, it, onTestFinished } from "vitest"
import type { WebhookEvent } from "../../src/domain/Event.js"
import { realTime } from "../../src/domain/Time.js"
import { createReceiver, openInbox, type Receiver, type ReceiverOptions } from "../../src/receiver/index.js"
import { openOwnInbox } from "../../src/receiver/OwnInbox.js"
import { noLog } from "../../src/receiver/operations/Log.js"
import { backupDatabase } from "../../src/store/index.js"
import { ended, runCli, startCli } from "../support/cli.js"
import { receiverConfig as config, deliveryBody, post, secret } from "../support/deliveries.js"
import { temporaryFolder } from "../support/files.js"
import { until } from "../support/until.js"

const env = { FD_KEY: "k", FD_SECRET: secret }
const sources: ReceiverOptions["sources"] = { fd: { profile: "freshworks", secrets: [secret] } }

const start = async (db: string, options: Partial<ReceiverOptions> = {}): Promise<Receiver> => {
  const receiver = await createReceiver({ db, listen: { port: 0 }, admin: { port: 0 }, sources, ...options })
  onTestFinished(() => receiver.close())
  return receiver
}

const statusOf = async (url: string, id: number): Promise<number> => (await post(url, deliveryBody({ id }))).status
const readiness = async (url: string): Promise<number> => (await fetch(`${url}/readyz`)).status

/** A process that ends at once, whose number is free by then. */
const endedPid = async (): Promise<number> => {
  const child = spawn(process.execPath, ["-e", ""])
  await ended(child)
  return child.pid!
}

/** Puts another receiver's lease in place of the one that is there. */
const putOwner = (
  db: string,
  owner: { pid: number; place: string; file: string; started: string | null; beatAt: number }
): void => {
  const other = new Sqlite(db)
  other
    .prepare(
      `INSERT OR REPLACE INTO inbox_owner (id, token, pid, host, place, file, started, since, beat, beat_at)
       VALUES (1, 'another', @pid, 'far-away', @place, @file, @started, 1700000000000, 7, @beatAt)`
    )
    .run(owner)
  other.close()
}

/** What the receivers forward to, by path: `/a` and `/b`. */
const startTarget = async (mayAnswer: Promise<void> = Promise.resolve()) => {
  const got: Array<{ readonly path: string; readonly id: string; readonly entityId: string }> = []
  const server = createServer((request, response) => {
    let text = ""
    request.on("data", (chunk) => {
      text += chunk
    })
    request.on("end", () => {
      const { entityId, id } = JSON.parse(text) as WebhookEvent
      got.push({ path: request.url!, id, entityId })
      void mayAnswer.then(() => response.end())
    })
  })
  await new Promise<void>((resume) => server.listen(0, "127.0.0.1", resume))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { got, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

const receive = (folder: string, forward: string) =>
  startCli(["receive", "--listen", "127.0.0.1:0", "--reconcile", "off", "--forward", forward], { cwd: folder, env })

const withConfig = (): string => {
  const folder = temporaryFolder()
  writeFileSync(join(folder, "hookshift.config.json"), config)
  return folder
}

const errorsOf = (child: ChildProcess): (() => string) => {
  let text = ""
  child.stderr!.on("data", (chunk) => {
    text += chunk
  })
  return () => text
}

describe("one owner", () => {
  it("refuses a second receiver by the name of the first, which goes on; a closed one makes room", async () => {
    const db = join(temporaryFolder(), "i.db")
    const first = await createReceiver({ db, listen: { port: 0 }, sources })
    await expect(createReceiver({ db, listen: null, sources })).rejects.toMatchObject({
      reason: "owned",
      message: expect.stringMatching(
        new RegExp(
          `belongs to another receiver, process ${process.pid} on ${hostname()}, since .*: stop that one first`
        )
      )
    })
    expect(await statusOf(first.url, 1)).toBe(200)
    await first.close()
    const second = await start(db)
    expect(await statusOf(second.url, 2)).toBe(200)
    expect(second.inbox.list(10)).toHaveLength(2)
  })

  it("lets commands that read or ask go on beside it, and refuses another process", { timeout: 120_000 }, async () => {
    const folder = withConfig()
    const target = await startTarget()
    const { child, ready } = await receive(folder, `${target.url}/a`)
    expect(await statusOf(ready.url, 1)).toBe(200)
    const second = await runCli(["receive", "--listen", "127.0.0.1:0", "--reconcile", "off"], { cwd: folder, env })
    expect(second.code).toBe(3)
    expect(second.stderr).toContain(`process ${child.pid} on ${hostname()}`)
    for (const args of [
      ["inbox", "list"],
      ["inbox", "show", "1"],
      ["inbox", "retry", "--all"],
      ["inbox", "purge", "--older-than", "1h"]
    ])
      expect(await runCli(args, { cwd: folder, env }), args.join(" ")).toMatchObject({ code: 0 })
    expect(await statusOf(ready.url, 2)).toBe(200)
    expect(child.exitCode).toBeNull()
  })

  it("is taken over at once from a process that is gone, also where its number was given again", async () => {
    const folder = temporaryFolder()
    const make = async (name: string): Promise<{ db: string; place: string; file: string }> => {
      const db = join(folder, name)
      const receiver = await createReceiver({ db, listen: null, sources })
      const other = new Sqlite(db)
      const row = other.prepare("SELECT place, file FROM inbox_owner").get() as { place: string; file: string }
      other.close()
      await receiver.close()
      return { db, ...row }
    }
    const told: Array<unknown> = []
    const log: ReceiverOptions["log"] = (_, message, fields) => told.push([message, fields?.["from"]])
    const gone = await make("gone.db")
    putOwner(gone.db, { ...gone, pid: await endedPid(), started: null, beatAt: Date.now() })
    await start(gone.db, { log })
    // The parent's number, as if a process that had it before had begun at another time.
    if (process.platform === "linux") {
      const reused = await make("reused.db")
      putOwner(reused.db, { ...reused, pid: process.ppid, started: "1", beatAt: Date.now() })
      await start(reused.db, { log })
    }
    await until(() => told.length === (process.platform === "linux" ? 2 : 1), "the takeovers are told")
    expect(new Set(told.map((one) => (one as Array<string>)[0]))).toEqual(
      new Set(["the inbox is taken over from a receiver that had not given it back"])
    )
  })

  it("is no matter of a copy, which has the row as well", async () => {
    const db = join(temporaryFolder(), "i.db")
    const first = await start(db)
    expect(await statusOf(first.url, 1)).toBe(200)
    backupDatabase(db, `${db}.copy`)
    copyFileSync(`${db}.key`, `${db}.copy.key`)
    const second = await start(`${db}.copy`)
    for (const receiver of [first, second]) expect(await statusOf(receiver.url, 2)).toBe(200)
  })

  it("believes an owner of another machine while its heart beats, and takes over when it stands still", {
    timeout: 120_000
  }, async () => {
    const db = join(temporaryFolder(), "far.db")
    await (await createReceiver({ db, listen: null, sources })).close()
    putOwner(db, { pid: 1, place: "another boot", file: "1:2", started: "1", beatAt: 0 })
    const other = new Sqlite(db)
    const beating = setInterval(() => other.prepare("UPDATE inbox_owner SET beat = beat + 1").run(), 300)
    await expect(createReceiver({ db, listen: null, sources })).rejects.toThrow(/process 1 on far-away/)
    clearInterval(beating)
    other.close()
    const receiver = await start(db)
    expect(await statusOf(receiver.url, 1)).toBe(200)
  })

  it("is taken over from a process that goes on after its receiver could not give it back", {
    timeout: 120_000
  }, async () => {
    const folder = withConfig()
    const db = join(folder, "hookshift.db")
    const receiver = await createReceiver({ db, listen: { port: 0 }, sources })
    expect(await statusOf(receiver.url, 1)).toBe(200)
    const other = new Sqlite(db)
    other.exec("BEGIN IMMEDIATE")
    await receiver.close()
    other.exec("ROLLBACK")
    expect(other.prepare("SELECT pid FROM inbox_owner").pluck().get()).toBe(process.pid)
    other.close()
    const target = await startTarget()
    // Refused while its last heartbeat is young, as a supervisor sees it.
    let next: Awaited<ReturnType<typeof receive>> | null = null
    await until(async () => {
      next ??= await receive(folder, `${target.url}/b`).catch(() => null)
      return next !== null
    }, "another process has it")
    await until(() => target.got.length === 1, "what the first had stored is handed over")
  })

  it("writes and hands over nothing once another has taken over, answers 503 and says why", async () => {
    const db = join(temporaryFolder(), "lost.db")
    const handed: Array<string> = []
    let release = (): void => undefined
    const waiting = new Promise<void>((resolve) => {
      release = resolve
    })
    const receiver = await start(db, {
      concurrency: 1,
      onEvent: async ({ entityId }) => {
        handed.push(entityId)
        await waiting
      }
    })
    for (let id = 1; id <= 5; id++) expect(await statusOf(receiver.url, id)).toBe(200)
    await until(() => handed.length === 1, "the first is in hand")
    putOwner(db, { pid: 1, place: "another boot", file: "1:2", started: "1", beatAt: 0 })
    expect(await statusOf(receiver.url, 6)).toBe(503)
    expect(await receiver.ended).toMatchObject({ reason: "owned", message: expect.stringContaining("far-away") })
    expect(await readiness(receiver.adminUrl!)).toBe(503)
    await expect(receiver.note("setSweptTo", "fd", "ticket", 1)).rejects.toThrow(/belongs to another receiver/)
    release()
    await receiver.close()
    expect(handed).toEqual(["1"])
    const inbox = openInbox(db)
    expect(inbox.list(10)).toHaveLength(5)
    expect(inbox.counts()).toMatchObject({ stored: 5, delivered: 0 })
    expect(inbox.sweptTo("fd", "ticket")).toBeNull()
    inbox.close()
    const other = new Sqlite(db)
    expect(other.prepare("SELECT token FROM inbox_owner").pluck().get()).toBe("another")
    other.close()
  })

  it.skipIf(process.platform === "win32")(
    "takes over from one that is stopped; when that goes on, it ends before it stores or hands over anything",
    { timeout: 240_000 },
    async () => {
      const folder = withConfig()
      // On a busy machine the silence lasts longer than a target's usual time.
      const patient = { ...JSON.parse(config), receiver: { handOverTimeout: "10 minutes" } }
      writeFileSync(join(folder, "hookshift.config.json"), JSON.stringify(patient))
      let answer = (): void => undefined
      const target = await startTarget(
        new Promise((resolve) => {
          answer = resolve
        })
      )
      const a = await receive(folder, `${target.url}/a`)
      const said = errorsOf(a.child)
      const byA = () => target.got.filter(({ path }) => path === "/a").length
      // More than the target gets at once: the rest is in the receiver's memory, which writes nothing while the target
      // is silent.
      for (let id = 1; id <= 90; id++) expect(await statusOf(a.ready.url, id)).toBe(200)
      const rows = new Sqlite(join(folder, "hookshift.db"))
      const unapplied = rows.prepare("SELECT count(*) FROM delivery WHERE applied = 0").pluck()
      await until(() => byA() === 32 && unapplied.get() === 0, "the first hands over")
      rows.close()
      a.child.kill("SIGSTOP")
      const b = await receive(folder, `${target.url}/b`)
      answer()
      expect(await statusOf(b.ready.url, 1_000)).toBe(200)
      await until(() => target.got.some(({ entityId }) => entityId === "1000"), "the second hands over")
      const late = post(a.ready.url, deliveryBody({ id: 2_000 })).then(
        ({ status }) => status,
        () => 0
      )
      a.child.kill("SIGCONT")
      expect(await ended(a.child)).toBe(3)
      expect(await late).not.toBe(200)
      expect(said()).toContain(`process ${b.child.pid} on ${hostname()}`)
      expect(byA()).toBe(32)
      await until(() => new Set(target.got.map(({ entityId }) => entityId)).size === 91, "all is handed over")
      b.child.kill("SIGTERM")
      expect(await ended(b.child)).toBe(0)
      const inbox = openInbox(join(folder, "hookshift.db"))
      expect(inbox.counts()).toMatchObject({ stored: 0, delivered: 91, dead: 0 })
      inbox.close()
    }
  )
})

const files = (db: string): ReadonlyArray<string> => [db, `${db}-wal`, `${db}-shm`]
const move = (from: string, to: string): void => {
  for (const file of files(from)) if (existsSync(file)) renameSync(file, file.replace(from, to))
}

describe.skipIf(process.platform === "win32")("the file under the running receiver", () => {
  const ways: Readonly<Record<string, (db: string) => void>> = {
    "is deleted": (db) => {
      for (const file of files(db)) rmSync(file)
    },
    "is moved away": (db) => move(db, `${db}.old`),
    "is replaced by a backup": (db) => {
      backupDatabase(db, `${db}.copy`)
      renameSync(`${db}.copy`, db)
    },
    "is emptied": (db) => writeFileSync(db, ""),
    "loses its WAL": (db) => rmSync(`${db}-wal`),
    "loses its folder": (db) => renameSync(join(db, ".."), `${join(db, "..")}-gone`)
  }
  for (const [way, happen] of Object.entries(ways))
    it(`${way}: no delivery is acknowledged any more, the log says why, and a stop does not hang`, {
      timeout: 120_000
    }, async () => {
      const folder = join(temporaryFolder(), "data")
      mkdirSync(folder)
      const db = join(folder, "i.db")
      const told: Array<string> = []
      const receiver = await start(db, { log: (level, message) => told.push(`${level} ${message}`) })
      expect(await statusOf(receiver.url, 1)).toBe(200)
      await until(() => receiver.inbox.list(1).length === 1)
      happen(db)
      expect(await statusOf(receiver.url, 2)).toBe(503)
      // Operators are answered from a look once a second.
      await until(async () => (await readiness(receiver.adminUrl!)) === 503, "operators are told")
      const noticed = () => told.filter((line) => line.startsWith("error deliveries are answered 503: ")).length
      await until(() => noticed() > 0, "the log says so")
      if (way === "is deleted")
        expect(await receiver.ended).toMatchObject({
          reason: "moved",
          message: expect.stringContaining("deleted, moved or replaced while the receiver was running")
        })
      // Also where it had not been waited for long enough.
      await receiver.close()
      expect(noticed()).toBe(1)
    })

  it.runIf(existsSync("/proc/self/fd"))("moved right after they were opened, they are not kept open", () => {
    const db = join(temporaryFolder(), "i.db")
    const key = {
      place: "a setting",
      // Read while the inbox opens.
      get text() {
        rmSync(`${db}-wal`, { force: true })
        return "07".repeat(32)
      }
    }
    const open = () =>
      openOwnInbox(db, { key, productOf: () => null, time: realTime, log: noLog, onBack: () => undefined })
    expect(open).toThrow("was deleted, moved or replaced")
    const files = readdirSync("/proc/self/fd").flatMap((name) => {
      try {
        return [readlinkSync(`/proc/self/fd/${name}`)]
      } catch {
        return [] // the folder's own
      }
    })
    expect(files.filter((file) => file.startsWith(db))).toEqual([])
  })

  it("tells once that the key file is gone, and when it is back", async () => {
    const db = join(temporaryFolder(), "i.db")
    const told: Array<string> = []
    const receiver = await start(db, { log: (level, message) => told.push(`${level} ${message}`) })
    renameSync(`${db}.key`, `${db}.away`)
    await until(() => told.length > 0, "the loss is told")
    expect(await statusOf(receiver.url, 1)).toBe(200)
    renameSync(`${db}.away`, `${db}.key`)
    await until(() => told.length > 1, "the return is told")
    expect(told).toEqual([
      expect.stringMatching(/^error the key file is gone: put it back/),
      "info the key file is back"
    ])
  })

  it("goes on when the same files are back in time, with nothing lost", { timeout: 120_000 }, async () => {
    const db = join(temporaryFolder(), "i.db")
    const told: Array<string> = []
    const handed: Array<string> = []
    const receiver = await start(db, {
      log: (_, message) => told.push(message),
      onEvent: ({ entityId }) => void handed.push(entityId)
    })
    expect(await statusOf(receiver.url, 1)).toBe(200)
    await until(() => handed.length === 1)
    move(db, `${db}.old`)
    expect(await statusOf(receiver.url, 2)).toBe(503)
    await until(() => told.some((line) => line.includes("deliveries are answered 503")), "the move is told")
    move(`${db}.old`, db)
    await until(() => told.some((line) => line.includes("are back")), "the return is told")
    expect(await statusOf(receiver.url, 2)).toBe(200)
    await until(() => handed.length === 2)
    expect(receiver.inbox.list(10)).toHaveLength(2)
  })

  it("keeps its locks: another process that comes and goes deletes no WAL", async () => {
    const db = join(temporaryFolder(), "hookshift.db")
    const told: Array<string> = []
    const receiver = await start(db, { log: (_, message) => told.push(message) })
    const wal = () => statSync(`${db}-wal`).ino
    const first = wal()
    for (let id = 1; id <= 3; id++) {
      expect(await statusOf(receiver.url, id)).toBe(200)
      const other = spawn(
        process.execPath,
        [
          "-e",
          `const Sqlite = require("better-sqlite3"); const database = new Sqlite(process.argv[1])
           database.pragma("wal_checkpoint(PASSIVE)"); database.close()`,
          db
        ],
        { stdio: "inherit" }
      )
      expect(await ended(other)).toBe(0)
      expect(wal()).toBe(first)
    }
    expect(await statusOf(receiver.url, 4)).toBe(200)
    expect(told.filter((line) => line.includes("503"))).toEqual([])
  })

  it("ends the process with exit code 3, and leaves a file in its place as it is", { timeout: 120_000 }, async () => {
    const folder = withConfig()
    const target = await startTarget()
    const { child, ready } = await receive(folder, `${target.url}/a`)
    const said = errorsOf(child)
    expect(await statusOf(ready.url, 1)).toBe(200)
    const db = join(folder, "hookshift.db")
    move(db, `${db}.old`)
    const other = openInbox(join(folder, "other.db"))
    other.close()
    copyFileSync(join(folder, "other.db"), db)
    expect(await statusOf(ready.url, 2)).toBe(503)
    expect(await ended(child)).toBe(3)
    expect(said()).toContain("was deleted, moved or replaced")
    renameSync(`${db}.key`, `${db}.old.key`)
    const kept = openInbox(`${db}.old`)
    expect(kept.list(10)).toHaveLength(1)
    kept.close()
    const replaced = openInbox(db)
    expect(replaced.list(10)).toHaveLength(0)
    replaced.close()
  })
})
