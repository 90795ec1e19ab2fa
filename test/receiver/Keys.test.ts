/** The key of the inbox: never a new one over bodies that another has sealed, and a way on from each loss. */
import { createCipheriv, randomBytes } from "node:crypto"
import {
  appendFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync
} from "node:fs"
import { join } from "node:path"
import Sqlite from "better-sqlite3"
import { describe, expect, it, onTestFinished } from "vitest"
import type { WebhookEvent } from "../../src/domain/Event.js"
import { createReceiver, openInbox, type Receiver, type ReceiverOptions, rekeyInbox } from "../../src/receiver/index.js"
import { openDatabase } from "../../src/store/index.js"
import { ended, runCli, startCli } from "../support/cli.js"
import { deliveryBody, post, receiverConfig, secret } from "../support/deliveries.js"
import { temporaryFolder } from "../support/files.js"
import { until } from "../support/until.js"

const sources: ReceiverOptions["sources"] = { fd: { profile: "freshworks", secrets: [secret] } }

const start = async (db: string, options: Partial<ReceiverOptions> = {}): Promise<Receiver> => {
  const receiver = await createReceiver({ db, listen: { port: 0 }, sources, ...options })
  onTestFinished(() => receiver.close())
  return receiver
}

/** An inbox with deliveries of these ids, waiting; closed. */
const filled = async (db: string, ids: ReadonlyArray<number>): Promise<void> => {
  const receiver = await createReceiver({ db, listen: { port: 0 }, sources })
  for (const id of ids) expect((await post(receiver.url, deliveryBody({ id }))).status).toBe(200)
  await receiver.close()
}

const newKey = (): string => randomBytes(32).toString("hex")
const refusal = (db: string): Promise<{ reason: string; message: string }> =>
  createReceiver({ db, listen: null, sources }).then(
    () => {
      throw new Error("it started")
    },
    (error) => error as { reason: string; message: string }
  )

/** Ids of the keys that bodies are sealed with, as the rows say. */
const sealedWith = (db: string): ReadonlyArray<string> => {
  const database = new Sqlite(db)
  const ids = database
    .prepare(
      "SELECT DISTINCT hex(substr(body, 2, 4)) FROM delivery UNION SELECT DISTINCT hex(substr(snapshot, 2, 4)) FROM entity_state"
    )
    .pluck()
    .all() as Array<string>
  database.close()
  return ids
}

const handedBy = async (db: string, count: number): Promise<ReadonlyArray<string>> => {
  const handed: Array<WebhookEvent> = []
  const receiver = await start(db, { onEvent: (event) => void handed.push(event) })
  await until(() => handed.length >= count, `${count} are handed over`)
  await receiver.close()
  for (const { after, entityId } of handed) expect(String(after?.["id"])).toBe(entityId)
  return handed.map(({ entityId }) => entityId).sort()
}

describe("a key that is missing or another one", () => {
  it("is an error at start with the remedy, and no new key is made; once it is back all is handed over", async () => {
    const db = join(temporaryFolder(), "i.db")
    await filled(db, [1, 2, 3])
    renameSync(`${db}.key`, `${db}.away`)
    const said = await refusal(db)
    expect(said).toMatchObject({
      reason: "key",
      message: expect.stringMatching(
        /holds sealed bodies, and its key \([0-9a-f]{8}\) is not at .*put the key file back/
      )
    })
    const listed = await runCli(["inbox", "list", "--db", db])
    expect([listed.code, listed.stderr]).toEqual([2, expect.stringContaining("put the key file back")])
    expect(existsSync(`${db}.key`)).toBe(false)
    writeFileSync(`${db}.key`, newKey())
    expect((await refusal(db)).message).toMatch(/is not, or not all of, what .* was sealed with \(the key [0-9a-f]{8}/)
    writeFileSync(`${db}.key`, "no key\n")
    expect((await refusal(db)).message).toContain("holds something that is no key of 32 bytes")
    renameSync(`${db}.away`, `${db}.key`)
    expect(await handedBy(db, 3)).toEqual(["1", "2", "3"])
  })

  it("two keys: the first seals, both open; the older is expected until no body needs it", async () => {
    const db = join(temporaryFolder(), "i.db")
    await filled(db, [1, 2])
    const old = readFileSync(`${db}.key`, "utf8").trim()
    const first = newKey()
    writeFileSync(`${db}.key`, `${first}\n${old}\n`)
    await filled(db, [3])
    expect(sealedWith(db)).toHaveLength(2)
    writeFileSync(`${db}.key`, first)
    expect((await refusal(db)).reason).toBe("key")
    writeFileSync(`${db}.key`, old)
    expect((await refusal(db)).reason).toBe("key")
    // In any order: each body says which one is its own.
    writeFileSync(`${db}.key`, `${old},${Buffer.from(first, "hex").toString("base64")}`)
    expect(await handedBy(db, 3)).toEqual(["1", "2", "3"])
    const database = openDatabase(db)
    database.exec("DELETE FROM delivery WHERE entity_id = '3'; DELETE FROM entity_state WHERE entity_id = '3'")
    database.close()
    writeFileSync(`${db}.key`, old)
    await (await start(db)).close()
  })

  it("knows the key of bodies from before they said it", async () => {
    const db = join(temporaryFolder(), "i.db")
    await filled(db, [1, 2])
    const key = Buffer.from(readFileSync(`${db}.key`, "utf8").trim(), "hex")
    const legacy = (plain: string, nonce: Buffer): Buffer => {
      const cipher = createCipheriv("aes-256-gcm", key, nonce)
      return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()])
    }
    const database = new Sqlite(db)
    database.exec("DELETE FROM sealing_key; DELETE FROM entity_state; UPDATE delivery SET applied = 0, undo = NULL")
    const set = database.prepare("UPDATE delivery SET body = ? WHERE entity_id = ?")
    set.run(legacy(deliveryBody({ id: 1 }), randomBytes(12)), "1")
    // A nonce that begins as a body with a key's id does.
    set.run(legacy(deliveryBody({ id: 2 }), Buffer.concat([Buffer.from([2]), randomBytes(11)])), "2")
    database.close()
    writeFileSync(`${db}.key`, newKey())
    expect((await refusal(db)).message).toContain("is not the key that")
    writeFileSync(`${db}.key`, key.toString("hex"))
    expect(await handedBy(db, 2)).toEqual(["1", "2"])
  })

  it("commands that read make no key and no database", async () => {
    const folder = temporaryFolder()
    const db = join(folder, "recording.db")
    openDatabase(db).close()
    expect(await runCli(["inbox", "list", "--db", db])).toMatchObject({ code: 0, stdout: "the inbox is empty\n" })
    expect((await runCli(["inbox", "list", "--db", join(folder, "none.db")])).code).toBe(2)
    expect(readdirSync(folder)).toEqual(["recording.db"])
  })
})

describe("hookshift inbox rekey", () => {
  it("seals all anew while no receiver runs, and keeps the key of before for older backups", async () => {
    const folder = temporaryFolder()
    const db = join(folder, "i.db")
    const receiver = await start(db)
    for (let id = 1; id <= 3; id++) await post(receiver.url, deliveryBody({ id }))
    await post(receiver.url, "not understood")
    const refused = await runCli(["inbox", "rekey", "--db", db])
    expect([refused.code, refused.stderr]).toEqual([3, expect.stringContaining(`process ${process.pid}`)])
    await receiver.close()
    const old = readFileSync(`${db}.key`, "utf8")
    const [before] = sealedWith(db)
    const backup = await runCli(["db", "backup", join(folder, "b.db"), "--db", db])
    expect(backup.stdout).toContain(`keep a copy of ${db}.key as well`)
    const done = await runCli(["inbox", "rekey", "--db", db, "--json"])
    expect(done, done.stderr).toMatchObject({ code: 0 })
    const told = JSON.parse(done.stdout)
    expect(told).toMatchObject({ lost: 0, keptIn: [`${db}.key.${before!.toLowerCase()}`] })
    expect(sealedWith(db)).toEqual([told.key.toUpperCase()])
    expect(readFileSync(told.keptIn[0], "utf8")).toBe(old)
    const made = readFileSync(`${db}.key`, "utf8")
    expect(made.trim()).toMatch(/^[0-9a-f]{64}$/)
    expect(made).not.toBe(old)
    for (const file of [`${db}.key`, told.keptIn[0]]) expect(statSync(file).mode & 0o777).toBe(0o600)
    writeFileSync(join(folder, "b.db.key"), old)
    expect(await handedBy(join(folder, "b.db"), 3)).toEqual(["1", "2", "3"])
    expect(await handedBy(db, 3)).toEqual(["1", "2", "3"])
    const inbox = openInbox(db)
    expect(inbox.list(10, { state: "quarantined" })).toHaveLength(1)
    expect(inbox.show(4)?.body).toBe("not understood")
    inbox.close()
  })

  it("goes on where it was cut off: some bodies sealed anew, both keys in the file", async () => {
    const db = join(temporaryFolder(), "i.db")
    await filled(db, [1, 2, 3])
    const old = readFileSync(`${db}.key`, "utf8").trim()
    const next = newKey()
    writeFileSync(`${db}.key`, `${next}\n${old}\n`)
    await filled(db, [4])
    const done = await rekeyInbox(db, { giveUpLost: false })
    expect(done.lost).toBe(0)
    expect(sealedWith(db)).toEqual([done.key.toUpperCase()])
    expect(readFileSync(`${db}.key`, "utf8")).toBe(`${next}\n`)
    expect(await handedBy(db, 4)).toEqual(["1", "2", "3", "4"])
  })

  it("changes nothing where the key is missing, and without it goes on only when told to", {
    timeout: 240_000
  }, async () => {
    const db = join(temporaryFolder(), "i.db")
    await filled(db, [1, 2, 3])
    const old = readFileSync(`${db}.key`, "utf8").trim()
    rmSync(`${db}.key`)
    expect((await runCli(["inbox", "rekey", "--db", db])).stderr).toContain("put the key file back")
    expect(existsSync(`${db}.key`)).toBe(false)
    const given = await runCli(["inbox", "rekey", "--give-up-lost", "--db", db])
    expect(given, given.stderr).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("sealed with a key that is lost")
    })
    // Later deliveries, of one of the entities too, have nothing to do with it.
    const handed: Array<WebhookEvent> = []
    const receiver = await start(db, { onEvent: (event) => void handed.push(event) })
    for (const id of [3, 4])
      expect((await post(receiver.url, deliveryBody({ id, updated_at: "2026-03-02T11:00:00Z" }))).status).toBe(200)
    await until(() => handed.length === 2 && receiver.inbox.counts().delivered === 2)
    expect(receiver.inbox.counts()).toMatchObject({ dead: 3, delivered: 2 })
    expect(receiver.inbox.list(10).map(({ bodySha256 }) => bodySha256 === null)).toEqual([
      false,
      false,
      true,
      true,
      true
    ])
    await receiver.close()
    const shown = await runCli(["inbox", "show", "1", "--db", db])
    expect(`${shown.stdout}${shown.stderr}`).toContain("sealed with")
    // The key is found again: what it sealed opens, whatever was sealed since.
    appendFileSync(`${db}.key`, `${old}\n`)
    await (await start(db)).close()
    expect((await runCli(["inbox", "retry", "--all", "--db", db])).stdout).toContain("3 deliveries")
    expect(await handedBy(db, 3)).toEqual(["1", "2", "3"])
    expect((await rekeyInbox(db, { giveUpLost: false })).lost).toBe(0)
  })
})

describe("a key that a setting names", () => {
  const configWith = (inbox: object): string => JSON.stringify({ ...JSON.parse(receiverConfig), inbox })

  for (const how of ["keyEnv", "keyFile"] as const)
    it(`comes from ${how}, is no file beside the database, and is told of by its name`, {
      timeout: 240_000
    }, async () => {
      const folder = temporaryFolder()
      const value = newKey()
      const named = how === "keyEnv" ? "INBOX_KEY" : join(folder, "secrets-inbox")
      writeFileSync(join(folder, "hookshift.config.json"), configWith({ [how]: named }))
      if (how === "keyFile") writeFileSync(named, `${value}\n`)
      const env = { FD_KEY: "k", FD_SECRET: secret, ...(how === "keyEnv" ? { INBOX_KEY: value } : {}) }
      const { child, ready } = await startCli(["receive", "--listen", "127.0.0.1:0", "--reconcile", "off"], {
        cwd: folder,
        env
      })
      expect((await post(ready.url, deliveryBody())).status).toBe(200)
      expect((await runCli(["inbox", "show", "1"], { cwd: folder, env })).stdout).toContain("ticket_update")
      child.kill("SIGTERM")
      expect(await ended(child)).toBe(0)
      expect(existsSync(join(folder, "hookshift.db.key"))).toBe(false)
      const backup = await runCli(["db", "backup", "b.db"], { cwd: folder, env })
      expect(backup.stdout).toContain(how === "keyEnv" ? "the variable INBOX_KEY" : named)
      const rekey = await runCli(["inbox", "rekey"], { cwd: folder, env })
      expect(rekey.stderr).toContain("put a new one in front of it")
      // Without the setting, and with another key under it.
      if (how === "keyEnv") {
        const unset = await runCli(["inbox", "list"], { cwd: folder, env: { ...env, INBOX_KEY: " " } })
        expect(unset.stderr).toContain("the variable INBOX_KEY, which is empty")
        const other = await runCli(["inbox", "list"], { cwd: folder, env: { ...env, INBOX_KEY: newKey() } })
        expect([other.code, other.stderr]).toEqual([
          2,
          expect.stringContaining("the variable INBOX_KEY is not, or not all of")
        ])
        const next = await runCli(["inbox", "rekey"], {
          cwd: folder,
          env: { ...env, INBOX_KEY: `${newKey()},${value}` }
        })
        expect(next, next.stderr).toMatchObject({ code: 0, stdout: expect.stringContaining("can be removed from its setting") })
      }
    })
})
