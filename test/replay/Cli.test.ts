/** `hookshift replay` and what belongs to it, as a user runs them. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { TradeOffs } from "../../src/domain/Replay.js"
import type { ReplayResult } from "../../src/domain/Report.js"
import { openDatabase } from "../../src/store/index.js"
import { runCli } from "../support/cli.js"
import { root } from "../support/files.js"

const folder = mkdtempSync(join(tmpdir(), "hookshift-replay-cli-"))
const har = join(root, "fixtures/har/two-pollers.har")
const run = (...args: ReadonlyArray<string>) => runCli(args, { cwd: folder })

beforeAll(async () => {
  expect((await run("import", "har", har, "--db", "har.db")).code).toBe(0)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const replayed = async (...args: ReadonlyArray<string>): Promise<ReplayResult> => {
  const { code, stderr, stdout } = await run("replay", "--db", "har.db", "--json", "--quiet", ...args)
  expect([code, stderr]).toEqual([0, ""])
  return JSON.parse(stdout) as ReplayResult
}

describe("a recording that no simulator made", () => {
  it("is replayed: its polls as they were, its changes brought by either path", async () => {
    const { changes, driver, parity, polling, webhook } = await replayed("--reconcile", "1h")
    // Thirty-one calls were written by hand, and ten changes after the first sweep of each poller.
    expect([driver, changes]).toEqual(["model", 10])
    expect(Math.abs(polling.calls - 31)).toBeLessThanOrEqual(1)
    expect(polling.seen + polling.collapsed + polling.missed).toBe(10)
    expect(webhook.pushed + webhook.recovered + webhook.uncovered).toBe(10)
    // One ticket changed its tags only: no event tells of that.
    expect([webhook.uncovered, webhook.missed, parity.equal]).toEqual([1, 0, true])
    expect(webhook.calls).toBeLessThan(polling.calls / 2)
  })
  it("has bands over many days, the same whoever runs it and in whatever zone", async () => {
    const [one, two] = await Promise.all([
      run("replay", "--db", "har.db", "--json", "--runs", "60", "--faults", "drop=0.3"),
      runCli(["replay", "--db", "har.db", "--json", "--runs", "60", "--faults", "drop=0.3"], {
        cwd: folder,
        env: { TZ: "Pacific/Auckland", LC_ALL: "de_DE.UTF-8" }
      })
    ])
    expect(one!.stdout).toBe(two!.stdout)
    const { runs } = JSON.parse(one!.stdout) as ReplayResult
    expect([runs?.runs, runs?.failing]).toEqual([60, 0])
    const calls = runs!.bands["webhookCalls"]!
    expect(calls.low).toBeLessThanOrEqual(calls.median)
    expect(calls.median).toBeLessThanOrEqual(calls.high)
    expect(runs!.bands["dropped"]!.median).toBeGreaterThan(0)
  })
  it("writes a history that holds, and that does not when a line of it is taken out", async () => {
    await replayed("--history", "day.ndjson", "--faults", "drop=0.2,duplicate=0.3,receiverDown=20m@30m,restart=@1h")
    const whole = await run("verify-history", "day.ndjson")
    expect([whole.code, whole.stdout]).toEqual([0, expect.stringContaining("nothing wrong")])
    const lines = readFileSync(join(folder, "day.ndjson"), "utf8").trimEnd().split("\n")
    const applied = lines.findIndex((line) => line.includes('"k":"applied"') && line.includes('"origin":"webhook"'))
    writeFileSync(join(folder, "cut.ndjson"), lines.filter((_, at) => at !== applied).join("\n"))
    const cut = await run("verify-history", "cut.ndjson")
    expect(cut.code).toBe(1)
    expect(cut.stdout).toContain("was acknowledged and never moved the state")
  })
  it("plays the busiest hour", async () => {
    const { code, stdout } = await run("replay", "--db", "har.db", "--watch")
    expect(code).toBe(0)
    expect(stdout).toContain("polling: sweeps │")
    expect(stdout).toContain("○")
  })
  it("takes its changes from a file, and says which line of it is none", async () => {
    const change = (at: string, id: number, fields?: ReadonlyArray<string>) =>
      JSON.stringify({ at, entity: "ticket", id, action: "update", ...(fields === undefined ? {} : { fields }) })
    const good = [change("2026-03-02T09:10:00.250Z", 1), change("2026-03-02T09:40:00Z", 2, ["tags"])].join("\n")
    writeFileSync(join(folder, "changes.ndjson"), `${good}\n`)
    const { changes, webhook } = await replayed("--reconcile", "1h", "--from", "changes.ndjson")
    expect([changes, webhook.pushed, webhook.uncovered]).toEqual([2, 1, 1])
    writeFileSync(
      join(folder, "wrong.ndjson"),
      `${good}\n{"at":"yesterday","entity":"ticket","id":1,"action":"update"}\n`
    )
    const wrong = await run("replay", "--db", "har.db", "--from", "wrong.ndjson")
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining("line 3 of wrong.ndjson is no change: at")])
  })
})

describe("trade-offs", () => {
  it("cost fewer calls the longer the interval, and recommend the cheapest that keeps the goal", async () => {
    const { code, stdout } = await run(
      ...["replay", "sweep", "--db", "har.db", "--reconcile", "10m,30m,1h", "--runs", "20", "--json"],
      ...["--slo", "ticket=31m@max", "--picture", "costs.svg"]
    )
    expect(code).toBe(0)
    const { lines, recommended } = JSON.parse(stdout) as TradeOffs
    const webhooks = lines.filter(({ way }) => way === "webhooks")
    expect(webhooks.map(({ reconcileSeconds }) => reconcileSeconds)).toEqual([600, 1_800, 3_600])
    const medians = webhooks.map(({ calls }) => calls!.median)
    expect(medians).toEqual([...medians].sort((a, b) => b - a))
    expect(webhooks.map(({ meets }) => meets)).toEqual([true, true, false])
    expect(lines.map(({ way }) => way)).toContain("adaptive polling")
    const keeping = lines.filter(({ meets }) => meets === true)
    expect(recommended?.calls).toBe(Math.min(...keeping.map(({ calls }) => calls!.median)))
    expect(readFileSync(join(folder, "costs.svg"), "utf8")).toMatch(
      /^<svg style="background:#fff"[^>]*><title>What freshness costs<\/title>/
    )
  })
})

describe("bad input", () => {
  const one = () => {
    const whole = JSON.parse(readFileSync(har, "utf8")) as { log: { entries: Array<unknown> } }
    writeFileSync(
      join(folder, "one.har"),
      JSON.stringify({ log: { ...whole.log, entries: whole.log.entries.slice(0, 1) } })
    )
  }
  it("a recording of one call, and an empty one", async () => {
    one()
    expect((await run("import", "har", "one.har", "--db", "one.db")).code).toBe(0)
    const single = await run("replay", "--db", "one.db")
    expect([single.code, single.stderr]).toEqual([
      2,
      expect.stringContaining("1 call was recorded, and none repeat at an interval")
    ])
    openDatabase(join(folder, "none.db")).close()
    const none = await run("replay", "--db", "none.db")
    expect([none.code, none.stderr]).toEqual([2, expect.stringContaining("nothing was recorded")])
  })
  it.each([
    [["replay", "--from", "truth"], "there is no har.changes.ndjson"],
    [["replay", "--from", "nowhere.ndjson"], "nowhere.ndjson cannot be read (ENOENT)"],
    [["replay", "--runs=-1"], "--runs takes a number of days"],
    [["replay", "--faults", "slowAck=2"], "slowAck takes a share between 0 and 1"],
    [["replay", "--faults", "providerDown=later"], "providerDown takes a duration"],
    [["replay", "--faults", "gremlins=1"], '"gremlins" is no fault'],
    [["replay", "--wire", "--faults", "skew=90s"], "skew is for the model only"],
    [["replay", "--mirror"], "--mirror runs real programs: add --wire"],
    [["replay", "--wire", "--mirror"], "har.db is no recording of the demo with --seed 1"],
    [["audit", "--mirror"], "--mirror runs programs, and a recording has none: add --demo"],
    [["audit", "--demo", "--mirror", "--no-replay"], "--mirror is a path of the replay: leave --no-replay out"],
    [["replay", "--wire", "--runs", "10"], "--from, --runs, --watch and --history are for the model"],
    [["replay", "--history", "no/such/folder.ndjson"], "--history no/such/folder.ndjson cannot be written to (ENOENT)"],
    [["replay", "sweep", "--reconcile", "often"], "--reconcile takes durations of a minute at least"],
    [["replay", "sweep", "--slo", "ticket=soon"], "--slo takes ENTITY=DURATION"],
    [
      ["replay", "sweep", "--picture", "no/such/folder.svg", "--runs", "1"],
      "--picture no/such/folder.svg cannot be written to"
    ],
    [["audit", "--reconcile", "cheapest"], "--reconcile cheapest needs a recording of your own and a goal"]
  ])("%j", async (args, sentence) => {
    const { code, stderr } = await run(...args, "--db", "har.db")
    expect([code, stderr]).toEqual([2, expect.stringContaining(sentence)])
    expect(stderr).not.toContain("    at ")
  })
  it("a history that is none", async () => {
    writeFileSync(join(folder, "broken.ndjson"), '{"k":"begin"')
    expect((await run("verify-history", "broken.ndjson")).stderr).toContain("line 1 is no JSON")
    writeFileSync(join(folder, "headless.ndjson"), '{"k":"handed","t":1,"key":"a"}\n')
    expect((await run("verify-history", "headless.ndjson")).stderr).toContain(
      "comes before the history's line of kind begin"
    )
    expect(existsSync(join(folder, "nothing.ndjson"))).toBe(false)
    const missing = await run("verify-history", "nothing.ndjson")
    expect([missing.code, missing.stderr]).toEqual([2, expect.stringContaining("cannot be read (ENOENT)")])
  })
})
