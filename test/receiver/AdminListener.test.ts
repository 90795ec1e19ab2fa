/** The operators' listener: apart from the senders' port, with the reasons, and answered from memory. */

import { writeFileSync } from "node:fs"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import { describe, expect, it, onTestFinished } from "vitest"
import { createReceiver } from "../../src/receiver/index.js"
import { startAdminListener } from "../../src/receiver/operations/AdminListener.js"
import type { Log } from "../../src/receiver/operations/Log.js"
import { makeMetrics } from "../../src/receiver/operations/Metrics.js"
import { makeReadiness } from "../../src/receiver/operations/Readiness.js"
import { startSampling } from "../../src/receiver/operations/Sampling.js"
import { runCli, startCli } from "../support/cli.js"
import { deliveryBody, post, receiverConfig, secret } from "../support/deliveries.js"
import { temporaryFolder } from "../support/files.js"
import { until } from "../support/until.js"

const answerOf = async (url: string, method = "GET"): Promise<[number, string]> => {
  const answer = await fetch(url, { method })
  return [answer.status, await answer.text()]
}

const occupied = async (): Promise<number> => {
  const other = createServer().listen(0, "127.0.0.1")
  onTestFinished(() => void other.close())
  await new Promise((resume) => other.once("listening", resume))
  return (other.address() as AddressInfo).port
}

describe("the senders' port", () => {
  it("tells that it lives and nothing else; readiness and metrics are the operators'", async () => {
    const receiver = await createReceiver({
      db: join(temporaryFolder(), "a.db"),
      listen: { port: 0 },
      admin: { port: 0 },
      sources: { fd: { profile: "freshworks", secrets: [secret] } }
    })
    onTestFinished(() => receiver.close())
    expect(await answerOf(`${receiver.url}/healthz`)).toEqual([200, "ok\n"])
    for (const path of ["/metrics", "/readyz", "//metrics/", "/healthz/more", "/"])
      expect((await answerOf(`${receiver.url}${path}`))[0], path).toBe(404)
    expect(await answerOf(`${receiver.adminUrl}/healthz`)).toEqual([200, "ok\n"])
    expect(await answerOf(`${receiver.adminUrl}/readyz`)).toEqual([200, "ready\n"])
    expect((await answerOf(`${receiver.adminUrl}/metrics`))[1]).toContain("\nhookshift_ready 1\n")
    expect((await post(receiver.adminUrl!, deliveryBody())).status).toBe(405)
    expect((await answerOf(`${receiver.adminUrl}/hooks/fd`))[0]).toBe(404)
    expect(receiver.inbox.list(1)).toEqual([])
  })
  it("and no other is opened by a receiver that is not asked for one", async () => {
    const receiver = await createReceiver({ db: join(temporaryFolder(), "n.db"), listen: { port: 0 }, sources: {} })
    expect(receiver.adminUrl).toBeNull()
    await receiver.close()
  })
})

it("not ready comes with each part's reason, in the log and in the answer, until the last is taken back", async () => {
  const lines: Array<Parameters<Log>> = []
  const metrics = makeMetrics()
  const readiness = makeReadiness()
  const standing: Record<string, string | null> = { disk: null, target: null }
  for (const part of Object.keys(standing)) readiness.add(part, () => standing[part]!)
  const log: Log = (...line) => void lines.push(line)
  const admin = await startAdminListener({ metrics, readiness, host: "127.0.0.1", port: 0 })
  onTestFinished(() => admin.close())
  Object.assign(standing, { disk: "the disk is full: make room", target: "nothing was handed over" })
  readiness.tell(log)
  readiness.tell(log)
  expect(await answerOf(`${admin.url}/readyz`)).toEqual([
    503,
    "not ready\ndisk: the disk is full: make room\ntarget: nothing was handed over\n"
  ])
  standing["disk"] = null
  readiness.tell(log)
  standing["target"] = null
  readiness.tell(log)
  expect(await answerOf(`${admin.url}/readyz`)).toEqual([200, "ready\n"])
  expect(lines.map(([level, , fields]) => [level, fields?.["part"]])).toEqual([
    ["error", "disk"],
    ["error", "target"],
    ["info", "disk"],
    ["info", "target"]
  ])
})

it("a crowd that asks is answered from memory: the inbox's thread is not asked once more", async () => {
  const metrics = makeMetrics()
  const readiness = makeReadiness()
  let asked = 0
  let release = (): void => undefined
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  const values: Record<string, unknown> = {
    writable: true,
    backlog: { events: 7, oldestReceivedAt: 1_000 },
    sizes: { bytesUsed: 1, dead: 2, quarantined: 3 }
  }
  const stop = startSampling({
    metrics,
    readiness,
    log: () => undefined,
    now: () => 61_000,
    thread: {
      waiting: () => 0,
      ask: (async (operation: string) => {
        asked += 1
        if (asked > 3) await held
        return values[operation]
      }) as never
    }
  })
  onTestFinished(() => {
    stop()
    release()
  })
  const admin = await startAdminListener({ metrics, readiness, host: "127.0.0.1", port: 0 })
  onTestFinished(() => admin.close())
  await until(() => asked === 4)
  const pages: Array<[number, string]> = []
  await Promise.all(
    Array.from({ length: 20 }, async (_, lane) => {
      for (let n = 0; n < 15; n++) pages.push(await answerOf(`${admin.url}/${lane === 0 ? "metrics" : "readyz"}`))
    })
  )
  expect(new Set(pages.map(([status]) => status))).toEqual(new Set([200]))
  expect(asked).toBe(4)
  const page = pages.find(([, text]) => text.startsWith("#"))![1]
  for (const line of ["backlog 7", "backlog_age_seconds 60"]) expect(page).toContain(`hookshift_hand_over_${line}\n`)
  expect(page).toContain("hookshift_dead_letters 2\n")
})

describe("hookshift receive", () => {
  const folder = () => {
    const made = temporaryFolder()
    writeFileSync(join(made, "hookshift.config.json"), receiverConfig)
    return { cwd: made, env: { FD_KEY: "k", FD_SECRET: secret } }
  }
  const args = ["receive", "--listen", "127.0.0.1:0", "--reconcile", "off"]
  it("has it where --admin says, or not at all", async () => {
    const { ready } = await startCli([...args, "--admin", "127.0.0.1:0"], folder())
    const { admin } = ready as unknown as { admin: string }
    expect(await answerOf(`${admin}/readyz`)).toEqual([200, "ready\n"])
    const { ready: without } = await startCli([...args, "--admin", "off"], folder())
    expect(without).toMatchObject({ admin: null })
  })
  it("does not start where a port that was asked for is taken, and says so", async () => {
    const port = await occupied()
    const { code, stderr } = await runCli([...args, "--admin", `127.0.0.1:${port}`], folder())
    expect([code, stderr]).toEqual([expect.any(Number), expect.stringContaining("choose another port with --admin")])
    expect(code).not.toBe(0)
    const wrong = await runCli([...args, "--admin", "everywhere"], folder())
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining("--admin takes HOST:PORT")])
  })
  it("starts without one where a port that may be taken is, with a warning", async () => {
    const lines: Array<Parameters<Log>> = []
    const receiver = await createReceiver({
      db: join(temporaryFolder(), "o.db"),
      listen: null,
      admin: { port: await occupied(), optional: true },
      sources: {},
      log: (...line) => void lines.push(line)
    })
    expect(receiver.adminUrl).toBeNull()
    expect(lines).toMatchObject([["warning", expect.stringContaining("choose another with --admin"), {}]])
    await receiver.close()
  })
})
