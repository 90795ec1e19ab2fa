import { execFile } from "node:child_process"
import { chmodSync, mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { promisify } from "node:util"
import Sqlite from "better-sqlite3"
import { describe, expect, it } from "vitest"
import { openDatabase, StoreError, saltOf } from "../../src/store/index.js"
import { root, temporaryFolder } from "../support/files.js"

const failure = (open: () => unknown): StoreError => {
  try {
    open()
  } catch (error) {
    expect(error).toBeInstanceOf(StoreError)
    return error as StoreError
  }
  throw new Error("it opened")
}

describe("opening the database", () => {
  it("makes a new file in WAL, with a salt of its own, and opens it again", () => {
    const folder = temporaryFolder()
    const [first, second] = [openDatabase(join(folder, "a.db")), openDatabase(join(folder, "b.db"))]
    expect(first.pragma("journal_mode", { simple: true })).toBe("wal")
    expect(saltOf(first)).not.toBe(saltOf(second))
    const salt = saltOf(first)
    first.close()
    second.close()
    const again = openDatabase(join(folder, "a.db"))
    expect(saltOf(again)).toBe(salt)
    again.close()
  })
  it("says so when a file is no database", () => {
    const file = join(temporaryFolder(), "notes.txt")
    writeFileSync(file, "these are my notes, and they are longer than a header of a database file would be")
    expect(failure(() => openDatabase(file))).toMatchObject({
      reason: "notADatabase",
      message: `${file} is no hookshift database: name another file with --db`
    })
  })
  it("leaves another program's database alone", () => {
    const file = join(temporaryFolder(), "other.db")
    const other = new Sqlite(file)
    other.exec("CREATE TABLE things (id INTEGER); INSERT INTO things VALUES (1)")
    other.close()
    expect(failure(() => openDatabase(file)).reason).toBe("otherProgram")
    const after = new Sqlite(file)
    expect(after.prepare("SELECT name FROM sqlite_schema").pluck().all()).toEqual(["things"])
    after.close()
  })
  it("refuses a file of a newer hookshift, and changes nothing of it", () => {
    const file = join(temporaryFolder(), "newer.db")
    const database = openDatabase(file)
    database.pragma("user_version = 99")
    database.close()
    expect(failure(() => openDatabase(file))).toMatchObject({
      reason: "newer",
      message: expect.stringContaining("format 99")
    })
  })
  it("says so when a file is missing, its folder is, or it is locked", () => {
    const folder = temporaryFolder()
    expect(failure(() => openDatabase(join(folder, "none.db"), { mustExist: true })).reason).toBe("missing")
    expect(failure(() => openDatabase(join(folder, "no", "folder.db"))).reason).toBe("io")
    const file = join(folder, "locked.db")
    const holder = new Sqlite(file)
    holder.exec("BEGIN EXCLUSIVE")
    expect(failure(() => openDatabase(file, { busyTimeoutMs: 60 }))).toMatchObject({
      reason: "locked",
      message: expect.stringContaining("locked by another program")
    })
    holder.close()
  })
  it.skipIf(process.getuid?.() === 0)("says so when a file may only be read", () => {
    const folder = join(temporaryFolder(), "ro")
    mkdirSync(folder)
    const file = join(folder, "ro.db")
    openDatabase(file).close()
    chmodSync(file, 0o444)
    chmodSync(folder, 0o555)
    expect(failure(() => openDatabase(file)).reason).toBe("readOnly")
  })
  it("keeps the old state when a migration is interrupted", () => {
    const file = join(temporaryFolder(), "half.db")
    const bare = new Sqlite(file)
    // What a power cut in the middle of the migration leaves: nothing of an open transaction.
    bare.exec("BEGIN IMMEDIATE; CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL)")
    bare.close()
    const database = openDatabase(file)
    expect(database.pragma("user_version", { simple: true })).toBe(20)
    database.close()
  })
  it("is safe for eight processes that open a new file at once", async () => {
    const file = join(temporaryFolder(), "many.db")
    const script = `
      import { openRecorder } from ${JSON.stringify(join(root, "dist/index.js"))}
      const recorder = openRecorder({ db: ${JSON.stringify(file)}, integration: "p" + process.argv[1], hosts: ["api.example"] })
      const call = recorder.begin({ method: "GET", url: "https://api.example/things", authorization: null, userAgent: null, requestBytes: 0 })
      call.headers(200, () => null)
      call.end()
      await recorder.close()
      console.log(JSON.stringify(recorder.stats()))`
    const run = promisify(execFile)
    const outcomes = await Promise.all(
      Array.from({ length: 8 }, (_, n) => run(process.execPath, ["--input-type=module", "-e", script, String(n)]))
    )
    for (const { stdout } of outcomes) expect(JSON.parse(stdout)).toEqual({ calls: 1, written: 1, lost: 0 })
    const database = openDatabase(file)
    expect(database.prepare("SELECT count(*) FROM call").pluck().get()).toBe(8)
    database.close()
  })
})
