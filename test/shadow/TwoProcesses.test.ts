/**
 * A day in a minute, with real processes: a poller under `record`, the simulator pushing to `receive`, and `shadow`
 * over both.
 */
import { type ChildProcess, spawn } from "node:child_process"
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { setTimeout } from "node:timers/promises"
import Database from "better-sqlite3"
import { expect, it, onTestFinished } from "vitest"
import type { Report } from "../../src/domain/Report.js"
import { cliFile, ended, runCli, startCli } from "../support/cli.js"
import { root, temporaryFolder } from "../support/files.js"

const env = { FD_KEY: "key", FD_SECRET: "two-process-secret" }
const patience = ["--settle", "10s", "--reconcile", "20s"]
const evidence = [...patience, "--max-loss", "0.05"]

interface Row {
  readonly verdict: string
  readonly why: string
  readonly changes: number
  readonly pushed: number
  readonly notCovered: number
  readonly lost: number
  readonly examples: ReadonlyArray<unknown>
}

interface Measured {
  readonly loss: Readonly<Record<string, { readonly seen: number; readonly lost: number; readonly atMost: number }>>
  readonly deliveries: number
  readonly latencyMs: { readonly p95: number }
}

const start = async (faults: ReadonlyArray<string>, asked: ReadonlyArray<string> = evidence) => {
  const folder = temporaryFolder()
  const port = 20_000 + Math.floor(Math.random() * 20_000)
  const simulator = await startCli(
    ["simulate", "freshdesk", "--listen", "127.0.0.1:0", "--plan", "enterprise", "--changes-per-hour", "0", ...faults],
    { cwd: folder }
  )
  const api = simulator.ready.url
  writeFileSync(
    join(folder, "hookshift.config.json"),
    JSON.stringify({
      sources: {
        fd: {
          product: "freshdesk",
          baseUrl: api,
          auth: { secretEnv: "FD_KEY" },
          webhook: { secretEnv: "FD_SECRET", route: "rule" }
        }
      },
      receiver: { publicUrl: `http://127.0.0.1:${port}` },
      capture: { hosts: [api.replace("http://", "")] }
    })
  )
  await startCli(["receive", "--listen", `127.0.0.1:${port}`, "--reconcile", "4s"], { cwd: folder, env })
  const applied = await runCli(["subscriptions", "apply", "--events", "ticket_create,ticket_update"], {
    cwd: folder,
    env
  })
  expect(applied.stderr).toBe("")
  const poller: ChildProcess = spawn(
    process.execPath,
    [
      cliFile,
      "record",
      "--integration",
      "crm-sync",
      "--",
      process.execPath,
      join(root, "test/support/programs/shadowed-poller.mjs")
    ],
    { cwd: folder, env: { ...process.env, ...env, FD_URL: api }, stdio: "ignore" }
  )
  onTestFinished(() => void poller.kill("SIGKILL"))
  const changing = keepChanging(api)
  onTestFinished(() => changing.stop())
  const look = async () => {
    const ran = await runCli(["shadow", ...asked, "--json"], { cwd: folder, env })
    const report = JSON.parse(ran.stdout) as { pollers: Array<Row>; alarms: Array<{ message: string }>; safe: boolean }
    return { code: ran.code, stderr: ran.stderr, ...report }
  }
  /** Looks again and again until it holds; the last look, if it never does. */
  const lookUntil = async (holds: (seen: Awaited<ReturnType<typeof look>>) => boolean) => {
    for (let tries = 0; ; tries++) {
      const seen = await look()
      if (holds(seen) || tries > 200) return seen
      // Each look is a process: the receiver and its senders need the processor as well.
      await setTimeout(1_000)
    }
  }
  return { folder, api, poller, lookUntil }
}

/** An account that changes at a steady pace, whatever the hour: most changes fire an event, the tags do not. */
const keepChanging = (api: string) => {
  let changes = 0
  let tickets: ReadonlyArray<number> = []
  const change = async () => {
    if (tickets.length === 0)
      tickets = ((await (await fetch(`${api}/api/v2/tickets`, { headers })).json()) as Array<{ id: number }>).map(
        ({ id }) => id
      )
    const n = changes++
    const fields =
      n % 8 === 7 ? { tags: [`tag-${n}`] } : n % 2 === 0 ? { status: 2 + (n % 3) } : { priority: 1 + (n % 4) }
    await fetch(`${api}/_sim/changes`, {
      method: "POST",
      headers,
      body: JSON.stringify([
        { product: "freshdesk", entity: "ticket", id: tickets[n % tickets.length], action: "update", fields }
      ])
    })
  }
  const timer = setInterval(() => void change().catch(() => undefined), 250) // the simulator may have ended with its test
  return { stop: () => clearInterval(timer) }
}

const headers = {
  authorization: `Basic ${Buffer.from("key:X").toString("base64")}`,
  "content-type": "application/json"
}

const rulesOf = async (api: string) => {
  const url = (type: number, id = "") => `${api}/api/v2/automations/${type}/rules${id}`
  return {
    switchOff: async () => {
      for (const type of [1, 4]) {
        const rules = (await (await fetch(url(type), { headers })).json()) as Array<{ id: number }>
        for (const { id } of rules)
          await fetch(url(type, `/${id}`), { method: "PUT", headers, body: JSON.stringify({ active: false }) })
      }
    }
  }
}

it("says safe after enough evidence, writes the cut-over down, and raises an alarm when the rule is switched off", {
  timeout: 240_000
}, async () => {
  const { api, folder, lookUntil, poller } = await start([])
  const early = await lookUntil(({ pollers }) => pollers.length > 0)
  expect(early.pollers[0]!.verdict).toBe("notYet")
  const safe = await lookUntil((seen) => seen.safe)
  expect(safe).toMatchObject({ code: 0, safe: true, alarms: [], pollers: [{ verdict: "safe" }] })
  const [row] = safe.pollers
  expect(row!.pushed).toBeGreaterThanOrEqual(59)
  const cut = (...more: ReadonlyArray<string>) =>
    runCli(["cutover", "--integration", "crm-sync", ...evidence, ...more], { cwd: folder, env })
  expect((await cut()).stdout).toMatch(/# Cutting over crm-sync: GET \/api\/v2\/tickets \(ticket\)\n\nSafe:/)
  // Measured loss and latency go into the next plan.
  const planned = await runCli(["plan", "--explain", "--json"], { cwd: folder, env })
  expect(planned.stderr).toBe("")
  const { evidence: measured } = JSON.parse(planned.stdout) as { evidence: ReadonlyArray<Measured> }
  // Within the usual time of a delivery nothing is judged yet; how long they took is known.
  expect(measured).toMatchObject([{ deliveries: expect.any(Number), latencyMs: { p95: expect.any(Number) } }])
  expect(measured[0]!.deliveries).toBeGreaterThanOrEqual(30)
  expect(await cut("--done")).toMatchObject({ code: 0, stdout: expect.stringContaining("written down") })
  const audited = await runCli(["audit", "--no-replay", "--out", "reports"], { cwd: folder, env })
  expect(audited).toMatchObject({ code: 0, stderr: "" })
  const { shadow } = JSON.parse(readFileSync(join(folder, "reports/report.json"), "utf8")) as Report
  expect(shadow!.pollers).toMatchObject([{ integration: "crm-sync", entity: "ticket", lost: 0 }])
  expect(readFileSync(join(folder, "reports/report.md"), "utf8")).toContain("## Both paths, live")
  poller.kill("SIGTERM")
  await ended(poller)
  expect((await lookUntil(() => true)).pollers[0]!.verdict).toBe("cutOver")
  await (await rulesOf(api)).switchOff()
  const broken = await lookUntil(({ alarms }) => alarms.length > 0)
  expect(broken.code).toBe(1)
  expect(broken.pollers[0]!.verdict).toBe("regression")
  expect(broken.alarms[0]!.message).toMatch(/since then reconciliation has brought \d+ changes that an event covers/)
  expect(await cut("--undo")).toMatchObject({ code: 0, stdout: "written down: crm-sync polls again\n" })
})

it("says not yet when 2 % of the deliveries are dropped silently", { timeout: 240_000 }, async () => {
  // Deterministic for the seed: which deliveries are dropped is the simulator's chance.
  const { folder, lookUntil, poller } = await start(
    ["--faults", "drop=0.02", "--seed", "3"],
    [...patience, "--max-loss", "0.01"]
  )
  const seen = await lookUntil(({ pollers }) => (pollers[0]?.lost ?? 0) > 0)
  expect(seen.pollers[0]!.lost).toBeGreaterThan(0)
  expect(seen.pollers[0]!.verdict).toBe("notYet")
  expect(seen.safe).toBe(false)
  // An hour later the losses are beyond the usual time of a delivery, and the next plan reckons with them.
  poller.kill("SIGKILL")
  await ended(poller)
  anHourEarlier(join(folder, "hookshift.db"))
  const { stderr, stdout } = await runCli(["plan", "--explain", "--json"], { cwd: folder, env })
  expect(stderr).toBe("")
  const { evidence: measured } = JSON.parse(stdout) as { evidence: ReadonlyArray<Measured> }
  const { atMost, lost, seen: compared } = measured[0]!.loss["ticket"]!
  expect(lost).toBeGreaterThan(0)
  expect(compared).toBeGreaterThan(lost)
  expect(atMost).toBeGreaterThan(lost / compared)
})

/** Moves all that was recorded and received into the past. */
const anHourEarlier = (file: string) => {
  const database = new Database(file)
  database.exec(
    `UPDATE call SET started_at = started_at - 3600000;
     UPDATE item_version SET updated_at = updated_at - 3600000, seen_at = seen_at - 3600000;
     UPDATE delivery SET updated_at = updated_at - 3600000, received_at = received_at - 3600000`
  )
  database.close()
}
