/**
 * One call of another century, in a file, a recording, or the window that a user names: it is told, and the rest is
 * analysed.
 */
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { openDatabase } from "../../src/store/index.js"
import { runCli } from "../support/cli.js"
import { temporaryFolder } from "../support/files.js"
import { chromeEntry, harOfEntries } from "../support/har.js"

const logLine = (at: string, agent = "sync") =>
  `198.51.100.7 - - [${at} +0000] "GET /api/v2/contacts HTTP/1.1" 200 512 "-" "${agent}/1.0"`

const scratch = () => {
  const folder = temporaryFolder()
  return {
    folder,
    write: (name: string, text: string) => writeFileSync(join(folder, name), text),
    run: (...args: Array<string>) => runCli([...args, "--db", "f.db"], { cwd: folder }),
    change: (sql: string, ...values: Array<unknown>) => {
      const database = openDatabase(join(folder, "f.db"))
      const { changes } = database.prepare(sql).run(...values)
      database.close()
      return changes
    }
  }
}

const hour = Array.from({ length: 60 }, (_, minute) =>
  logLine(`05/Feb/2026:10:${String(minute).padStart(2, "0")}:00`)
).join("\n")

describe("a call of another century", () => {
  it("in an access log or a HAR is named, and the others come in", async () => {
    const { run, write } = scratch()
    write("a.log", `${logLine("05/Feb/9999:10:00:00")}\n${hour}\n${logLine("01/Jan/1970:00:00:00")}\n`)
    expect(await run("import", "combined", "a.log", "--host", "acme.freshdesk.com")).toMatchObject({
      code: 0,
      stdout: "60 calls added\n",
      stderr: expect.stringMatching(
        /2 lines were left out: line 1 is of the year 9999: [^;]+; line 62 is of the year 1970/
      )
    })
    const far = chromeEntry(1, 2) as object
    write("a.har", harOfEntries([{ ...far, startedDateTime: "9999-01-01T00:00:00Z" }, chromeEntry(2, 4)]))
    const har = await run("import", "har", "a.har")
    expect(har.stdout).toMatch(/^1 call added/)
    expect(har.stderr).toMatch(/entry 1 \(byte \d+\) is of the year 9999/)
  })
  it("in a recording is left out of every figure, and told", async () => {
    const { change, run, write } = scratch()
    write("a.log", hour)
    await run("import", "combined", "a.log", "--host", "acme.freshdesk.com")
    // As a recorder with a wrong clock wrote them before it looked.
    const at = Date.UTC(9999, 0)
    expect(
      change("UPDATE call SET started_at = ?, id = started_at * 2048 + 5 WHERE id = (SELECT max(id) FROM call)", at)
    ).toBe(1)
    expect(change("UPDATE call SET started_at = 5, id = 5 WHERE id = (SELECT min(id) FROM call)")).toBe(1)
    const pollers = await run("pollers", "--json")
    expect(pollers.code).toBe(0)
    expect(JSON.parse(pollers.stdout)).toMatchObject([{ calls: 58, intervalSeconds: 60 }])
    expect(pollers.stderr).toMatch(/1 call of the year 1970.* are far from all others and left out/)
    const audited = await run("audit", "--no-replay", "--json", "--out", "out")
    expect(audited.code).toBe(0)
    const report = JSON.parse(audited.stdout)
    expect(report.window.seconds).toBeLessThan(3_600)
    expect(report.totals.leftOut.map(({ year }: { year: number }) => year)).toContain(1970)
    expect((await run("audit", "--no-replay", "--from", "1970-01-01", "--to", "9999-01-01")).stderr).toMatch(
      /the window is 8029 years long, and an analysis takes three at the most/
    )
  })
})
