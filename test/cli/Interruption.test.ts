/** Ctrl-C on long work: it says what is kept, and its exit code is a signal's. */
import { spawn } from "node:child_process"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { cliFile, saidBy } from "../support/cli.js"
import { temporaryFolder } from "../support/files.js"

describe.skipIf(process.platform === "win32")("work that is stopped", () => {
  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143]
  ] as const)("by %s says what is kept, with %d, and leaves standard output empty", async (signal, code) => {
    const cwd = temporaryFolder()
    const child = spawn(process.execPath, [cliFile, "audit", "--demo", "--json"], { cwd })
    const said = saidBy(child)
    const ended = new Promise((resolve) => child.on("close", resolve))
    // The folder of the reports is made when the recording begins.
    while (!existsSync(join(cwd, "reports"))) await new Promise((resolve) => setTimeout(resolve, 20))
    child.kill(signal)
    expect(await ended).toBe(code)
    expect(said.stdout).toBe("")
    expect(said.stderr).toMatch(/hookshift: stopped; no report was written, and the recording is as it was\n$/)
    expect(existsSync(join(cwd, "reports", "report.json"))).toBe(false)
  })
})
