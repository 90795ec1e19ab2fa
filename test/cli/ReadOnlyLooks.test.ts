/** Files that a command which only reads cannot use: it says why, and leaves them as they are. */
import { spawnSync } from "node:child_process"
import { chmodSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { openDatabase } from "../../src/store/index.js"
import { cliFile, runCli } from "../support/cli.js"
import { root, temporaryFolder } from "../support/files.js"

describe("a file without a byte", () => {
  it.each([["audit"], ["pollers"], ["plan"], ["watch"], ["record", "status"], ["mirror", "status"]])(
    "stays as it is: %s %s",
    async (...command) => {
      const folder = temporaryFolder()
      const file = join(folder, "empty.db")
      writeFileSync(file, "")
      const ran = await runCli([...command.filter((word) => word !== undefined), "--db", "empty.db"], { cwd: folder })
      const remedy = command[0] === "mirror" ? "hookshift receive makes it" : "record something first"
      expect([ran.code, ran.stderr]).toEqual([2, expect.stringContaining(`empty.db is empty: ${remedy}`)])
      expect(statSync(file).size).toBe(0)
    }
  )
})

describe("a database of a newer hookshift", () => {
  it("ends watch before it serves a page", async () => {
    const folder = temporaryFolder()
    const database = openDatabase(join(folder, "hookshift.db"))
    database.pragma("user_version = 99")
    database.close()
    const ran = await runCli(["watch", "--listen", "127.0.0.1:0"], { cwd: folder })
    expect([ran.code, ran.stdout, ran.stderr]).toEqual([2, "", expect.stringContaining("format 99")])
  })
})

describe("a goal for a type that no recorded poller reads", () => {
  it.each([["audit", "--no-replay"], ["pollers"], ["plan"]])("is said to change nothing: %s %s", async (...command) => {
    const folder = temporaryFolder()
    await runCli(["import", "har", join(root, "fixtures/har/two-pollers.har")], { cwd: folder })
    const ran = await runCli(
      [...command.filter((word) => word !== undefined), "--slo", "ticket=5m@p95,sales_account=5m@p95"],
      { cwd: folder }
    )
    expect(ran.code).toBe(0)
    expect(ran.stderr).toContain("--slo sales_account: no recorded poller reads this type, so its goal changes nothing")
    expect(ran.stderr).not.toContain("--slo ticket:")
  })
})

describe("a database that may not be written to", () => {
  it("is read as it is by looks, and refused to a command that writes", async () => {
    const above = temporaryFolder()
    const folder = join(above, "ro")
    mkdirSync(folder)
    const file = join(folder, "ro.db")
    await runCli(["import", "har", join(root, "fixtures/har/two-pollers.har"), "--db", file], { cwd: above })
    const config = join(above, "hookshift.config.json")
    const desk = { product: "freshdesk", baseUrl: "https://acme.freshdesk.com", auth: { secretEnv: "KEY" } }
    writeFileSync(config, JSON.stringify({ sources: { desk } }), { mode: 0o644 })
    chmodSync(file, 0o444)
    chmodSync(folder, 0o555)
    chmodSync(above, 0o755)
    // Permissions do not hold the superuser.
    const user = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}
    const ran = (...args: ReadonlyArray<string>) => {
      const { status, stderr } = spawnSync(process.execPath, [cliFile, ...args, "--db", file], { cwd: "/", ...user })
      return [status, String(stderr)]
    }
    expect(ran("record", "status")).toEqual([0, ""])
    expect(ran("mirror", "status")).toEqual([0, ""])
    // Both answer from the recording, so that they have read it.
    expect(ran("cutover", "--mirror", "--integration", "crm")).toEqual([
      2,
      "hookshift: there is no poller crm: there is crm-sync\n"
    ])
    expect(ran("subscriptions", "plan", "--config", config)).toEqual([
      0,
      expect.stringMatching(/^hookshift: receiver\.publicUrl is not set: [^\n]*\n$/)
    ])
    expect(ran("forget", "--integration", "crm-sync")).toEqual([2, expect.stringContaining("cannot be written to")])
    expect(readdirSync(folder)).toEqual(["ro.db"])
  })
})
