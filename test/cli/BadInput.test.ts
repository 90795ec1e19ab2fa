/** Each wrong thing gets one clear sentence with the remedy and the right exit code, and loses nothing. */
import { writeFileSync } from "node:fs"
import type { AddressInfo } from "node:net"
import { createServer } from "node:net"
import { join } from "node:path"
import { describe, expect, it, onTestFinished } from "vitest"
import manifest from "../../package.json" with { type: "json" }
import { openDatabase } from "../../src/store/index.js"
import { version } from "../../src/version.js"
import { env, source } from "../support/canarySource.js"
import { type Ran, runCli } from "../support/cli.js"
import { root, temporaryFolder } from "../support/files.js"
import { simulatedProvider } from "../support/provider.js"

const inFolder = (config: unknown): string => {
  const folder = temporaryFolder()
  writeFileSync(join(folder, "hookshift.config.json"), typeof config === "string" ? config : JSON.stringify(config))
  return folder
}

const sentence = (ran: Ran): string => {
  expect(ran.stdout).toBe("")
  expect(ran.stderr).not.toMatch(/canary|\n\s+at /)
  const lines = ran.stderr.trim().split("\n")
  expect(lines).toHaveLength(1)
  return lines[0]!.replace(/^hookshift: /, "")
}

describe("configuration", () => {
  it.each([
    [
      "a key that is nearly right",
      { sources: { fd: { ...source, baseURL: "x" } } },
      'sources.fd.baseURL is not a known setting: did you mean "baseUrl"?'
    ],
    [
      "a key that is nothing",
      { colour: "red" },
      "colour is not a known setting: remove it, or see docs/configuration.md"
    ],
    [
      "several keys that are not known, all at once",
      { colour: "red", sources: { fd: { ...source, baseURL: "x" } } },
      'colour, sources.fd.baseURL (did you mean "baseUrl"?) are not known settings: correct or remove them'
    ],
    [
      "a missing setting",
      { sources: { fd: { product: "freshdesk", auth: {} } } },
      "sources.fd.baseUrl is missing: add it (docs/configuration.md)"
    ],
    ["a wrong type", { receiver: { maxBodyBytes: "big" } }, "receiver.maxBodyBytes is not valid"],
    ["a bad duration", { receiver: { ackDeadline: "soon" } }, "receiver.ackDeadline is not valid"],
    ...["mirror", "receiver", "proxy"].map((part): [string, unknown, string] => [
      `a bad address of ${part}`,
      { [part]: { listen: "127.0.0.1:87920" } },
      `${part}.listen is not valid: expected HOST:PORT, such as 127.0.0.1:8787`
    ]),
    ...["mirror", "receiver"].map((part): [string, unknown, string] => [
      `a bad operators' address of ${part}`,
      { [part]: { admin: "none" } },
      `${part}.admin is not valid: expected HOST:PORT, such as 127.0.0.1:8789, or "off"`
    ]),
    [
      "an unknown product",
      { sources: { fd: { ...source, product: "zendesk" } } },
      'sources.fd.product is "zendesk", which is not known'
    ],
    ["an unknown plan", { sources: { fd: { ...source, plan: "platinum" } } }, 'sources.fd.plan is "platinum"'],
    ["no JSON", '{ "sources": ', "is not valid JSON"]
  ])("with %s", async (_, config, words) => {
    const ran = await runCli(["subscriptions", "status"], { cwd: inFolder(config), env })
    expect(sentence(ran)).toContain(words)
    expect(ran.code).toBe(2)
  })
  it("names the variable or file that a secret should come from, never its value", async () => {
    const folder = inFolder({ sources: { fd: source } })
    const unset = await runCli(["receive", "--listen", "127.0.0.1:0"], { cwd: folder, env: { FD_KEY: "canary-key" } })
    expect([unset.code, sentence(unset)]).toEqual([
      2,
      "the webhook secret of sources.fd.webhook is read from the variable FD_SECRET, which is not set: export it first"
    ])
    const file = await runCli(["receive"], {
      cwd: inFolder({ sources: { fd: { ...source, webhook: { secretFile: "none.txt" } } } }),
      env
    })
    expect([file.code, sentence(file)]).toEqual([
      2,
      "the webhook secret of sources.fd.webhook is read from none.txt, which cannot be read: check the path and its permissions"
    ])
  })
  it("that is not there", async () => {
    const named = await runCli(["subscriptions", "plan", "--config", "gone.json"], { cwd: temporaryFolder() })
    expect([named.code, sentence(named)]).toEqual([
      2,
      "there is no configuration at gone.json: check the path given with --config"
    ])
    const none = await runCli(["receive"], { cwd: temporaryFolder() })
    expect([none.code, sentence(none)]).toEqual([
      2,
      "no source is configured: hookshift init writes one into hookshift.config.json, and docs/configuration.md has all settings"
    ])
  })
})

describe("the database", () => {
  it.each([["pollers"], ["audit"], ["replay"], ["report"], ["inbox", "list"]])(
    "that is missing: %s %s",
    async (...command) => {
      const ran = await runCli(
        command.filter((word) => word !== undefined),
        { cwd: temporaryFolder() }
      )
      expect(ran.code).toBe(2)
      expect(sentence(ran)).toContain("there is no database at")
    }
  )
  it("that is no database", async () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, "hookshift.db"), "x".repeat(5000))
    const ran = await runCli(["audit"], { cwd: folder })
    expect(ran.code).toBe(2)
    expect(sentence(ran)).toContain("is no hookshift database: name another file with --db")
  })
  it("that is empty of calls", async () => {
    const folder = temporaryFolder()
    openDatabase(join(folder, "hookshift.db")).close()
    const ran = await runCli(["audit"], { cwd: folder })
    expect(ran.code).toBe(2)
    expect(sentence(ran)).toMatch(
      /^nothing was recorded: run your integration with `node --import hookshift\/register app\.js`/
    )
  })
})

describe("options", () => {
  it.each([
    [["audit", "--demo", "--faults", "drop=2"], "--faults: drop takes a share between 0 and 1"],
    [["audit", "--demo", "--faults", "meteor=1"], '"meteor" is no fault'],
    [["audit", "--demo", "--reconcile", "often"], "--reconcile takes a duration"],
    [["audit", "--demo", "--format", "pdf"], "--format takes md, html, summary, json, sarif, and junit"],
    [["audit", "--demo", "--fail-under", "90"], "--fail-under takes a share between 0 and 1, such as 0.9, not 90"],
    [["audit", "--demo", "--fail-on", "smal-pages"], "did you mean small-pages?"],
    [["audit", "--demo", "--update-baseline"], "--update-baseline needs --baseline FILE"],
    [["audit", "--demo", "--baseline", "none.json"], "the baseline none.json cannot be read (ENOENT)"],
    [["diff", "one.json", "two.json"], "one.json cannot be read (ENOENT): name two files that hookshift audit wrote"],
    [["audit", "--demo", "--slo", "ticket=soon"], "--slo takes ENTITY=DURATION@p50"],
    [["audit", "--demo", "--slo", "tikcet=60s@p95"], "--slo tikcet is not a known entity type: choose one of"],
    [["audit", "--demo", "--slo", "ticket=60s@p95,ticket=1h@max"], "--slo sets ticket twice: give each type one goal"],
    [
      ["audit", "--slo", "ticket=5m@p95", "--slo", "contact=5m@p95"],
      "--slo is given more than once: give it once, with commas"
    ],
    [["simulate", "freshdesk", "--listen", "here"], "--listen takes HOST:PORT"],
    [["simulate", "freshdesk", "--plan", "gold"], "--plan gold is not a known plan"]
  ])("%s", async (command, words) => {
    const ran = await runCli(command, { cwd: temporaryFolder() })
    expect(ran.code).toBe(2)
    expect(sentence(ran)).toContain(words)
  })
  it("that no command has", async () => {
    const ran = await runCli(["audit", "--dmeo"], { cwd: temporaryFolder() })
    expect(ran.code).toBe(2)
    expect(sentence(ran)).toBe('audit has no option "--dmeo", perhaps "--demo" is meant: see hookshift help audit')
  })
})

describe("a place to write to that cannot be", () => {
  const recording = (): string => {
    const folder = temporaryFolder()
    const database = openDatabase(join(folder, "hookshift.db"))
    database.exec(`
      INSERT INTO stream VALUES (1, 'sync', 'p', 'freshdesk', 'acme.freshdesk.com', 'GET', '/api/v2/tickets', '');
      INSERT INTO call (id, stream, started_at, status) VALUES (1, 1, 1767225600000, 200), (2, 1, 1767225660000, 200);
    `)
    database.close()
    writeFileSync(join(folder, "file"), "x")
    return folder
  }
  // A folder that is there and takes no others; Node's own recursive mkdir never returns from it.
  const closed = process.platform === "linux" ? ["/proc/none/out"] : []
  it.each(
    ["file/out", ...closed].flatMap((out) => [
      [["audit", "--no-replay", "--out", out]],
      [["audit", "--demo", "--out", out]],
      [["export", "ndjson", "--out", out]],
      [["inbox", "history", out]],
      [["audit", "--no-replay", "--baseline", out, "--update-baseline"]]
    ])
  )("%s", async (command) => {
    const ran = await runCli(command, { cwd: recording() })
    expect(ran.stderr).toMatch(/cannot be (?:written|used)[^\n]*\((?:ENOENT|ENOTDIR)\)/)
    expect(ran.stderr).not.toMatch(/BadResource|\n\s+at /)
    expect(ran.code).toBe(2)
  })
})

describe("a delivery that is not there", () => {
  it.each([["show"], ["retry"]])("inbox %s", async (command) => {
    const folder = temporaryFolder()
    openDatabase(join(folder, "hookshift.db")).close()
    const ran = await runCli(["inbox", command, "5"], { cwd: folder })
    expect(sentence(ran)).toBe("there is no delivery 5: hookshift inbox list shows their ids")
    expect(ran.code).toBe(2)
  })
})

describe("what is not reachable", () => {
  it("a port in use", async () => {
    const taken = createServer()
    await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve))
    onTestFinished(() => void taken.close())
    const { port } = taken.address() as AddressInfo
    const ran = await runCli(["receive", "--listen", `127.0.0.1:${port}`, "--reconcile", "off"], {
      cwd: inFolder({ sources: { fd: source } }),
      env
    })
    expect([ran.code, sentence(ran)]).toEqual([
      3,
      `port ${port} on 127.0.0.1 is in use: stop the other program, or choose another port with --listen`
    ])
  })
  it("the API, and the API with a wrong key", async () => {
    const rules = (baseUrl: string) => ({
      sources: { fd: { ...source, baseUrl, webhook: { ...source.webhook, route: "rule" } } },
      receiver: { publicUrl: "https://hooks.example" }
    })
    const simulator = await simulatedProvider({ revoked: ["canary-api-key"] })
    const apply = ["subscriptions", "apply", "--events", "ticket_update"]
    const refused = await runCli(apply, { cwd: inFolder(rules(simulator.url)), env })
    expect(refused.code).toBe(2)
    expect(sentence(refused)).toContain(
      "refused the API key: check the variable that the source's auth.secretEnv names"
    )
  })
})

describe("help", () => {
  it("says what each command does, with an example", async () => {
    for (const command of [
      ["audit"],
      ["pollers"],
      ["subscriptions", "apply"],
      ["receive"],
      ["inbox", "list"],
      ["replay"],
      ["report"],
      ["simulate"]
    ]) {
      const ran = await runCli([...command, "--help"], { cwd: root, env: { NO_COLOR: "1" } })
      expect(ran.code).toBe(0)
      expect(ran.stdout.replace(/\s+/g, " ")).toContain(`hookshift ${command.join(" ")}`)
    }
  })
  it("knows its version, and completions for the shells", async () => {
    expect(version).toBe(manifest.version)
    expect((await runCli(["--version"])).stdout.trim()).toBe(version)
    expect((await runCli(["--completions", "bash"])).stdout).toContain("subscriptions")
  })
})
