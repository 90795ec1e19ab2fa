/** `hookshift` alone: the stage of a migration, and the command that comes next. */
import { mkdirSync, readdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { type Facts, type StageName, stageOf } from "../../src/cli/commands/stage/Stage.js"
import { stageText } from "../../src/cli/commands/stage/StageText.js"
import type { AppliedSubscription, Overview } from "../../src/store/index.js"
import { runCli } from "../support/cli.js"
import { temporaryFolder } from "../support/files.js"

const hour = 3_600_000

const overview = (over: Partial<Overview> = {}): Overview => ({
  calls: 400,
  from: 0,
  to: 3 * hour,
  lately: { calls: 0, seconds: 300 },
  lost: 0,
  recording: 0,
  otherHosts: [],
  auditedAt: null,
  subscriptions: { applied: [], removed: false },
  receiving: false,
  events: { total: 0, dead: 0, lastAt: null },
  inbox: { waiting: 0, failing: 0, quarantined: 0, refused: 0, refusing: [] },
  cutovers: 0,
  ...over
})

const source = { name: "freshdesk", account: "acme.freshdesk.com", hooked: false }
const configured = { state: "read", file: "hookshift.config.json", starts: true, sources: [source] } as const
const hooked = { ...configured, sources: [{ ...source, hooked: true }] } as const

const facts = (over: Partial<Facts> = {}): Facts => ({
  db: "hookshift.db",
  config: configured,
  overview: overview(),
  pollers: { count: 3, ofNewest: null },
  plan: { state: "absent" },
  shadow: null,
  ...over
})

const applied = (
  states: ReadonlyArray<AppliedSubscription["state"]>,
  verifiedAt: number | null = 1
): Overview["subscriptions"] => ({
  applied: states.map((state, n) => ({ source: "desk", route: "app", event: `ticket_${n}`, state, verifiedAt })),
  removed: false
})

const day = { to: 24 * hour, auditedAt: 24 * hour }
const live = {
  ...day,
  subscriptions: applied(["active", "active", "active"]),
  receiving: true,
  events: { total: 9, dead: 0, lastAt: 1 }
}
const compared = (verdict: string, safe = false, alarms: ReadonlyArray<string> = []): Facts["shadow"] => ({
  safe,
  pollers: [{ integration: "crm sync", endpoint: "GET /api/v2/tickets", verdict }],
  alarms
})

const cases: ReadonlyArray<readonly [name: StageName, given: Partial<Facts>, next: string]> = [
  ["nothing", { overview: null, config: { state: "absent" } }, "npx hookshift init"],
  ["configured", { overview: null }, "npx hookshift record"],
  ["configured", { overview: null, config: { ...configured, starts: false } }, "npx hookshift record -- node app.js"],
  ["nothing", { overview: null, config: { state: "unusable", problem: "it is broken" } }, "npx hookshift doctor"],
  [
    "unrecorded",
    { overview: overview({ calls: 0, otherHosts: [{ host: "x", calls: 2 }] }) },
    "npx hookshift record status"
  ],
  ["recording", { overview: overview({ calls: 0, recording: 1 }) }, "npx hookshift pollers --watch"],
  ["recorded", {}, "npx hookshift audit"],
  ["recorded", { pollers: { count: 0, ofNewest: null } }, "npx hookshift record"],
  ["audited", { overview: overview({ auditedAt: 1 }) }, "npx hookshift record"],
  ["audited", { overview: overview({ auditedAt: 1, recording: 1 }) }, "npx hookshift audit"],
  ["audited", { overview: overview(day) }, "npx hookshift plan --out hookshift.plan.json"],
  ["planned", { overview: overview(day), plan: { state: "read" } }, "npx hookshift doctor"],
  ["planned", { overview: overview(day), plan: { state: "read" }, config: { state: "absent" } }, "npx hookshift init"],
  [
    "planned",
    { overview: overview(day), plan: { state: "read" }, config: hooked },
    "npx hookshift subscriptions apply --migration hookshift.plan.json --dry-run"
  ],
  ["subscribed", { overview: overview({ ...live, receiving: false }) }, "npx hookshift receive"],
  [
    "receiving",
    { overview: overview({ ...live, events: { total: 0, dead: 0, lastAt: null } }) },
    "npx hookshift subscriptions status"
  ],
  ["receiving", { overview: overview(live), shadow: compared("notYet") }, "npx hookshift shadow"],
  [
    "safe",
    { overview: overview(live), shadow: compared("safe", true) },
    "npx hookshift cutover --integration 'crm sync'"
  ],
  [
    "cutOver",
    { overview: overview({ ...live, cutovers: 1 }), shadow: compared("cutOver", true) },
    "npx hookshift shadow"
  ],
  ["regression", { overview: overview(live), shadow: compared("safe", true, ["late"]) }, "npx hookshift shadow"],
  [
    "drifted",
    {
      config: { ...hooked, sources: [source, { ...source, name: "desk" }] },
      overview: overview({ ...live, subscriptions: applied(["active", "missing"]) }),
      shadow: compared("safe", true)
    },
    "npx hookshift subscriptions apply --source desk --refresh"
  ],
  [
    "drifted",
    {
      config: hooked,
      overview: overview({ ...live, receiving: false, subscriptions: applied(["inactive"]) }),
      shadow: compared("safe", true, ["late"])
    },
    "npx hookshift subscriptions apply --refresh"
  ],
  [
    "drifted",
    { overview: overview({ calls: 0, subscriptions: applied(["inactive"], null) }) },
    "npx hookshift subscriptions apply --refresh"
  ],
  ["drifted", { overview: overview({ ...live, subscriptions: applied(["outdated"]) }) }, "npx hookshift record"],
  [
    "drifted",
    { config: hooked, overview: overview({ ...live, recording: 1, subscriptions: applied(["outdated"]) }) },
    "npx hookshift subscriptions apply --refresh"
  ],
  [
    "unsubscribed",
    { overview: overview({ ...live, subscriptions: { applied: [], removed: true } }) },
    "npx hookshift subscriptions apply"
  ],
  [
    "unsubscribed",
    { overview: overview({ ...live, subscriptions: { applied: [], removed: true } }), plan: { state: "read" } },
    "npx hookshift subscriptions apply --migration hookshift.plan.json"
  ],
  [
    "unsubscribed",
    { overview: overview({ ...live, calls: 0, subscriptions: { applied: [], removed: true } }) },
    "npx hookshift subscriptions apply --events ticket_create,ticket_update"
  ],
  [
    "regression",
    { overview: overview({ ...live, inbox: { ...overview().inbox, refused: 3, refusing: ["desk"] } }) },
    "npx hookshift subscriptions status"
  ]
]

describe("the stage of a migration", () => {
  it.each(cases)("%s: %j", (name, given, next) => {
    const stage = stageOf(facts(given))
    expect([stage.name, stage.next.command]).toEqual([name, next])
    expect(stage.say).toMatch(/\S/)
  })
})

describe("the subscriptions of hookshift alone", () => {
  const lineOf = (subscriptions: Overview["subscriptions"]) => {
    const given = facts({ overview: overview({ ...live, subscriptions }) })
    return stageText(given, stageOf(given), 0)
      .split("\n")
      .find((line) => line.includes(" subscribed "))
      ?.trim()
  }
  it.each([
    ["✓ subscribed  2 events, 0 of which have delivered", applied(["active", "waiting"], null)],
    ["✓ subscribed  1 event, 1 of which has delivered", applied(["active"])],
    ["· subscribed  3 events, 3 of which have delivered, 2 not as applied", applied(["missing", "active", "changed"])],
    ["· subscribed  no more", { applied: [], removed: true }]
  ])("%s", (line, subscriptions) => expect(lineOf(subscriptions)).toBe(line))
})

describe("hookshift alone", () => {
  it("reads only, creates no file, and exits 0", async () => {
    const folder = temporaryFolder()
    const ran = await runCli([], { cwd: folder })
    expect(ran).toMatchObject({ code: 0, stderr: "" })
    expect(ran.stdout).toMatch(/^Nothing is recorded here yet\.\n/)
    expect(ran.stdout).toContain("next: npx hookshift init\n")
    const asJson = await runCli(["--json", "--db", "other.db"], { cwd: folder })
    expect(JSON.parse(asJson.stdout)).toMatchObject({ stage: "nothing", db: "other.db", recording: null })
    expect(readdirSync(folder)).toEqual([])
  })

  it("goes from the recording to the plan", async () => {
    const folder = temporaryFolder()
    mkdirSync(join(folder, "in"))
    const start = Date.UTC(2026, 0, 1)
    const line = (n: number) => {
      const [day, clock] = new Date(start + n * 60_000).toISOString().slice(0, 19).split("T")
      return `10.0.0.1 - - [${day!.slice(8)}/Jan/2026:${clock} +0000] "GET /api/v2/tickets HTTP/1.1" 200 2\n`
    }
    writeFileSync(join(folder, "in/access.log"), Array.from({ length: 1_500 }, (_, n) => line(n)).join(""))
    const imported = await runCli(["import", "common", "in/access.log", "--host", "acme.freshdesk.com"], {
      cwd: folder
    })
    expect(imported.code, imported.stderr).toBe(0)
    const recorded = await runCli([], { cwd: folder })
    expect(recorded.stdout).toMatch(/✓ recorded +25 h, 1,500 calls, 1 poller; last .* ago \(hookshift\.db\)/)
    expect(recorded.stdout).toContain("next: npx hookshift audit\n")
    await runCli(["audit", "--no-replay"], { cwd: folder })
    expect((await runCli([], { cwd: folder })).stdout).toContain("next: npx hookshift plan --out hookshift.plan.json\n")
    await runCli(["plan", "--out", "hookshift.plan.json"], { cwd: folder })
    const before = readdirSync(folder).sort()
    const planned = JSON.parse((await runCli(["--json"], { cwd: folder })).stdout)
    expect(planned).toMatchObject({
      stage: "planned",
      plan: { state: "read" },
      next: { command: "npx hookshift init" }
    })
    expect(readdirSync(folder).sort()).toEqual(before)
    writeFileSync(join(folder, "hookshift.plan.json"), "{")
    const broken = await runCli([], { cwd: folder })
    expect([broken.code, broken.stdout]).toEqual([0, expect.stringContaining("hookshift.plan.json is not valid JSON")])
  })

  it("says that a file of another program is none of hookshift's", async () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, "hookshift.db"), "no database")
    expect((await runCli([], { cwd: folder })).code).toBe(2)
  })
})
