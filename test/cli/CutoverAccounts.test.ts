/** One program, one endpoint, two accounts: `shadow` and `cutover` tell them apart, and leave out calls of no poller. */
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { runCli } from "../support/cli.js"
import { temporaryFolder } from "../support/files.js"

const start = Date.UTC(2026, 2, 2)
const minutely = Array.from({ length: 60 }, (_, n) => n)
/** As a person looks: nine times in an hour. */
const nowAndThen = [1, 2, 7, 8.5, 21, 22.2, 40, 41, 55]

const entry = (host: string, minute: number) => {
  const ticket = { id: 1 + Math.floor(minute / 10), updated_at: new Date(start + minute * 6e4 - 3e4).toISOString() }
  const text = JSON.stringify(host.includes("service") ? { tickets: [ticket] } : [ticket])
  return {
    startedDateTime: new Date(start + minute * 60_000).toISOString(),
    time: 100,
    request: {
      method: "GET",
      url: `https://${host}/api/v2/tickets`,
      headers: [{ name: "user-agent", value: "sync/1.0" }],
      bodySize: 0
    },
    response: {
      status: 200,
      headers: [{ name: "content-type", value: "application/json" }],
      content: { size: text.length, mimeType: "application/json", text },
      bodySize: text.length
    }
  }
}

const names = { freshdesk: "desk", freshservice: "service" } as const
type Product = keyof typeof names

const recorded = async (
  serviceMinutes: ReadonlyArray<number>,
  products: ReadonlyArray<Product> = ["freshdesk", "freshservice"]
) => {
  const folder = temporaryFolder()
  const source = (product: Product) => ({ product, baseUrl: `https://acme.${product}.com`, auth: { secretEnv: "KEY" } })
  const entries = [
    ...minutely.map((minute) => entry("acme.freshdesk.com", minute)),
    ...serviceMinutes.map((minute) => entry("acme.freshservice.com", minute))
  ]
  writeFileSync(join(folder, "two.har"), JSON.stringify({ log: { version: "1.2", creator: {}, entries } }))
  writeFileSync(
    join(folder, "hookshift.config.json"),
    JSON.stringify({ sources: Object.fromEntries(products.map((product) => [names[product], source(product)])) })
  )
  const run = (...args: ReadonlyArray<string>) => runCli(args, { cwd: folder })
  expect((await run("import", "har", "two.har")).code).toBe(0)
  const since = ["--from", "2026-03-01T00:00:00Z"]
  return {
    run,
    shadow: (...args: ReadonlyArray<string>) => run("shadow", ...since, ...args),
    cutover: (...args: ReadonlyArray<string>) => run("cutover", "--integration", "sync", ...since, ...args)
  }
}

describe("calls without a rhythm beside a poller", { timeout: 60_000 }, () => {
  it("get no checklist, and nothing is written down for them", async () => {
    const { cutover, run, shadow } = await recorded(nowAndThen)
    expect((await run("pollers")).stdout).toContain("9 calls belong to no poller")
    const { stdout } = await cutover()
    expect(stdout.match(/^# .*$/gm)).toEqual(["# Cutting over sync: GET /api/v2/tickets (ticket)"])
    expect(stdout).toContain(
      "\nNot yet: no delivery has arrived for desk yet: is the subscription applied, and the receiver reachable?\n"
    )
    expect(stdout).not.toContain("--source")
    expect(JSON.parse((await shadow("--json")).stdout).pollers).toHaveLength(1)
    const done = JSON.parse((await cutover("--done", "--force", "--json")).stdout)
    expect(done.cutOver.map(({ source }: { source: string }) => source)).toEqual(["desk"])
  })
})

describe("a loop without a timer beside a poller", { timeout: 60_000 }, () => {
  it("is none in shadow either", async () => {
    const loop = Array.from({ length: 300 }, (_, n) => 20 + (n * 120 + (n % 7) * 11) / 60_000)
    const { run, shadow } = await recorded(loop)
    expect(JSON.parse((await run("pollers", "--json")).stdout)).toHaveLength(1)
    const { pollers } = JSON.parse((await shadow("--json")).stdout)
    expect(pollers.map(({ source }: { source: string }) => source)).toEqual(["desk"])
  })
  it("is one where such loops are the sweeps of a timer", async () => {
    const sweeps = Array.from({ length: 60 }, (_, n) => 10 * Math.floor(n / 10) + (n % 10) * 0.005)
    const { run, shadow } = await recorded(sweeps)
    expect(JSON.parse((await run("pollers", "--json")).stdout)).toHaveLength(2)
    expect(JSON.parse((await shadow("--json")).stdout).pollers).toHaveLength(2)
  })
})

describe("two accounts that are polled alike", { timeout: 60_000 }, () => {
  it("have their source in titles, lines and commands", async () => {
    const { cutover, shadow } = await recorded(minutely)
    const { stdout } = await cutover()
    expect(stdout.match(/^# .*$/gm)).toEqual([
      "# Cutting over sync: GET /api/v2/tickets of desk (ticket)",
      "# Cutting over sync: GET /api/v2/tickets of service (ticket)"
    ])
    for (const source of ["desk", "service"])
      expect(stdout).toContain(
        `\`hookshift cutover --integration sync --endpoint 'GET /api/v2/tickets' --source ${source} --done\``
      )
    const lines = (await shadow()).stdout.split("\n").filter((line) => line.startsWith("sync"))
    expect(new Set(lines).size).toBe(4)
    expect(lines.filter((line) => line.includes("of service"))).toHaveLength(2)
  })
  it("are written down and taken back one by one", async () => {
    const { cutover, shadow } = await recorded(minutely)
    const force = ["--done", "--force"]
    const both = await cutover(...force)
    expect([both.code, both.stdout]).toEqual([2, ""])
    expect(both.stderr).toContain("sync polls several accounts: choose one with --source desk or --source service")
    expect((await cutover("--source", "desk", ...force)).stdout).toContain("sync is switched off at desk;")
    const known = JSON.parse((await cutover("--json", "--undo")).stdout)
    expect(known).toEqual({ ended: 1 })
    await cutover("--source", "desk", ...force)
    await cutover("--source", "service", ...force)
    const undo = await cutover("--undo", "--endpoint", "GET /api/v2/tickets")
    expect([undo.code, undo.stderr]).toEqual([
      2,
      expect.stringContaining("sync polls GET /api/v2/tickets at several accounts: choose one with --source desk or")
    ])
    expect((await cutover("--undo", "--source", "service", "--json")).stdout).toContain('"ended": 1')
    expect((await cutover("--undo", "--source", "desk")).stdout).toBe("written down: sync polls again at desk\n")
    expect((await cutover("--undo", "--source", "service")).code).toBe(2)
    const unknown = await cutover("--source", "chat")
    expect([unknown.code, unknown.stderr]).toEqual([
      2,
      expect.stringContaining("sync does not poll at chat: its sources are desk, service")
    ])
    expect((await shadow("--json")).code).toBe(0)
  })
  it("are told apart where the mirror serves neither", async () => {
    const { run } = await recorded(minutely)
    const { code, stderr } = await run("cutover", "--mirror", "--integration", "sync")
    expect(code).toBe(1)
    expect(stderr).toMatch(/GET \/api\/v2\/tickets of desk: .*; GET \/api\/v2\/tickets of service: /)
  })
  it("are not written down where the configuration has no source for one", async () => {
    const { cutover } = await recorded(minutely, ["freshdesk"])
    const { code, stderr, stdout } = await cutover("--source", "acme.freshservice.com", "--done", "--force")
    expect([code, stdout]).toEqual([2, ""])
    expect(stderr).toContain(
      "GET /api/v2/tickets of acme.freshservice.com: no source of the configuration is acme.freshservice.com: add it"
    )
  })
})
