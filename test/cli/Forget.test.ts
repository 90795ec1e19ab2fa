/** `hookshift forget`, and imports of what this recording itself exported. */
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { openDatabase } from "../../src/store/index.js"
import { runCli } from "../support/cli.js"
import { temporaryFolder } from "../support/files.js"
import { charlesEntry, chromeEntry, harOfEntries, mitmproxyEntry } from "../support/har.js"

const scratch = () => {
  const folder = temporaryFolder()
  const run = (...args: Array<string>) => runCli([...args, "--db", "h.db"], { cwd: folder })
  writeFileSync(join(folder, "a.har"), harOfEntries([chromeEntry(1, 4), mitmproxyEntry(2, "a-key"), charlesEntry(3)]))
  const log = (from: number, agent: string) =>
    Array.from(
      { length: 4 },
      (_, n) =>
        `198.51.100.4 - - [05/Feb/2026:1${from + n}:00:00 +0000] "GET /api/v2/contacts HTTP/1.1" 200 5 "-" "${agent}/1.0"`
    ).join("\n")
  writeFileSync(join(folder, "b.log"), log(0, "sync"))
  writeFileSync(join(folder, "c.log"), log(4, "report"))
  const rows = () => {
    const database = openDatabase(join(folder, "h.db"))
    const count = (table: string) => database.prepare(`SELECT count(*) FROM ${table}`).pluck().get()
    const counts = Object.fromEntries(
      ["call", "item_version", "item_state", "imported", "imported_call", "import_file", "call_body", "body"].map(
        (table) => [table, count(table)]
      )
    )
    database.close()
    return counts
  }
  return { folder, run, rows }
}

describe("hookshift forget", () => {
  it("takes an import out with all that came with it, so that it can come in again", async () => {
    const { rows, run } = scratch()
    await run("import", "combined", "b.log", "--host", "acme.freshdesk.com")
    const before = rows()
    expect((await run("import", "har", "a.har", "--keep-bodies")).code).toBe(0)
    const both = rows()
    expect(both["item_version"]).toBeGreaterThan(0)
    expect(both["body"]).toBeGreaterThan(0)
    expect((await run("forget", "--import", "a.har", "--dry-run")).stdout).toMatch(/^3 of 7 calls would go/)
    expect(rows()).toEqual(both)
    const gone = await run("forget", "--import", "a.har")
    expect(gone).toMatchObject({ code: 0, stderr: "" })
    expect(gone.stdout).toMatch(/^3 calls forgotten, and \d+ item versions with them; 4 calls are left\./)
    expect(rows()).toEqual(before)
    expect((await run("import", "har", "a.har", "--keep-bodies")).stdout).toBe("3 calls added\n")
    expect(rows()).toEqual(both)
  })
  it("takes an import out of a poller that stays, so that its versions can come in again", async () => {
    const { folder, rows, run } = scratch()
    writeFileSync(join(folder, "one.har"), harOfEntries([chromeEntry(1, 4)]))
    writeFileSync(join(folder, "two.har"), harOfEntries([chromeEntry(2, 6)]))
    await run("import", "har", "one.har")
    const before = rows()
    await run("import", "har", "two.har")
    const both = rows()
    expect(both["item_version"]).toBe(6)
    await run("forget", "--import", "two.har")
    expect(rows()).toEqual(before)
    await run("import", "har", "two.har")
    expect(rows()).toEqual(both)
  })
  it("takes a program out, or what is older than a moment", async () => {
    const { rows, run } = scratch()
    for (const file of ["b.log", "c.log"]) await run("import", "combined", file, "--host", "acme.freshdesk.com")
    expect(rows()["call"]).toBe(8)
    expect(JSON.parse((await run("forget", "--integration", "sync", "--json")).stdout)).toEqual({
      calls: 4,
      itemVersions: 0,
      left: 4,
      dryRun: false
    })
    expect((await run("forget", "--before", "2026-02-05T16:00:00Z")).stdout).toMatch(/^2 calls forgotten/)
    expect((await run("import", "combined", "b.log", "--host", "acme.freshdesk.com")).stdout).toBe("4 calls added\n")
  })
  it("says in a sentence what is wrong, and changes nothing", async () => {
    const { rows, run } = scratch()
    expect(await run("forget", "--import", "a.har")).toMatchObject({ code: 2, stdout: "" })
    await run("import", "har", "a.har")
    const before = rows()
    for (const [args, sentence] of [
      [[], "forget takes one of --import FILE, --integration NAME and --before DATE"],
      [["--integration", "x", "--before", "2026-01-01"], "forget takes one of"],
      [["--before", "soon"], '--before takes a time, such as 2026-11-23T10:00:00Z, not "soon"'],
      [["--import", "z.har"], "nothing to forget: h.db has no call that z.har brought; imported were "],
      [["--integration", "nobody's"], "nothing to forget: h.db has no call of nobody's"],
      [["--before", "1999-01-01"], "nothing to forget: h.db has no call before 1999-01-01T00:00:00.000Z"]
    ] as const) {
      const ran = await run("forget", ...args)
      expect([ran.code, ran.stdout]).toEqual([2, ""])
      expect(ran.stderr).toMatch(/^hookshift: [^\n]+\n$/)
      expect(ran.stderr).toContain(sentence)
    }
    expect(rows()).toEqual(before)
  })
})

describe("an export of a recording", () => {
  it.each(["har", "ndjson"])("adds nothing when it is imported there again (%s)", async (format) => {
    const { folder, run } = scratch()
    await run("import", "har", "a.har")
    await run("import", "combined", "b.log", "--host", "acme.freshdesk.com")
    expect((await run("export", format, "--out", "out")).code).toBe(0)
    expect((await run("import", format, "out")).stdout).toBe("0 calls added, 7 were here already\n")
    // Elsewhere it is new, once.
    const elsewhere = () => runCli(["import", format, "out", "--db", "other.db"], { cwd: folder })
    expect((await elsewhere()).stdout).toBe("7 calls added\n")
    expect((await elsewhere()).stdout).toBe("0 calls added, 7 were here already\n")
  })
  it("is known when another tool has laid it out anew, and comes in again once it was forgotten", async () => {
    const { folder, run } = scratch()
    await run("import", "combined", "b.log", "--host", "acme.freshdesk.com")
    await run("export", "har", "--out", "out.har")
    writeFileSync(
      join(folder, "pretty.har"),
      JSON.stringify(JSON.parse(readFileSync(join(folder, "out.har"), "utf8")), null, 2)
    )
    expect((await run("import", "har", "pretty.har")).stdout).toBe("0 calls added, 4 were here already\n")
    await run("forget", "--import", "b.log")
    expect((await run("import", "har", "pretty.har")).stdout).toBe("4 calls added\n")
  })
})
