/** The README's first minutes, word for word: a poller of one's own, and four commands to the first audit. */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { createServer } from "node:http"
import { dirname, join } from "node:path"
import { expect, it, onTestFinished } from "vitest"
import { durationMillis } from "../../src/domain/DurationText.js"
import type { Report } from "../../src/domain/Report.js"
import { root, temporaryFolder } from "../support/files.js"
import { listening } from "../support/listening.js"
import { installPacked } from "../support/packed.js"

const readme = readFileSync(join(root, "README.md"), "utf8")
const block = (name: string): string =>
  new RegExp(`<!-- first: ${name} -->\\n\`\`\`\\w+\\n(.*?)\`\`\``, "s").exec(readme)?.[1] ?? ""

/** The README's port may be another program's here. */
const freePort = async (): Promise<string> => {
  const server = createServer()
  const port = await listening(server)
  server.close()
  await once(server, "close")
  return String(port)
}

/** Runs a script to its end; programs that it leaves in the background end with the test. */
const runScript = (script: string, cwd: string): Promise<{ code: number | null; stdout: string; stderr: string }> =>
  new Promise((resolve) => {
    const path = `${dirname(process.execPath)}:${process.env["PATH"]}`
    const child = spawn("sh", ["-ec", script], {
      cwd,
      env: { PATH: path, HOME: temporaryFolder(), npm_config_offline: "true", npm_config_update_notifier: "false" },
      detached: true,
      stdio: ["ignore", "pipe", "pipe"]
    })
    onTestFinished(() => {
      try {
        process.kill(-child.pid!, "SIGKILL")
      } catch {
        // nothing is left of it
      }
    })
    let [stdout, stderr] = ["", ""]
    child.stdout.on("data", (chunk) => {
      stdout += chunk
    })
    child.stderr.on("data", (chunk) => {
      stderr += chunk
    })
    child.once("exit", (code) => resolve({ code, stdout, stderr }))
  })

it("lead from an empty folder to an audit that agrees with what the provider has counted", async () => {
  const commands = block("commands").trim().split("\n")
  expect(commands.length).toBeLessThanOrEqual(4)
  expect(commands[0]).toBe("npm install hookshift")
  const trial = durationMillis(/--trial (\S+)/.exec(block("commands"))?.[1] ?? "")
  expect(trial).toBeLessThanOrEqual(120_000)

  const folder = installPacked()
  const before = readdirSync(folder)
  const port = await freePort()
  const here = (text: string): string => text.replaceAll("127.0.0.1:4010", `127.0.0.1:${port}`)
  writeFileSync(join(folder, "poller.mjs"), here(block("poller.mjs")))
  const ran = await runScript(here(commands.slice(1).join("\n")), folder)
  expect(ran.code, ran.stderr).toBe(0)

  const answer = await fetch(`http://127.0.0.1:${port}/_sim/calls`)
  const counted = (await answer.json()) as { calls: ReadonlyArray<{ endpoint: string; count: number }> }
  const polled = counted.calls.find(({ endpoint }) => endpoint === "/api/v2/tickets")?.count ?? 0
  const report = JSON.parse(readFileSync(join(folder, "reports/report.json"), "utf8")) as Report
  expect(polled).toBeGreaterThanOrEqual(4)
  expect(report.totals).toMatchObject({ calls: polled, pollingCalls: polled, recordsLost: 0, recordersCutOff: 0 })
  expect(report.pollers).toHaveLength(1)
  const [poller] = report.pollers
  expect(poller).toMatchObject({ integration: "somebody poller.mjs", endpoint: "GET /api/v2/tickets" })
  expect(Math.round(poller!.intervalSeconds)).toBe(10)
  // Which changes the simulator made in that minute decides between webhooks and polling less often.
  expect(poller!.verdict).not.toBe("keep")
  const { extrapolation, reduction } = report.totals
  expect(extrapolation?.reduction ?? reduction).toBeGreaterThan(0.5)
  expect(ran.stdout).toMatch(/^\d+ calls .*become \d+.* fewer$/m)
  expect(ran.stdout).toContain("a first look, from ")
  expect(ran.stdout).toContain("npx hookshift record\n")

  const left = readdirSync(folder).filter((name) => !before.includes(name))
  expect(left.sort()).toEqual(["hookshift.config.json", "hookshift.db", "poller.mjs", "reports"])
  const stands = await runScript("npx hookshift --json", folder)
  expect(JSON.parse(stands.stdout)).toMatchObject({ stage: "audited", next: { command: "npx hookshift record" } })
}, 600_000)
