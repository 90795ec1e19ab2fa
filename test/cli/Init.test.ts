/** `hookshift init`: bad answers leave nothing behind; good ones a configuration that works, and the trial's calls. */
import { spawnSync } from "node:child_process"
import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { createServer } from "node:http"
import { join } from "node:path"
import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { loadConfig } from "../../src/config/service.js"
import { openDatabase } from "../../src/store/index.js"
import { runCli } from "../support/cli.js"
import { temporaryFolder } from "../support/files.js"
import { listening } from "../support/listening.js"
import { simulatedProvider } from "../support/provider.js"
import { until } from "../support/until.js"

const poller = `
  const ask = async () => {
    const answer = await fetch(process.env.TARGET + "/api/v2/tickets", { headers: { authorization: "Basic azpY" } })
    await answer.text()
  }
  setInterval(() => ask().catch(() => {}), 300)
`

const folderWith = (files: Readonly<Record<string, string>> = { "poller.mjs": poller }): string => {
  const folder = temporaryFolder()
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  return folder
}

/** A killed process may stay as a zombie where no init reaps it. */
const runs = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, "utf8"))
  } catch {
    return false
  }
}

const good = ["--product", "freshdesk", "--domain", "acme.freshdesk.com"]
const started = ["--start", "node poller.mjs"]

describe("hookshift init off a terminal", () => {
  it.each([
    ["every missing option at once", [], "--product, --domain, and --start are missing"],
    ["a missing option", [...good], "--start is missing: hookshift init asks for it"],
    [
      "an unknown product",
      ["--product", "freshdsk", "--domain", "acme.freshdesk.com", ...started],
      "did you mean freshdesk?"
    ],
    [
      "a scheme",
      ["--product", "freshdesk", "--domain", "https://acme.freshdesk.com", ...started],
      "without a scheme: acme.freshdesk.com, not"
    ],
    [
      "a path",
      ["--product", "freshdesk", "--domain", "acme.freshdesk.com/api", ...started],
      "without a path: acme.freshdesk.com, not"
    ],
    ["a bare name", ["--product", "freshdesk", "--domain", "acme", ...started], "the account's is acme.freshdesk.com"],
    [
      "another product's host",
      ["--product", "freshdesk", "--domain", "acme.freshservice.com", ...started],
      "is an account of freshservice, not of freshdesk"
    ],
    [
      "a program that does not exist",
      [...good, "--start", "no-such-program x"],
      'there is no program "no-such-program"'
    ],
    [
      "a script that does not exist",
      [...good, "--start", "node missing.mjs"],
      "missing.mjs, which does not exist here"
    ],
    ["an open quote", [...good, "--start", "node 'poller.mjs"], "a quote that is not closed"],
    ["an empty command", [...good, "--start", " "], "--start is given without a value"],
    ["two programs", [...good, ...started, "--", "node", "poller.mjs"], "are two programs"],
    ["a bad trial", [...good, ...started, "--trial", "soon"], "--trial takes a duration"],
    ["a bad source", [...good, ...started, "--source", "a/b"], '"a/b" cannot be the source\'s name'],
    ["a bad host", [...good, ...started, "--host", "http://x"], "--host takes a host name"]
  ])("refuses %s in one sentence, and leaves nothing behind", async (_, args, sentence) => {
    const folder = folderWith()
    const ran = await runCli(["init", ...args], { cwd: folder })
    expect(ran).toMatchObject({ code: 2, stdout: "" })
    expect(ran.stderr).toMatch(/^hookshift: [^\n]*\n$/)
    expect(ran.stderr).toContain(sentence)
    expect(readdirSync(folder)).toEqual(["poller.mjs"])
  })

  it("neither shows nor writes a key that was pasted in the place of its variable, or into the start command", async () => {
    const folder = folderWith()
    for (const args of [
      [...good, ...started, "--api-key-env", "kAn4ry71"],
      [...good, "--start", "API_KEY=kAn4ry71 node poller.mjs"],
      [...good, "--", "node", "poller.mjs", "--token", "kAn4ry71"]
    ]) {
      const ran = await runCli(["init", ...args], { cwd: folder })
      expect([ran.code, ran.stdout + ran.stderr]).toEqual([2, expect.not.stringContaining("kAn4ry71")])
    }
    expect(readdirSync(folder)).toEqual(["poller.mjs"])
  })

  it("writes nothing where the program fails before it has made a call, and says why without its secrets", async () => {
    const folder = folderWith({ "poller.mjs": 'throw new Error("no connection, password=kAn4ry71")' })
    const ran = await runCli(["init", ...good, ...started], { cwd: folder })
    expect(ran.code).toBe(2)
    expect(ran.stderr).toContain("node poller.mjs ended with code 1 (Error: no connection, password=[redacted])")
    expect(readdirSync(folder)).toEqual(["poller.mjs"])
  })

  it("overwrites a configuration only if told to", async () => {
    const folder = folderWith({ "poller.mjs": poller, "hookshift.config.json": "{}" })
    const args = ["init", ...good, ...started, "--trial", "0"]
    const ran = await runCli(args, { cwd: folder })
    expect([ran.code, ran.stderr]).toEqual([2, expect.stringContaining("is there already and stays as it is")])
    expect(readFileSync(join(folder, "hookshift.config.json"), "utf8")).toBe("{}")
    expect((await runCli([...args, "--force"], { cwd: folder })).code).toBe(0)
    expect(readFileSync(join(folder, "hookshift.config.json"), "utf8")).toContain("acme.freshdesk.com")
  })

  it("tells of a place that cannot be written to", async () => {
    const folder = folderWith()
    const ran = await runCli(["init", ...good, ...started, "--trial", "0", "--config", "none/x.json"], { cwd: folder })
    expect([ran.code, ran.stderr]).toEqual([2, expect.stringContaining("none/x.json cannot be written (ENOENT)")])
  })
})

describe("hookshift init with all that it needs", () => {
  it("keeps the trial's calls, checks the account, and prints three commands", async () => {
    const simulator = await simulatedProvider({ entities: 20 })
    const host = new URL(simulator.url).host
    const folder = folderWith()
    const env = { TARGET: simulator.url, FRESHDESK_API_KEY: "k" }
    const ran = await runCli(
      ["init", "--product", "freshdesk", "--domain", host, ...started, "--trial", "4s", "--json"],
      { cwd: folder, env }
    )
    expect(ran.code, ran.stderr).toBe(0)
    const told = JSON.parse(ran.stdout)
    expect(told.trial.otherHosts).toEqual([])
    expect(told.trial.recorded).toEqual([{ account: host, calls: expect.any(Number) }])
    expect(told.checks.map((one: { check: string }) => one.check)).not.toContain("webhook secret")
    expect(told.checks.filter((one: { state: string }) => one.state === "failed")).toEqual([])
    expect(told.next.map((one: { command: string }) => one.command)).toEqual([
      "npx hookshift audit",
      "npx hookshift record",
      "npx hookshift"
    ])
    expect(readdirSync(folder).sort()).toEqual(["hookshift.config.json", "hookshift.db", "poller.mjs"])
    const database = openDatabase(join(folder, "hookshift.db"))
    const calls = database.prepare("SELECT count(*) FROM call").pluck().get() as number
    const ended = database.prepare("SELECT ended FROM recorder").pluck().all()
    database.close()
    expect([calls, ended]).toEqual([told.trial.recorded[0].calls, [1]])
    const config = Effect.runSync(loadConfig(join(folder, "hookshift.config.json")))
    expect(config.sources["freshdesk"]).toMatchObject({
      product: "freshdesk",
      baseUrl: `http://${host}`,
      auth: { secretEnv: "FRESHDESK_API_KEY" }
    })
    expect(config.capture).toEqual({ start: "node poller.mjs", hosts: [] })
  })

  it("names the hosts that are not recorded, and records them once they are given as the account's", async () => {
    const host = `127.0.0.1:${await listening(createServer((_, answer) => answer.end("[]")))}`
    const folder = folderWith()
    const env = { TARGET: `http://${host}` }
    const args = ["init", ...good, "--trial", "3s"]
    const missed = await runCli([...args, ...started], { cwd: folder, env })
    expect([missed.code, readdirSync(folder).sort()]).toEqual([0, ["hookshift.config.json", "poller.mjs"]])
    expect(missed.stdout).toMatch(new RegExp(`${host} +\\d+ +not recorded`))
    expect(missed.stdout).toContain("no call went to acme.freshdesk.com")
    const again = `npx hookshift init --force --product freshdesk --domain acme.freshdesk.com --host ${host} -- node poller.mjs`
    expect(missed.stdout).toContain(again)
    expect(readFileSync(join(folder, "hookshift.config.json"), "utf8")).toContain(
      `//   "${host}=freshdesk@acme.freshdesk.com",`
    )
    const found = await runCli([...args, "--force", "--host", host, "--", "node", "poller.mjs"], { cwd: folder, env })
    expect(found.stdout).toMatch(/acme\.freshdesk\.com +\d+ +recorded/)
    expect(readdirSync(folder)).toContain("hookshift.db")
  })

  it("sends a program in another language to the proxy", async (context) => {
    if (spawnSync("python3", ["--version"]).status !== 0) return context.skip("no Python here")
    const folder = folderWith({ "poll.py": "print(1)" })
    const ran = await runCli(["init", ...good, "--start", "python3 poll.py"], { cwd: folder })
    expect(ran.stdout).toContain("npx hookshift proxy --listen 127.0.0.1:8788 --upstream https://acme.freshdesk.com")
  })

  it("ends all that the program has started", async () => {
    const folder = folderWith({
      "poller.mjs": `
        import { spawn } from "node:child_process"
        import { writeFileSync } from "node:fs"
        const child = spawn(process.execPath, ["-e", "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)"])
        writeFileSync("pid", String(child.pid))
        setInterval(() => {}, 1000)`
    })
    expect((await runCli(["init", ...good, ...started, "--trial", "2s"], { cwd: folder })).code).toBe(0)
    const pid = Number(readFileSync(join(folder, "pid"), "utf8"))
    await until(() => !runs(pid))
  })
})
