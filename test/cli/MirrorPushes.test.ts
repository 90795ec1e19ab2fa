/** A mirror whose pushes stop coming, and one that loses some: an account by rules, its receiver, real processes. */
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { setTimeout } from "node:timers/promises"
import Database from "better-sqlite3"
import { expect, it, onTestFinished } from "vitest"
import { runCli, startCli } from "../support/cli.js"
import { temporaryFolder } from "../support/files.js"
import {
  answers,
  ask,
  changedLately,
  configured,
  secrets,
  startMirror,
  startReceiver
} from "../support/mirrorProcesses.js"
import { until } from "../support/until.js"

const tickets = 20

/** The simulated account changes each quarter of a second; two rules tell of it, and a sweep comes each four seconds. */
const started = async (faults: ReadonlyArray<string> = []) => {
  const account = ["simulate", "freshdesk", "--listen", "127.0.0.1:0", "--plan", "enterprise"]
  const sizes = ["--entities", String(tickets), "--changes-per-hour", "0"]
  const simulator = (await startCli([...account, ...sizes, ...faults], { cwd: temporaryFolder() })).ready.url
  const folder = configured(simulator)
  const file = join(folder, "hookshift.config.json")
  const config = JSON.parse(readFileSync(file, "utf8"))
  config.sources.freshdesk.webhook.route = "rule"
  config.sources.freshdesk.reconcile = { ticket: "4s" }
  writeFileSync(file, JSON.stringify(config))
  const { ready } = await startReceiver(folder)
  writeFileSync(file, JSON.stringify({ ...config, receiver: { publicUrl: ready.url } }))
  const applied = await runCli(["subscriptions", "apply", "--events", "ticket_create,ticket_update"], {
    cwd: folder,
    env: secrets
  })
  expect(applied).toMatchObject({ code: 0, stderr: "" })
  const listed = (await ask(simulator, "/api/v2/tickets?per_page=100")).body as ReadonlyArray<{ readonly id: number }>
  let changes = 0
  const change = async () => {
    const n = changes++
    const fields = n % 2 === 0 ? { status: 2 + (n % 3) } : { priority: 1 + (n % 4) }
    const told = [{ entity: "ticket", id: listed[n % listed.length]!.id, action: "update", fields }]
    await fetch(`${simulator}/_sim/changes`, { method: "POST", body: JSON.stringify(told) })
  }
  const timer = setInterval(() => void change().catch(() => undefined), 250) // the simulator may have ended with its test
  onTestFinished(() => clearInterval(timer))
  const mirror = await startMirror(folder)
  let said = ""
  mirror.child.stderr?.on("data", (chunk) => {
    said += chunk
  })
  const setRules = async (active: boolean): Promise<void> => {
    const rules = await ask(simulator, "/api/v2/automations/4/rules")
    for (const { id } of rules.body as ReadonlyArray<{ readonly id: number }>)
      await ask(simulator, `/api/v2/automations/4/rules/${id}`, { method: "PUT", body: { active } })
  }
  return { folder, mirror, setRules, log: () => said, changes: () => changes }
}

const textAt = async (url: string): Promise<{ readonly status: number; readonly text: string }> => {
  const answer = await fetch(url)
  return { status: answer.status, text: await answer.text() }
}

it("lets a type through once its rule is switched off, says so, and answers it again when pushes come", {
  timeout: 300_000
}, async () => {
  const { folder, log, mirror, setRules } = await started()
  await answers(mirror.url)
  const ready = () => textAt(`${mirror.admin}/readyz`)
  const metrics = async () => (await textAt(`${mirror.admin}/metrics`)).text
  const alarm = 'hookshift_mirror_push_alarm{source="freshdesk",entity="ticket",reason="lost-pushes"} 1'
  expect((await ready()).text).not.toContain("ticket_update")
  expect(await metrics()).not.toContain(alarm)

  await setRules(false)
  await until(async () => {
    await setTimeout(500)
    return (await ask(mirror.url, changedLately())).reason === "lost-pushes"
  }, "the mirror misses the pushes")
  const told = /sweeps healed \d+ changes that ticket_update should have told of/
  expect(await ready()).toMatchObject({ status: 503, text: expect.stringMatching(/freshdesk ticket/) })
  expect((await ready()).text).toMatch(told)
  expect(await metrics()).toContain(alarm)
  await until(() => told.test(log()), "the log says so")

  await setRules(true)
  await answers(mirror.url)
  await until(() => log().includes("pushes are trusted again"), "the log says so")
  expect(log().match(/sweeps healed/g)).toHaveLength(1)
  expect(log().match(/pushes are trusted again/g)).toHaveLength(1)
  expect(await metrics()).not.toContain(alarm)
  await until(async () => {
    const { stdout } = await runCli(["mirror", "status"], { cwd: folder, env: secrets })
    return stdout.includes("lost-pushes")
  }, "mirror status has the reason")
})

it("answers on while 5 % of the pushes are lost", { timeout: 300_000 }, async () => {
  // Deterministic for the seed: which deliveries are dropped is the simulator's chance.
  const { changes, folder, log, mirror } = await started(["--faults", "drop=0.05", "--seed", "3"])
  await answers(mirror.url)
  const database = new Database(join(folder, "hookshift.db"), { readonly: true })
  const healed = database.prepare("SELECT count(*) FROM delivery WHERE origin = 'reconciliation'").pluck()
  await until(async () => {
    await setTimeout(500)
    const { reason } = await ask(mirror.url, changedLately())
    expect(reason).not.toBe("lost-pushes")
    expect(reason).not.toBe("silence")
    return changes() >= 160 && Number(healed.get()) >= 5
  }, "sweeps heal some losses")
  database.close()
  expect(log()).not.toContain("should have told of")
})
