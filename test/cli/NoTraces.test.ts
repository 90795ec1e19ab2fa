/** A command that fails on its input leaves the folder as it was: no database, no key, no file half written. */
import { mkdirSync, readdirSync, writeFileSync } from "node:fs"
import type { AddressInfo } from "node:net"
import { createServer } from "node:net"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { commands } from "../../src/cli/Commands.js"
import { type CommandNode, nodeOf } from "../../src/cli/help/CommandTree.js"
import { env, source } from "../support/canarySource.js"
import { runCli } from "../support/cli.js"
import { temporaryFolder } from "../support/files.js"

const missing = /there is no database at hookshift\.db/

interface Case {
  readonly args: ReadonlyArray<string>
  readonly says: RegExp
  readonly code?: number
  readonly config?: unknown
  readonly env?: Record<string, string>
  /** Files that are there before. */
  readonly files?: Record<string, string>
}

/** `TAKEN` stands for an address that another program listens on. */
const cases: ReadonlyArray<Case> = [
  { args: ["record"], says: /record runs the program/ },
  { args: ["record", "--", "/none/program"], says: /\/none\/program could not be started \(ENOENT\)/ },
  { args: ["record", "--", "none-such-program"], says: /could not be started \(ENOENT\)/ },
  { args: ["record", "--", "."], says: /could not be started \(E(?:ACCES|NOENT)\)/ },
  { args: ["record", "status"], says: missing },
  { args: ["proxy"], says: /the proxy needs to know where requests go/ },
  { args: ["proxy", "--upstream", "https://a.example", "--listen", "TAKEN"], says: /EADDRINUSE/, code: 3 },
  {
    args: ["proxy", "--upstream", "https://a.example", "--listen", "0", "--tls-cert", "c.pem", "--tls-key", "c.pem"],
    says: /the TLS certificate or its key cannot be used/,
    files: { "c.pem": "no certificate" }
  },
  { args: ["import", "har", "none.har"], says: /there is no file at none\.har/ },
  { args: ["import", "har", "x.har"], says: /is damaged/, files: { "x.har": "no HAR" } },
  { args: ["import", "ndjson", "x.ndjson"], says: /is damaged/, files: { "x.ndjson": "no NDJSON" } },
  { args: ["import", "combined", "x.log", "--host", "a.example"], says: /is damaged/, files: { "x.log": "no log\n" } },
  {
    args: ["import", "combined", "x.log"],
    says: /^hookshift: x\.log does not say whose log it is: name the host with --host, such as --host acme\.freshdesk\.com\n$/,
    files: {
      "x.log": '192.0.2.1 - - [02/Mar/2026:10:00:00 +0000] "GET /api/v2/tickets HTTP/1.1" 200 512\n'.repeat(7)
    }
  },
  { args: ["export", "ndjson"], says: missing },
  { args: ["export", "har", "--out", "calls.har"], says: missing },
  { args: ["forget", "--import", "x.har"], says: missing },
  { args: ["audit"], says: missing },
  { args: ["audit", "--reconcile", "cheapest", "--slo", "ticket=5m@p99.9"], says: missing },
  { args: ["pollers"], says: missing },
  { args: ["replay"], says: missing },
  { args: ["replay", "--history", "day.ndjson"], says: missing },
  { args: ["replay", "--wire"], says: missing },
  { args: ["replay", "grid", "--picture", "grid.svg"], says: missing },
  { args: ["replay", "sweep"], says: missing },
  { args: ["report"], says: missing },
  { args: ["diff", "a.json", "b.json"], says: /a\.json cannot be read \(ENOENT\)/ },
  { args: ["watch", "--listen", "0.0.0.0:0"], says: /served on loopback alone/ },
  { args: ["watch", "--listen", "TAKEN"], says: /EADDRINUSE/, code: 3 },
  { args: ["init"], says: /--product.*--domain.*--start/ },
  { args: ["init", "--product", "freshdisk", "--domain", "a.example", "--start", "node a.js"], says: /freshdisk/ },
  { args: ["plan", "--out", "hookshift.plan.json"], says: missing },
  { args: ["doctor"], says: /no source is configured/ },
  { args: ["authorize", "fd"], says: /there is no source fd/ },
  { args: ["subscriptions", "plan"], says: missing, config: { sources: { fd: source } } },
  { args: ["subscriptions", "status"], says: missing, config: { sources: { fd: source } } },
  { args: ["subscriptions", "remove"], says: missing, config: { sources: { fd: source } } },
  { args: ["subscriptions", "rotate", "fd"], says: /is not over/, code: 1, config: { sources: { fd: source } } },
  {
    args: ["subscriptions", "app", "--out", "app"],
    says: missing,
    config: { sources: { fd: source }, receiver: { publicUrl: "https://hooks.example" } }
  },
  {
    args: ["subscriptions", "apply", "--events", "ticket_update"],
    says: /FD_SECRET, which is not set/,
    config: { sources: { fd: source }, receiver: { publicUrl: "https://hooks.example" } },
    env: { FD_KEY: "canary-api-key" }
  },
  {
    args: ["subscriptions", "apply", "--events", "ticket_update"],
    says: /could not be reached/,
    code: 3,
    config: {
      sources: { fd: { ...source, webhook: { ...source.webhook, installUrl: "http://127.0.0.1:1/apps" } } },
      receiver: { publicUrl: "https://hooks.example" }
    }
  },
  { args: ["receive"], says: /no source is configured/ },
  { args: ["receive"], says: /FD_SECRET, which is not set/, config: { sources: { fd: source } }, env: {} },
  {
    args: ["receive", "--migration", "none.json"],
    says: /there is no migration plan at none\.json/,
    config: { sources: { fd: source } }
  },
  {
    args: ["receive", "--migration", "plan.json"],
    says: /plan\.json/,
    config: { sources: { fd: source } },
    files: { "plan.json": '{ "nonsense": 1 }' }
  },
  { args: ["receive", "--listen", "TAKEN"], says: /is in use/, code: 3, config: { sources: { fd: source } } },
  { args: ["receive", "--admin", "TAKEN"], says: /is in use/, code: 3, config: { sources: { fd: source } } },
  {
    args: ["receive", "--listen", "0"],
    says: /tls\.certFile/,
    config: { sources: { fd: source }, receiver: { tls: { certFile: "c.pem", keyFile: "c.pem" } } },
    files: { "c.pem": "no certificate" }
  },
  {
    args: ["receive", "--listen", "0"],
    says: /HOOK_KEY/,
    config: { sources: { fd: source }, inbox: { keyEnv: "HOOK_KEY" } }
  },
  { args: ["mirror"], says: /no source is configured/ },
  { args: ["mirror"], says: /start the receiver first/, config: { sources: { fd: source } } },
  { args: ["mirror"], says: /FD_KEY, which is not set/, config: { sources: { fd: source } }, env: {} },
  { args: ["mirror", "--listen", "TAKEN"], says: /EADDRINUSE/, code: 3, config: { sources: { fd: source } } },
  { args: ["mirror", "--source", "none"], says: /there is no source none/, config: { sources: { fd: source } } },
  { args: ["mirror", "--verify", "2"], says: /--verify takes a share/, config: { sources: { fd: source } } },
  {
    args: ["mirror", "--tls-cert", "c.pem", "--tls-key", "c.pem"],
    says: /the TLS certificate or its key cannot be used/,
    config: { sources: { fd: source } },
    files: { "c.pem": "no certificate" }
  },
  {
    args: ["mirror"],
    says: /mirror\.principals names the source desk/,
    config: { sources: { fd: source }, mirror: { principals: { desk: [] } } }
  },
  {
    args: ["mirror"],
    says: /NO_SUCH_KEY, which is not set/,
    config: { sources: { fd: source }, mirror: { principals: { fd: [{ secretEnv: "NO_SUCH_KEY" }] } } }
  },
  { args: ["mirror", "status"], says: missing },
  ...["list", "rekey"].map((name) => ({ args: ["inbox", name], says: missing })),
  { args: ["inbox", "show", "1"], says: missing },
  { args: ["inbox", "retry", "--all"], says: missing },
  { args: ["inbox", "purge", "--older-than", "1d"], says: missing },
  { args: ["inbox", "history", "inbox.ndjson"], says: missing },
  { args: ["shadow"], says: missing, config: { sources: { fd: source } } },
  { args: ["cutover", "--integration", "x"], says: missing, config: { sources: { fd: source } } },
  { args: ["db", "check"], says: missing },
  { args: ["db", "vacuum"], says: missing },
  { args: ["db", "backup", "copy.db"], says: missing },
  { args: ["verify-history", "day.ndjson"], says: /day\.ndjson cannot be read \(ENOENT\)/ },
  { args: ["simulate", "freshdesk", "--listen", "TAKEN"], says: /EADDRINUSE/, code: 3 },
  { args: ["completions", "tcsh"], says: /bash, zsh, fish/ },
  { args: ["help", "nonsense"], says: /there is no command/ }
]

const server = createServer()
let taken = ""
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  taken = `127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => void server.close())

const leaves = (nodes: ReadonlyArray<CommandNode>): ReadonlyArray<CommandNode> =>
  nodes.flatMap((node) => [
    ...(node.subcommands.length > 0 && node.options.length === 0 ? [] : [node]),
    ...leaves(node.subcommands)
  ])

describe("a command that cannot do its work", () => {
  it("is tried here, whichever it is", () => {
    const tried = cases.map(({ args }) => args.join(" "))
    const untried = leaves(commands.map((one) => nodeOf(one)))
      .map(({ path }) => path.join(" "))
      .filter((path) => !tried.some((one) => one === path || one.startsWith(`${path} `)))
    expect(untried).toEqual([])
  })
  it.each(cases.map((one) => [one.args.join(" "), one] as const))("leaves nothing: %s", async (_, one) => {
    const home = temporaryFolder()
    const cwd = join(home, "work")
    mkdirSync(cwd)
    if (one.config !== undefined) writeFileSync(join(cwd, "hookshift.config.json"), JSON.stringify(one.config))
    for (const [name, text] of Object.entries(one.files ?? {})) writeFileSync(join(cwd, name), text)
    const before = readdirSync(cwd).sort()
    const ran = await runCli(
      one.args.map((word) => (word === "TAKEN" ? taken : word)),
      { cwd, env: { HOME: home, ...(one.env ?? env) } }
    )
    expect(ran.code).toBe(one.code ?? 2)
    expect(ran.stderr).toMatch(one.says)
    expect(readdirSync(cwd).sort()).toEqual(before)
    expect(readdirSync(home)).toEqual(["work"])
  })
})

describe("plans that are only explained", () => {
  const cwd = (): string => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, "hookshift.config.json"), JSON.stringify({ sources: { fd: source } }))
    return folder
  }
  it("say that the receiver's address is missing, go on, and make no file", async () => {
    const folder = cwd()
    const ran = await runCli(["subscriptions", "plan", "--events", "ticket_update"], { cwd: folder, env })
    expect(ran.code).toBe(0)
    expect(ran.stderr).toMatch(/^hookshift: receiver\.publicUrl is not set: put the address[^\n]*\n$/)
    expect(ran.stdout).toContain("<receiver.publicUrl>/hooks/fd")
    expect(ran.stdout).not.toContain("hooks.example")
    expect(readdirSync(folder)).toEqual(["hookshift.config.json"])
  })
  it("have no target in JSON", async () => {
    const ran = await runCli(["subscriptions", "plan", "--events", "ticket_update", "--json"], { cwd: cwd(), env })
    expect(JSON.parse(ran.stdout)).toMatchObject([{ event: "ticket_update", target: null }])
  })
})
