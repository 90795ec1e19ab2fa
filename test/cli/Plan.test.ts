/** `hookshift plan`, and the commands that carry out its file. */
import { spawn } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { MigrationPlan } from "../../src/domain/MigrationPlan.js"
import type { Report } from "../../src/domain/Report.js"
import { cliFile, runCli } from "../support/cli.js"
import { root } from "../support/files.js"

const folder = mkdtempSync(join(tmpdir(), "hookshift-plan-cli-"))
const run = (...args: ReadonlyArray<string>) => runCli(args, { cwd: folder })
const file = join(folder, "hookshift.plan.json")
const plan = (): MigrationPlan => JSON.parse(readFileSync(file, "utf8"))
const edited = (
  name: string,
  change: (made: Record<string, unknown> & { accounts: Array<Record<string, unknown>> }) => void
): string => {
  const made = JSON.parse(readFileSync(file, "utf8"))
  change(made)
  writeFileSync(join(folder, name), JSON.stringify(made))
  return name
}

beforeAll(async () => {
  expect((await run("import", "har", join(root, "fixtures/har/two-pollers.har"))).code).toBe(0)
  const { code, stderr, stdout } = await run("plan", "--out", "hookshift.plan.json")
  expect([code, stderr]).toEqual([0, ""])
  expect(stdout).toContain("acme.freshdesk.com: events by app + rule; without rule")
  // Two hours are shorter than the healing bound, and the plan says so.
  expect(stdout).toContain("extrapolated from 2 h to 4 h")
  expect(stdout).toContain("ticket every 4h")
  expect(stdout).toContain("written: hookshift.plan.json")
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const takesStored = "hookshift: by the plan in hookshift.plan.json; --migration none leaves it out\n"
const audited = async (...args: ReadonlyArray<string>): Promise<Report> => {
  const { code, stderr, stdout } = await run("audit", "--no-replay", "--json", "--format", "json", ...args)
  expect(code).toBe(0)
  // It says so where it takes the stored plan.
  expect(stderr).toBe(args.length === 0 ? takesStored : "")
  return JSON.parse(stdout)
}

/** What a receiver logs until it is ready. */
const receiverSays = (migration: string): Promise<string> =>
  new Promise((resolve) => {
    const args = ["receive", "--db", "inbox.db", "--listen", "127.0.0.1:0", "--migration", migration]
    const env = { PATH: process.env["PATH"], DESK_KEY: "k", APP_HOOK: "a-hook-secret", RULE_HOOK: "b-hook-secret" }
    const child = spawn(process.execPath, [cliFile, ...args], { cwd: folder, env })
    let text = ""
    const heard = (chunk: unknown) => {
      text += chunk
      if (text.includes("ready")) child.kill("SIGTERM")
    }
    child.stdout.on("data", heard)
    child.stderr.on("data", heard)
    child.on("close", () => resolve(text))
  })

describe("hookshift plan", () => {
  it("names routes, watched fields, intervals and what becomes of each poller", () => {
    const { accounts, healWithinSeconds } = plan()
    expect(healWithinSeconds).toBe(14_400)
    const [account] = accounts
    expect(account).toMatchObject({
      account: "acme.freshdesk.com",
      product: "freshdesk",
      reconcile: { ticket: 14_400, contact: 14_400 }
    })
    expect(account!.routes[1]).toEqual({ route: "rule", events: [{ event: "ticket_update", watches: ["tags"] }] })
    expect(account!.pollers.map(({ becomes }) => becomes)).toEqual(["replaced", "replaced"])
  })
  it("is what an audit counts, from the file as without it", async () => {
    const [own, given] = [await audited("--migration", "none"), await audited("--migration", "hookshift.plan.json")]
    expect(given.callsAfterBreakdown).toEqual(own.callsAfterBreakdown)
    const shown = ({ plan: made }: Report) => ({
      ...made,
      schedules: made!.schedules.map(({ entity, everySeconds }) => [entity, everySeconds])
    })
    expect(shown(given)).toEqual(shown(own))
    expect(own.plan).toMatchObject({ goal: "today", healWithinSeconds: 14_400 })
    expect(own.plan!.atMost).toBeLessThanOrEqual(own.plan!.atTodaysFreshness)
    expect(own.plan!.floor).toBeLessThanOrEqual(own.plan!.atMost)
  })
  it("is carried out as people edit it", async () => {
    const often = edited("often.json", ({ accounts }) => {
      accounts[0]!["reconcile"] = { ticket: 600, contact: 14_400 }
    })
    const { callsAfterBreakdown } = await audited("--migration", "none")
    const more = await audited("--migration", often)
    expect(more.callsAfterBreakdown.reconciliation).toBeGreaterThan(callsAfterBreakdown.reconciliation * 3)
    expect(more.plan!.schedules).toContainEqual({
      account: "acme.freshdesk.com",
      entity: "ticket",
      everySeconds: 600,
      isSet: true
    })
  })
  it("is the stored one where none is named and no option asks for another", async () => {
    const stored = readFileSync(file, "utf8")
    writeFileSync(file, JSON.stringify({ ...JSON.parse(stored), healWithinSeconds: 7_200 }).replaceAll("14400", "7200"))
    expect((await audited()).plan).toMatchObject({ healWithinSeconds: 7_200 })
    expect((await audited("--migration", "none")).plan).toMatchObject({ healWithinSeconds: 14_400 })
    expect((await audited("--heal-within", "8h")).plan).toMatchObject({ healWithinSeconds: 28_800 })
    const { code, stderr } = await run("pollers", "--reconcile", "1h")
    expect([code, stderr]).toEqual([0, ""])
    writeFileSync(file, stored)
  })
  it("says that nothing was measured where no receiver ran", async () => {
    const { stdout } = await run("plan", "--explain")
    expect(stdout).toContain("nothing was measured: no receiver ran beside the recording")
    const { moved } = JSON.parse((await run("plan", "--explain", "--json")).stdout) as { moved: unknown }
    expect(moved).toEqual([])
  })
  it("says first that pollers get staler, where that is asked for", async () => {
    const { code, stdout } = await run("audit", "--no-replay", "--slo", "none", "--route", "app")
    expect(code).toBe(0)
    const text = readFileSync(join(folder, "reports/report.md"), "utf8")
    expect(text).toContain("**Pollers get staler than they are, as `--slo none` allows**")
    expect(stdout).toContain("crm-sync")
  })
  it("keeps the freshness by which its file was made, unless an option asks for another", async () => {
    expect((await run("plan", "--slo", "none", "--route", "app", "--out", "loose.json")).code).toBe(0)
    const { plan: loose } = await audited("--migration", "loose.json")
    expect(loose).toMatchObject({ goal: "none" })
    const { goals, plan: asked } = await audited("--migration", "loose.json", "--slo", "ticket=1h@p95")
    expect([asked!.goal, goals![0]!.entity]).toEqual(["set", "ticket"])
    // Without the goal, the intervals alone do not keep the freshness of today, and no report says so.
    const bare = edited("bare.json", (made) => {
      made["slo"] = undefined
      made.accounts[0]!["reconcile"] = { ticket: 14_400, contact: 14_400 }
      made.accounts[0]!["routes"] = [{ route: "app", events: [{ event: "ticket_create", watches: [] }] }]
    })
    expect((await audited("--migration", bare)).plan).toMatchObject({ goal: "given" })
  })
  it("tells what the rule has to watch, and how often the receiver reconciles", async () => {
    writeFileSync(
      join(folder, "hookshift.config.json"),
      JSON.stringify({
        sources: {
          fd: {
            product: "freshdesk",
            baseUrl: "https://acme.freshdesk.com",
            auth: { secretEnv: "DESK_KEY" },
            webhook: [
              { route: "app", secretEnv: "APP_HOOK" },
              { route: "rule", secretEnv: "RULE_HOOK" }
            ]
          }
        },
        receiver: { publicUrl: "https://hooks.example", admin: "off" }
      })
    )
    const misspelt = await run("subscriptions", "plan", "--events", "ticket_creat")
    expect([misspelt.code, misspelt.stderr]).toEqual([
      2,
      'hookshift: no route of these sources has the event "ticket_creat": did you mean "ticket_create"?\n'
    ])
    const shown = await run("subscriptions", "plan", "--migration", "hookshift.plan.json", "--json")
    const lines = JSON.parse(shown.stdout) as {
      subscriptions: ReadonlyArray<{ route: string; watches: ReadonlyArray<string> }>
    }
    const planned = Array.isArray(lines) ? lines : lines.subscriptions
    expect(planned.filter(({ route }: { route: string }) => route === "rule")).toMatchObject([{ watches: ["tags"] }])
    const seldom = edited("seldom.json", (made) => {
      made["healWithinSeconds"] = 21_600
      made.accounts[0]!["reconcile"] = { ticket: 1_800, contact: { every: 21_600, busy: 780, hours: "6-18" } }
    })
    const told = await receiverSays(seldom)
    expect(told).toContain("ticket every 30m")
    expect(told).toContain("contact every 13m from 6 to 18 UTC, else every 6h")
    rmSync(join(folder, "hookshift.config.json"))
  })
  it.each([
    [
      "nowhere.json",
      null,
      "there is no migration plan at nowhere.json: write one with hookshift plan --out nowhere.json"
    ],
    [
      "event.json",
      { routes: [{ route: "app", events: [{ event: "ticket_updat", watches: [] }] }] },
      'has no event ticket_updat: did you mean "ticket_update"?'
    ],
    ["route.json", { routes: [{ route: "ui", events: [] }] }, "freshdesk has no ui route"],
    [
      "entity.json",
      { reconcile: { tickets: 60 } },
      'reconcile.tickets is not an entity type that freshdesk can list: did you mean "ticket"?'
    ],
    ["span.json", { reconcile: { ticket: -1 } }, "accounts.0.reconcile.ticket is not valid"],
    [
      "hours.json",
      { reconcile: { contact: { every: 14_400, busy: 780, hours: "6-30" } } },
      'accounts.0.reconcile.contact.hours is not valid: expected hours of the UTC day, such as "6-18" or "6-12,14-18"'
    ],
    [
      "busy.json",
      { reconcile: { contact: { every: 780, busy: 14_400, hours: "6-18" } } },
      "accounts.0.reconcile.contact.busy is not valid: expected an interval shorter than that of the other hours"
    ],
    [
      "beneath.json",
      { reconcile: { conversation: { every: 14_400, busy: 780, hours: "6-18" } } },
      "reconcile.conversation has busy hours, but is read with the list of ticket: give ticket the hours, or it a plain interval"
    ],
    ["key.json", { recncile: {} }, "accounts.0.recncile is not a known setting"],
    [
      "routes.json",
      { routes: [] },
      "is to be replaced, and routes names none: name a route with its events, or let the poller be tuned or kept"
    ],
    ["product.json", { product: "freshdisk" }, "the product freshdisk is not known"]
  ])("refuses %s in one sentence", async (name, change, sentence) => {
    if (change !== null) edited(name, ({ accounts }) => void Object.assign(accounts[0]!, change))
    const { code, stderr } = await run("audit", "--no-replay", "--migration", name)
    expect([code, stderr.trim().split("\n").length]).toEqual([2, 1])
    expect(stderr).toContain(sentence)
  })
  it("has its own intervals", async () => {
    const { code, stderr } = await run(
      "audit",
      "--no-replay",
      "--migration",
      "hookshift.plan.json",
      "--reconcile",
      "1h"
    )
    expect([code, stderr]).toEqual([
      2,
      "hookshift: --migration has its own intervals: leave --reconcile out, or edit the plan\n"
    ])
  })
})
