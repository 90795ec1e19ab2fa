/** An audit as a build server runs it: gates, baseline, summary, the comparison with an earlier one; and watching. */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { createInterface } from "node:readline"
import Sqlite from "better-sqlite3"
import { describe, expect, it, onTestFinished } from "vitest"
import { cliFile, runCli } from "../support/cli.js"
import { root, temporaryFolder } from "../support/files.js"

const start = Date.parse("2026-03-02T08:00:00Z")

/** A poller whose key is revoked after a while, and one that goes on well, as lines of NDJSON. */
const callsOf = (hours: number, revoked: boolean): string => {
  const call = (id: number, at: number, integration: string, endpoint: string, status: number) =>
    JSON.stringify({
      id,
      startedAt: new Date(at).toISOString(),
      durationSeconds: 0.1,
      integration,
      principal: integration === "stale" ? "aaaaaaaaaaaa" : "bbbbbbbbbbbb",
      product: "freshdesk",
      account: "acme.freshdesk.com",
      method: "GET",
      endpoint,
      query: "updated_since=*",
      page: 1,
      since: null,
      subject: null,
      status,
      error: null,
      requestBytes: 0,
      responseBytes: 2,
      rateLimit: { total: 200, remaining: 150 },
      retryAfterSeconds: null,
      items: status === 200 ? 0 : null,
      newVersions: status === 200 ? 0 : null,
      versions: []
    })
  const lines = ['{"format":"hookshift-calls","version":1}']
  for (let minute = 0; minute < hours * 60; minute++) {
    const at = start + minute * 60_000
    lines.push(call(minute * 2 + 1, at + 7_000, "steady", "/api/v2/contacts", 200))
    lines.push(call(minute * 2 + 2, at + 21_000, "stale", "/api/v2/tickets", revoked && minute > 60 ? 401 : 200))
  }
  return `${lines.join("\n")}\n`
}

const recorded = async (folder: string, name: string, hours: number, revoked: boolean): Promise<void> => {
  writeFileSync(join(folder, `${name}.ndjson`), callsOf(hours, revoked))
  const ran = await runCli(["import", "ndjson", `${name}.ndjson`, "--db", `${name}.db`], { cwd: folder })
  expect([ran.code, ran.stderr]).toEqual([0, ""])
}

describe("an audit on a build server", () => {
  it("fails on what is new, lets through what is known, and tells the pull request", async () => {
    const folder = temporaryFolder()
    await recorded(folder, "week", 4, true)
    const audit = (...words: ReadonlyArray<string>) =>
      runCli(["audit", "--no-replay", "--db", "week.db", ...words], {
        cwd: folder,
        env: { GITHUB_STEP_SUMMARY: join(folder, "summary.md") }
      })
    const failed = await audit("--fail-on", "error", "--format", "json,sarif,junit")
    expect(failed.code).toBe(1)
    expect(failed.stderr).toBe("hookshift: 1 new finding that --fail-on asks about: revoked-key\n")
    for (const file of ["report.json", "report.sarif", "report.junit.xml"])
      expect(readFileSync(join(folder, "reports", file), "utf8")).toContain("revoked-key")
    expect(readFileSync(join(folder, "summary.md"), "utf8")).toContain("❌ 1 new finding")

    const both = await audit("--fail-on", "revoked-key", "--fail-under", "1")
    expect(both.stderr).toMatch(
      /^hookshift: the reduction is [\d.]+ %(?: \(extrapolated from \d+ s\))?, under the 100 % .*; 1 new finding .*\n$/
    )

    const settled = await audit("--fail-on", "error", "--baseline", "known.json", "--update-baseline")
    expect([settled.code, settled.stderr]).toEqual([
      0,
      expect.stringMatching(/^baseline: known.json names \d+ findings? now\n$/)
    ])
    const known = await audit("--fail-on", "error", "--baseline", "known.json")
    expect([known.code, known.stderr]).toEqual([0, ""])
    expect(readFileSync(join(folder, "reports/report.md"), "utf8")).toContain("Known, from the baseline:")
  })

  it("compares two recordings of the same programs, whatever their databases", async () => {
    const folder = temporaryFolder()
    await recorded(folder, "before", 4, false)
    await recorded(folder, "after", 8, true)
    for (const name of ["before", "after"])
      await runCli(["audit", "--no-replay", "--db", `${name}.db`, "--out", name], { cwd: folder })
    const diff = (...words: ReadonlyArray<string>) =>
      runCli(["diff", "before/report.json", "after/report.json", ...words], { cwd: folder })
    const told = await diff()
    expect([told.code, told.stderr]).toEqual([0, ""])
    expect(told.stdout).toContain("2 pollers go on as before.")
    expect(told.stdout).toContain("- new **error** `revoked-key`")
    expect((await diff("--fail-on", "error")).code).toBe(1)
    expect(JSON.parse((await diff("--json")).stdout).pollers).toMatchObject({ gone: [], appeared: [], unchanged: 2 })
  })

  it("refuses what is no report, or an older one", async () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, "package.json"), '{"name":"x"}')
    writeFileSync(join(folder, "text.json"), "hello")
    const sample = JSON.parse(readFileSync(new URL("../../reports/sample/report.json", import.meta.url), "utf8"))
    writeFileSync(join(folder, "new.json"), JSON.stringify(sample))
    writeFileSync(
      join(folder, "old.json"),
      JSON.stringify({ ...sample, findings: [{ ...sample.findings[0], fingerprint: undefined }] })
    )
    const sentenceOf = async (file: string) => (await runCli(["diff", "new.json", file], { cwd: folder })).stderr
    expect(await sentenceOf("package.json")).toContain("package.json is no audit's report: run hookshift audit again")
    expect(await sentenceOf("text.json")).toContain("text.json is not valid JSON: name the report.json of an audit")
    expect(await sentenceOf("old.json")).toContain("old.json was made by an earlier version of hookshift")
  })
})

describe("the workflow in docs", () => {
  it("uses options that there are", async () => {
    const workflow = readFileSync(join(root, "docs/hookshift-audit.yml"), "utf8")
    const help = (await runCli(["audit", "--help"])).stdout + (await runCli(["diff", "--help"])).stdout
    const options = workflow.match(/(?<= )--(?!no-save)[a-z-]+/g)!
    expect(options.length).toBeGreaterThan(5)
    for (const option of options) expect(help).toContain(option)
  })
})

describe("pollers --watch", () => {
  it("shows the pollers, and again when more is recorded, until it is interrupted", async () => {
    const folder = temporaryFolder()
    const child = spawn(process.execPath, [cliFile, "pollers", "--watch", "--json", "--db", "live.db"], { cwd: folder })
    onTestFinished(() => void child.kill("SIGKILL"))
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
    const next = async () =>
      JSON.parse((await lines.next()).value!) as ReadonlyArray<{ integration: string; calls: number }>
    const callsIn = (pollers: Awaited<ReturnType<typeof next>>) => pollers.reduce((sum, { calls }) => sum + calls, 0)
    // It may be started before the first call.
    expect(await next()).toEqual([])
    await recorded(folder, "live", 1, false)
    let calls = 0
    while (calls < 120) calls = callsIn(await next())
    expect(calls).toBe(120)
    writeFileSync(join(folder, "more.ndjson"), callsOf(2, false))
    await runCli(["import", "ndjson", "more.ndjson", "--db", "live.db"], { cwd: folder })
    // An import may be seen half done.
    while (calls < 240) calls = callsIn(await next())
    expect(calls).toBe(240)
    child.kill("SIGINT")
    const [code] = await once(child, "close")
    expect(code).toBe(0)
  })
  it("reads the newest calls of a long recording only, however long it is", async () => {
    const folder = temporaryFolder()
    await recorded(folder, "long", 1, false)
    const database = new Sqlite(join(folder, "long.db"))
    // Once a second before that.
    database.exec(
      `WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 200100)
       INSERT INTO call (id, stream, started_at, duration_us, status, page, request_bytes, response_bytes, items, new_versions)
       SELECT (SELECT min(id) FROM call) - n, 1, ${start} - n * 1000, 1000, 200, 1, 0, 2, 0, 0 FROM n`
    )
    database.close()
    const callsIn = (text: string) =>
      (JSON.parse(text) as ReadonlyArray<{ calls: number }>).reduce((sum, { calls }) => sum + calls, 0)
    const watching = spawn(process.execPath, [cliFile, "pollers", "--watch", "--json", "--db", "long.db"], {
      cwd: folder
    })
    onTestFinished(() => void watching.kill("SIGKILL"))
    const first = await createInterface(watching.stdout)[Symbol.asyncIterator]().next()
    expect(callsIn(first.value!)).toBe(200_000)
    const { stdout } = await runCli(["pollers", "--json", "--db", "long.db"], { cwd: folder })
    expect(callsIn(stdout)).toBe(200_220)
  })
})
