import { closeSync, existsSync, openSync, readdirSync, statSync, writeFileSync, writeSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import { openDatabase } from "../../src/store/index.js"
import { runCli } from "../support/cli.js"
import { temporaryFolder } from "../support/files.js"

/** Some megabytes of rows, with a writer that has not let go. */
const filled = () => {
  const folder = temporaryFolder()
  const file = join(folder, "h.db")
  const database = openDatabase(file)
  const add = database.prepare("INSERT INTO run (kind, started_at, result) VALUES ('audit', ?, ?)")
  for (let n = 0; n < 2_000; n++) add.run(n, `${n} ${"x".repeat(1_000)}`)
  return { folder, file, database }
}

const runsIn = (file: string): number => {
  const database = openDatabase(file, { mustExist: true })
  try {
    return database.prepare("SELECT count(*) FROM run").pluck().get() as number
  } finally {
    database.close()
  }
}

describe("hookshift db", () => {
  it("copies what is committed while another writes, and never over a file", async () => {
    const { database, file, folder } = filled()
    database.exec("BEGIN IMMEDIATE; INSERT INTO run (kind, started_at, result) VALUES ('audit', 1, 'not yet')")
    const copy = join(folder, "copy.db")
    const made = await runCli(["db", "backup", copy, "--db", file, "--json"])
    expect(made, made.stderr).toMatchObject({ code: 0 })
    expect(JSON.parse(made.stdout)).toEqual({ db: file, to: copy, bytes: statSync(copy).size, needsKey: null })
    database.exec("COMMIT")
    database.close()
    expect([runsIn(copy), runsIn(file)]).toEqual([2_000, 2_001])
    const again = await runCli(["db", "backup", copy, "--db", file])
    expect(again.code).toBe(2)
    expect(again.stderr).toContain("is there already")
    expect(runsIn(copy)).toBe(2_000)
  })

  it("leaves nothing behind where a copy cannot be made", async () => {
    const { database, file, folder } = filled()
    database.close()
    const nowhere = await runCli(["db", "backup", join(folder, "no/such/copy.db"), "--db", file])
    expect(nowhere.code).toBe(2)
    expect(nowhere.stderr).toMatch(/^hookshift: .*copy\.db cannot be opened: check that its folder exists/)
    const missing = await runCli(["db", "backup", join(folder, "copy.db"), "--db", join(folder, "other.db")])
    expect(missing.code).toBe(2)
    expect(missing.stderr).toContain("there is no database")
    expect(readdirSync(folder).filter((name) => !name.startsWith("h.db"))).toEqual([])
  })

  it("tells a sound file from a damaged one", async () => {
    const { database, file } = filled()
    database.exec("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    expect(await runCli(["db", "check", "--db", file])).toMatchObject({ code: 0, stdout: `${file} is sound\n` })
    const handle = openSync(file, "r+")
    writeSync(handle, Buffer.alloc(64 * 1_024, 0xa5), 0, 64 * 1_024, 1_024 * 1_024)
    closeSync(handle)
    const damaged = await runCli(["db", "check", "--db", file])
    expect(damaged.code).toBe(1)
    expect(damaged.stderr).toContain("restore a backup")
  })

  it("gives room back", async () => {
    const { database, file } = filled()
    database.exec("DELETE FROM run")
    database.close()
    const ran = await runCli(["db", "vacuum", "--db", file, "--json"])
    expect(ran, ran.stderr).toMatchObject({ code: 0 })
    const { after, before } = JSON.parse(ran.stdout)
    expect(after).toBeLessThan(before / 4)
    expect(statSync(file).size).toBe(after)
    expect(existsSync(file)).toBe(true)
  })

  it("says what is no database of ours", async () => {
    const { database, folder } = filled()
    database.close()
    const text = join(folder, "notes.txt")
    writeFileSync(
      text,
      "no database at all, but some text that is long enough to be read as a header of one\n".repeat(9)
    )
    const ran = await runCli(["db", "check", "--db", text])
    expect(ran.code).toBe(2)
    expect(ran.stderr).toContain("is no hookshift database")
  })
})
