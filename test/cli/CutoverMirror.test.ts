/** `hookshift cutover --mirror`: the checklist for a program that stays as it is. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { openDatabase } from "../../src/store/index.js"
import { runCli } from "../support/cli.js"
import { root } from "../support/files.js"

const folder = mkdtempSync(join(tmpdir(), "hookshift-cutover-mirror-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const run = (...args: ReadonlyArray<string>) => runCli(args, { cwd: folder })

/** A program that lists what no mirror answers: time entries, each five minutes. */
const hours = Array.from({ length: 24 }, (_, n) => ({
  startedDateTime: new Date(Date.UTC(2026, 2, 2, 10, n * 5)).toISOString(),
  time: 100,
  request: {
    method: "GET",
    url: "https://acme.freshdesk.com/api/v2/time_entries",
    headers: [{ name: "user-agent", value: "hours/1.0" }],
    bodySize: 0
  },
  response: {
    status: 200,
    headers: [{ name: "content-type", value: "application/json" }],
    content: { size: 2, mimeType: "application/json", text: "[]" },
    bodySize: 2
  }
}))

beforeAll(async () => {
  expect((await run("import", "har", join(root, "fixtures/har/two-pollers.har"))).code).toBe(0)
  writeFileSync(join(folder, "hours.har"), JSON.stringify({ log: { version: "1.2", creator: {}, entries: hours } }))
  expect((await run("import", "har", "hours.har")).code).toBe(0)
})

describe("hookshift cutover --mirror", () => {
  it("has the forecast of the plan, says that nothing was compared yet, and tells the way back", async () => {
    const planned = await run("plan")
    // 25 calls in two hours: the credential is checked at the beginning, and lasts four hours.
    expect(planned.stdout).toMatch(/GET \/api\/v2\/tickets +replaced +25 +3 +1 /)
    expect(planned.stdout).toMatch(/GET \/api\/v2\/time_entries .* 24 .*not served/)
    const asked = ["cutover", "--mirror", "--integration", "crm-sync", "--endpoint", "GET /api/v2/tickets"]
    const { code, stdout } = await run(...asked)
    expect(code).toBe(0)
    expect(stdout).toContain("# Pointing crm-sync at the mirror: GET /api/v2/tickets")
    expect(stdout).toContain("Not yet: none of its requests has come to a mirror.")
    expect(stdout).toContain("| forecast | 1 of 25 recorded calls still reach the provider (96.0 % fewer) |")
    expect(stdout).toContain("- [ ] to go back:")
    const shown = JSON.parse((await run(...asked, "--json")).stdout)
    expect(shown).toMatchObject([{ calls: 25, mirror: { served: true, calls: 1 }, evidence: null }])
  })
  it("has none for a program that the mirror does not serve, and says why", async () => {
    const { code, stderr, stdout } = await run("cutover", "--mirror", "--integration", "hours")
    expect([code, stdout]).toEqual([1, ""])
    expect(stderr).toContain("the mirror does not serve hours, all of its requests would go through")
    expect(stderr).toMatch(/GET \/api\/v2\/time_entries: \w+ 24/)
    expect(stderr).not.toContain("reconcile")
  })
  it("names what helps where only the plan's reconciliation is missing", async () => {
    const apart = mkdtempSync(join(tmpdir(), "hookshift-cutover-mirror-"))
    const ask = (...args: ReadonlyArray<string>) => runCli(args, { cwd: apart })
    // An hourly list of companies: webhooks would save nothing at its freshness, so it stays as it is.
    const entries = Array.from({ length: 12 }, (_, n) => ({
      ...hours[0]!,
      startedDateTime: new Date(Date.UTC(2026, 2, 2, 10 + n)).toISOString(),
      request: { ...hours[0]!.request, url: "https://acme.freshdesk.com/api/v2/companies" },
      response: {
        ...hours[0]!.response,
        content: {
          size: 2,
          mimeType: "application/json",
          text: JSON.stringify([{ id: 1, updated_at: new Date(Date.UTC(2026, 2, 2, 9 + n, 30)).toISOString() }])
        }
      }
    }))
    writeFileSync(join(apart, "book.har"), JSON.stringify({ log: { version: "1.2", creator: {}, entries } }))
    await ask("import", "har", "book.har")
    const says =
      /the plan does not reconcile company,.*set an interval in the source's reconcile setting \("reconcile": \{"company": "1h"\}\)/
    expect((await ask("plan")).stdout).toMatch(says)
    const cutover = await ask("cutover", "--mirror", "--integration", "hours")
    expect([cutover.code, cutover.stderr]).toEqual([1, expect.stringMatching(says)])
    const source = {
      product: "freshdesk",
      baseUrl: "https://acme.freshdesk.com",
      auth: { secretEnv: "KEY" },
      reconcile: { company: "1h" }
    }
    writeFileSync(join(apart, "hookshift.config.json"), JSON.stringify({ sources: { acme: source } }))
    expect(await ask("cutover", "--mirror", "--integration", "hours")).toMatchObject({ code: 0, stderr: "" })
    rmSync(apart, { recursive: true, force: true })
  })
  it("writes nothing down, and knows the programs", async () => {
    const done = await run("cutover", "--mirror", "--integration", "crm-sync", "--done")
    expect([done.code, done.stderr]).toEqual([2, expect.stringContaining("nothing to write down")])
    const unknown = await run("cutover", "--mirror", "--integration", "nobody")
    expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining("there are crm-sync, hours")])
  })
})

describe("hookshift cutover --mirror of a program with an endpoint that the mirror does not serve", () => {
  const apart = mkdtempSync(join(tmpdir(), "hookshift-cutover-along-"))
  afterAll(() => rmSync(apart, { recursive: true, force: true }))
  it("tells that its base URL takes that one along, with its calls and why", async () => {
    const day = dayOfContacts() as { log: { entries: Array<{ request: { headers: Array<{ value: string }> } }> } }
    const along = hours.map((one) => ({
      ...one,
      request: { ...one.request, headers: [{ name: "user-agent", value: "feed/1.0" }] }
    }))
    const log = { ...day.log, entries: [...day.log.entries, ...along] }
    writeFileSync(join(apart, "day.har"), JSON.stringify({ log }))
    const run = (...args: ReadonlyArray<string>) => runCli(args, { cwd: apart })
    await run("import", "har", "day.har")
    for (const only of [[], ["--endpoint", "GET /api/v2/tickets"]]) {
      const asked = ["cutover", "--mirror", "--integration", "feed", ...only]
      const { code, stdout } = await run(...asked)
      expect([code, stdout.match(/^# .*$/gm)]).toEqual([0, ["# Pointing feed at the mirror: GET /api/v2/tickets"]])
      expect(stdout).toContain(
        "- [ ] its base URL takes these endpoints along, which the mirror does not serve: `GET /api/v2/time_entries` (24 recorded calls: endpoint); all 24 calls go through"
      )
      const [shown] = JSON.parse((await run(...asked, "--json")).stdout)
      expect(shown.alsoThrough).toEqual({
        calls: 24,
        endpoints: [{ endpoint: "GET /api/v2/time_entries", calls: 24, through: { endpoint: 24 } }]
      })
    }
    expect((await run("cutover", "--mirror", "--integration", "book")).stdout).not.toContain("base URL takes these")
  })
})

describe("hookshift cutover --mirror of a program whose type the plan leaves to it", () => {
  const day = mkdtempSync(join(tmpdir(), "hookshift-cutover-added-"))
  afterAll(() => rmSync(day, { recursive: true, force: true }))
  const runs = async (...args: ReadonlyArray<string>) => {
    const { code, stderr, stdout } = await runCli(args, { cwd: day, env: { DESK_KEY: "k", DESK_HOOK: "any-secret" } })
    expect([args, code, stderr.includes("Error")]).toEqual([args, 0, false])
    return stdout
  }
  const asked = ["cutover", "--mirror", "--integration", "book"]

  beforeAll(async () => {
    writeFileSync(join(day, "day.har"), JSON.stringify(dayOfContacts()))
    const source = {
      product: "freshdesk",
      baseUrl: "https://acme.freshdesk.com",
      auth: { secretEnv: "DESK_KEY" },
      webhook: { secretEnv: "DESK_HOOK" }
    }
    const receiver = { publicUrl: "https://hooks.example" }
    writeFileSync(join(day, "hookshift.config.json"), JSON.stringify({ sources: { desk: source }, receiver }))
    await runs("import", "har", "day.har")
  })

  it("names the type, its interval and its events, and the setting in whole", async () => {
    const planned = await runs("plan")
    expect(planned).toContain(
      "beside the plan its receiver reconciles contact of acme.freshdesk.com every 630s, and subscribes to contact_create, contact_update"
    )
    const shown = await runs(...asked)
    expect(shown).toContain("- [ ] the receiver reconciles contact every 630s as well, and is sent `contact_create`")
    expect(shown).toContain('`{ "every": "4h", "contact": "630s", "ticket": "4h" }`')
    const pollers = JSON.parse(await runs("pollers", "--json"))
    expect(pollers.find((one: { integration: string }) => one.integration === "book").mirror.added).toEqual(["contact"])
  })
  it("names the type that the receiver does not reconcile where requests went through for it", async () => {
    const database = openDatabase(join(day, "hookshift.db"))
    const sql = "INSERT INTO mirror_tally (day, source, integration, endpoint, outcome, reason, count)"
    database.exec(`${sql} VALUES (20000, 'desk', 'feed', 'GET /api/v2/tickets', 'miss', 'never-swept', 9)`)
    const feed = ["cutover", "--mirror", "--integration", "feed"]
    expect(await runs(...feed)).toContain(
      "9 requests went through for `never-swept`: the receiver does not reconcile ticket."
    )
    expect(JSON.parse(await runs(...feed, "--json"))[0].unswept).toEqual({
      requests: 9,
      source: "desk",
      begun: [],
      notReconciled: ["ticket"]
    })
    database.exec(
      "INSERT INTO reconciliation (source, entity, swept_to, complete_at, filled_at) VALUES ('desk', 'ticket', 1, 1, 1)"
    )
    database.close()
    expect(await runs(...feed)).not.toContain("never-swept")
  })
  it("asks for nothing more once the plan is written for the mirror, and its events are subscribed to by it", async () => {
    await runs("plan", "--mirror", "--out", "hookshift.plan.json")
    const events = JSON.parse(await runs("subscriptions", "plan", "--source", "desk", "--json"))
    expect(events.map(({ event }: { event: string }) => event)).toEqual(expect.arrayContaining(["contact_update"]))
    const shown = await runs(...asked)
    expect(shown).toContain("| forecast | 18 of 432 recorded calls still reach the provider")
    expect(shown).not.toContain("as well")
  })
})

/**
 * A day: tickets that changed, each five minutes, and all contacts in three pages, each ten. One of each changes in an
 * hour; each fourth contact in a field that no event tells.
 */
const dayOfContacts = () => {
  const from = Date.parse("2026-03-02T00:00:00Z")
  const iso = (ms: number) => new Date(Math.floor(ms / 1_000) * 1_000).toISOString().replace(".000Z", "Z")
  const entries: Array<unknown> = []
  const add = (ms: number, agent: string, path: string, items: ReadonlyArray<unknown>): void => {
    const text = JSON.stringify(items)
    entries.push({
      startedDateTime: new Date(ms).toISOString(),
      time: 200,
      request: {
        method: "GET",
        url: `https://acme.freshdesk.com${path}`,
        headers: [{ name: "user-agent", value: agent }],
        bodySize: 0
      },
      response: {
        status: 200,
        headers: [{ name: "content-type", value: "application/json" }],
        content: { size: text.length, mimeType: "application/json", text },
        bodySize: text.length
      }
    })
  }
  const old = { created_at: iso(from - 9e7), updated_at: iso(from - 8e7) }
  const tickets = Array.from({ length: 30 }, (_, n) => ({ id: n + 1, status: 2, ...old }))
  const contacts = Array.from({ length: 240 }, (_, n) => ({
    id: 1_000 + n,
    phone: "1",
    custom_fields: { cf_tier: "a" },
    ...old
  }))
  let changes = 0
  for (let second = 0; second < 86_400; second += 300) {
    const now = from + second * 1_000
    const hour = Math.floor(second / 3_600)
    if (second % 3_600 === 300) {
      tickets[hour]!.status += 1
      tickets[hour]!.updated_at = iso(now - 200_000)
    }
    const since = second === 0 ? from - 9e7 : now - 360_000
    const changed = tickets.filter((ticket) => Date.parse(ticket.updated_at) >= since)
    add(now, "feed/1.0", `/api/v2/tickets?per_page=100&updated_since=${iso(since)}`, changed)
    if (second % 600 !== 0) continue
    if (second % 3_600 === 0 && second > 0) {
      const contact = contacts[changes]!
      if (changes % 4 === 0) contact.custom_fields.cf_tier += "b"
      else contact.phone += "1"
      contact.updated_at = iso(now - (20 + ((changes * 97) % 570)) * 1_000)
      changes += 1
    }
    for (const page of [1, 2, 3])
      add(
        now + page * 1_000,
        "book/1.0",
        `/api/v2/contacts?per_page=100&page=${page}`,
        contacts.slice((page - 1) * 100, page * 100)
      )
  }
  return { log: { version: "1.2", creator: { name: "x", version: "1" }, entries } }
}
