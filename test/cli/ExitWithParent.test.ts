/** `receive --exit-with-parent`: the receiver ends, in order, once the process that started it is gone. */
import { spawn } from "node:child_process"
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it, onTestFinished } from "vitest"
import { root, temporaryFolder } from "../support/files.js"
import { until } from "../support/until.js"

const config = {
  sources: {
    fd: {
      product: "freshdesk",
      baseUrl: "https://acme.freshdesk.com",
      auth: { secretEnv: "KEY" },
      webhook: { profile: "freshworks", secretEnv: "SECRET" }
    }
  }
}

const isThere = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false // ESRCH
  }
}

it.each([
  ["ends with a killed parent where it is asked to", true],
  ["goes on without its parent otherwise", false]
])("%s", async (_, asked) => {
  const folder = temporaryFolder()
  writeFileSync(join(folder, "hookshift.config.json"), JSON.stringify(config))
  const log = join(folder, "log")
  const args = ["receive", "--listen", "127.0.0.1:0", "--reconcile", "off", ...(asked ? ["--exit-with-parent"] : [])]
  // A parent that waits for it, as npx does.
  const parent = spawn(
    process.execPath,
    [
      "-e",
      `const { openSync } = require("node:fs"), log = openSync(${JSON.stringify(log)}, "w")
       const child = require("node:child_process").spawn(process.execPath, ${JSON.stringify([join(root, "dist/cli.js"), ...args])}, { stdio: ["ignore", log, log] })
       console.log(child.pid)`
    ],
    { cwd: folder, env: { PATH: process.env["PATH"], KEY: "k", SECRET: "s3cret-s3cret" } }
  )
  let out = ""
  parent.stdout.on("data", (chunk) => {
    out += chunk
  })
  await until(() => out.endsWith("\n"), "the receiver's process id is known")
  const receiver = Number(out)
  onTestFinished(() => void (isThere(receiver) && process.kill(receiver, "SIGKILL")))
  const told = () => readFileSync(log, "utf8")
  await until(() => told().includes("; ready"), "the receiver is ready")
  parent.kill("SIGKILL")
  await until(() => !isThere(parent.pid!), "the parent is gone")
  if (asked) {
    await until(() => !isThere(receiver), "the receiver has ended")
    expect(told()).toContain("the process that started this receiver is gone")
  } else {
    // Three times as long as the other one looks.
    await new Promise((resume) => setTimeout(resume, 1_500))
    expect(isThere(receiver)).toBe(true)
  }
})
