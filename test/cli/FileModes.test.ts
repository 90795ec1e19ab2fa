/** Each command's files, under a umask that hides nothing. */
import { readdirSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import { runCli } from "../support/cli.js"
import { temporaryFolder } from "../support/files.js"

it("leave nothing behind that another user of the machine can read", async () => {
  const folder = temporaryFolder()
  const before = process.umask(0)
  try {
    const run = (...args: Array<string>) => runCli(args, { cwd: folder })
    const line = (minute: number) =>
      `198.51.100.7 - - [05/Feb/2026:10:${10 + minute}:00 +0000] "GET /api/v2/contacts HTTP/1.1" 200 512 "-" "sync/1.0"`
    writeFileSync(join(folder, "in.log"), Array.from({ length: 20 }, (_, minute) => line(minute)).join("\n"), {
      mode: 0o600
    })
    expect((await run("import", "combined", "in.log", "--host", "acme.freshdesk.com")).code).toBe(0)
    expect((await run("export", "ndjson", "--out", "out.ndjson")).code).toBe(0)
    expect((await run("export", "har", "--out", "out.har")).code).toBe(0)
    expect((await run("db", "backup", "backup.db")).code).toBe(0)
    expect((await run("inbox", "history", "inbox.ndjson")).code).toBe(0)
    expect(
      (
        await run(
          "audit",
          "--no-replay",
          "--out",
          ".",
          "--format",
          "md,html,json,sarif,junit",
          "--baseline",
          "baseline.json",
          "--update-baseline"
        )
      ).code
    ).toBe(0)
  } finally {
    process.umask(before)
  }
  const open = readdirSync(folder).filter((name) => (statSync(join(folder, name)).mode & 0o077) !== 0)
  expect(open).toEqual([])
  expect(readdirSync(folder).length).toBeGreaterThan(10)
})
