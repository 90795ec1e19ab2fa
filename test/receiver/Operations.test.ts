/** The parts beside the deliveries, as an operator meets them: metrics, health, signals, logs, commands on the inbox. */
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it, onTestFinished, vi } from "vitest"
import { realTime } from "../../src/domain/Time.js"
import type { InboxThread } from "../../src/receiver/inbox/InboxThread.js"
import { createReceiver, openInbox } from "../../src/receiver/index.js"
import { startHousekeeping } from "../../src/receiver/operations/Housekeeping.js"
import { noLog } from "../../src/receiver/operations/Log.js"
import { makeMetrics } from "../../src/receiver/operations/Metrics.js"
import { makeTroubles } from "../../src/receiver/operations/Troubles.js"
import { StoreError } from "../../src/store/index.js"
import { ended, runCli, startCli } from "../support/cli.js"
import { deliveryBody, post, secret } from "../support/deliveries.js"
import { root, temporaryFolder } from "../support/files.js"
import { until } from "../support/until.js"

const config = (more: object = {}) =>
  JSON.stringify({
    sources: {
      fd: {
        product: "freshdesk",
        baseUrl: "http://127.0.0.1:1",
        auth: { secretEnv: "FD_KEY" },
        webhook: { secretFile: "hook.secret", ...more }
      }
    },
    receiver: { logs: "json" }
  })

it("counts of a source begin with zero: an alert on a rate sees the first", async () => {
  const sources = { fd: { profile: "freshworks" as const, secrets: [secret] } }
  const receiver = await createReceiver({
    db: join(temporaryFolder(), "z.db"),
    listen: null,
    admin: { port: 0 },
    sources
  })
  onTestFinished(() => receiver.close())
  const page = async () => (await fetch(`${receiver.adminUrl}/metrics`)).text()
  for (const outcome of ["stored", "unauthorized", "unavailable"])
    expect(await page()).toContain(`hookshift_deliveries_total{source="fd",outcome="${outcome}"} 0`)
  expect(await page()).toContain('hookshift_reconciliation_failures_total{source="fd",reason="provider"} 0')
})

it("the dashboard asks for metrics that there are, and no metric lacks a help text", async () => {
  const receiver = await createReceiver({
    db: join(temporaryFolder(), "o.db"),
    listen: null,
    admin: { port: 0 },
    sources: {}
  })
  const text = await (await fetch(`${receiver.adminUrl}/metrics`)).text()
  await receiver.close()
  const served = new Set([...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map((match) => match[1]!))
  expect([...text.matchAll(/^# HELP (\S+) (.+)$/gm)].map((match) => match[1]!)).toEqual([...served])
  const dashboard = readFileSync(join(root, "docs/deploy/monitoring/grafana-dashboard.json"), "utf8")
  const asked = new Set(
    [...dashboard.matchAll(/\bhookshift_[a-z_]+/g)].map((match) => match[0].replace(/_bucket$/, ""))
  )
  expect([...asked].filter((name) => !served.has(name))).toEqual([])
  expect([...served].filter((name) => name.startsWith("hookshift_") && !asked.has(name))).toEqual([])
})

it("SIGHUP reads secrets again, a wrong configuration changes nothing, SIGTERM drains; the log holds no secret", async () => {
  const folder = temporaryFolder()
  writeFileSync(join(folder, "hook.secret"), "canary-first-secret")
  writeFileSync(join(folder, "hookshift.config.json"), config())
  const { child, ready } = await startCli(["receive", "--listen", "127.0.0.1:0", "--reconcile", "off"], {
    cwd: folder,
    env: { FD_KEY: "canary-key" }
  })
  let results = ""
  child.stdout!.on("data", (chunk) => {
    results += chunk
  })
  let log = ""
  child.stderr!.on("data", (chunk) => {
    log += chunk
  })
  const hangUp = async (said: string) => {
    child.kill("SIGHUP")
    await until(() => log.includes(said), `the log says "${said}"`)
    log = log.replace(said, "")
  }
  const status = async (key: string, id: number) =>
    (await post(ready.url, deliveryBody({ id }), { secret: key })).status
  expect(await status("canary-first-secret", 1)).toBe(200)
  writeFileSync(join(folder, "hook.secret"), "canary-second-secret")
  await hangUp("settings and secrets were read again")
  expect([await status("canary-first-secret", 2), await status("canary-second-secret", 2)]).toEqual([401, 200])
  writeFileSync(join(folder, "hookshift.config.json"), config({ allowFrom: ["nowhere"] }))
  await hangUp("nothing was changed")
  expect(await status("canary-second-secret", 3)).toBe(200)
  child.kill("SIGTERM")
  expect(await ended(child)).toBe(0)
  const lines = log
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { level: string; message: string })
  expect(lines.some(({ level, message }) => level === "warn" && message.includes("refused"))).toBe(true)
  expect(log).not.toContain("canary")
  // Standard output is for results: the log stands on standard error only.
  expect(results).toBe("")
})

it("retries all that is dead and purges what is old, with filters, and says so", async () => {
  const folder = temporaryFolder()
  const db = join(folder, "i.db")
  const receiver = await createReceiver({
    db,
    listen: { port: 0 },
    retrySeconds: [],
    sources: { fd: { profile: "freshworks", secrets: [secret] } },
    onEvent: ({ entityId }) => {
      if (Number(entityId) <= 3) throw new Error("no")
    }
  })
  for (let id = 1; id <= 8; id++) await post(receiver.url, deliveryBody({ id }))
  await until(() => receiver.inbox.counts().stored === 0, "all is handed over")
  await receiver.close()
  const inbox = async (...args: ReadonlyArray<string>) => {
    const { code, stderr, stdout } = await runCli(["inbox", ...args, "--db", db], { cwd: folder })
    return [code, stdout.trim(), stderr.trim()]
  }
  expect(JSON.parse((await inbox("list", "--json", "--state", "dead", "--entity-id", "2"))[1] as string)).toMatchObject(
    [{ entityId: "2", state: "dead" }]
  )
  expect(await inbox("retry")).toMatchObject([2, "", expect.stringContaining("takes the id of a delivery, or --all")])
  expect(await inbox("retry", "--all", "--entity-id", "3")).toEqual([
    0,
    expect.stringContaining("1 delivery will be handed over again"),
    ""
  ])
  expect(await inbox("retry", "--all")).toEqual([0, expect.stringContaining("2 deliveries"), ""])
  expect(await inbox("retry", "--all")).toEqual([0, expect.stringContaining("nothing to retry"), ""])
  expect(await inbox("purge", "--older-than", "soon")).toMatchObject([
    2,
    "",
    expect.stringContaining("--older-than takes a duration")
  ])
  expect(await inbox("purge", "--older-than", "1h")).toEqual([0, "0 delivered deliveries are gone", ""])
  // Received an hour and more ago, as far as the rows tell.
  const { default: Sqlite } = await import("better-sqlite3")
  const other = new Sqlite(db)
  other.exec("UPDATE delivery SET received_at = received_at - 7200000")
  other.close()
  expect(await inbox("purge", "--older-than", "1h", "--dry-run")).toEqual([0, "5 delivered deliveries would go", ""])
  expect((await inbox("purge", "--older-than", "1h"))[1]).toContain("gone; hookshift db vacuum")
  const left = openInbox(db)
  // What waits stays, and so does the newest number, which must not be given twice.
  expect(left.counts()).toMatchObject({ stored: 3, delivered: 1 })
  left.close()
})

it("purges in one round after another, also while a damaged page makes each of them fail", async () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  let damaged = true
  let rounds = 0
  const ask = async () => {
    rounds += 1
    if (damaged) throw new StoreError("damaged", "a page is damaged")
    return { count: 0, next: null }
  }
  const metrics = makeMetrics()
  const troubles = makeTroubles({ log: noLog, metrics, now: () => performance.now() })
  const stop = startHousekeeping({
    thread: { ask } as unknown as InboxThread,
    metrics,
    troubles,
    time: realTime,
    look: () => undefined,
    keepDeliveredMs: 1,
    maxInboxBytes: null
  })
  const roundsIn = async (ms: number): Promise<number> => {
    const before = rounds
    await vi.advanceTimersByTimeAsync(ms)
    return rounds - before
  }
  // After a minute, then every five seconds.
  expect(await roundsIn(600_000)).toBe(1 + 540 / 5)
  expect(troubles.lasting().join()).toContain("the inbox grows: a page is damaged")
  damaged = false
  expect(await roundsIn(5_100)).toBe(1)
  expect(troubles.has("purge")).toBe(false)
  expect(await roundsIn(600_000)).toBe(600 / 60)
  stop()
  expect(await roundsIn(600_000)).toBe(0)
})
