/** A source with an app and a rule, through the commands: applied, delivered by both, handed over once, checked, removed. */
import { writeFileSync } from "node:fs"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import { describe, expect, it, onTestFinished } from "vitest"
import { runCli, startCli } from "../support/cli.js"
import { temporaryFolder } from "../support/files.js"
import { basic, simulatedProvider } from "../support/provider.js"

const env = { DESK_KEY: "k", APP_HOOK: "canary-app-hook", RULE_HOOK: "canary-rule-hook" }

/** Collects the events that it is forwarded. */
const handler = async () => {
  const handed: Array<{ event: string; changed: ReadonlyArray<string> }> = []
  const server = createServer((request, response) => {
    let text = ""
    request.on("data", (chunk) => {
      text += chunk
    })
    request.on("end", () => {
      handed.push(JSON.parse(text))
      response.writeHead(204).end()
    })
  })
  await new Promise<void>((resume) => server.listen(0, "127.0.0.1", resume))
  onTestFinished(() => void server.close())
  return { handed, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` }
}

const desk = async () => {
  const simulator = await simulatedProvider({ products: ["freshdesk"], entities: 20 })
  const folder = temporaryFolder()
  const configure = (publicUrl: string) =>
    writeFileSync(
      join(folder, "hookshift.config.json"),
      JSON.stringify({
        sources: {
          fd: {
            product: "freshdesk",
            baseUrl: simulator.url,
            auth: { secretEnv: "DESK_KEY" },
            webhook: [
              { route: "app", secretEnv: "APP_HOOK", installUrl: `${simulator.url}/_sim/apps` },
              { route: "rule", secretEnv: "RULE_HOOK" }
            ]
          }
        },
        receiver: { publicUrl }
      })
    )
  configure("https://hooks.example")
  const run = (...args: ReadonlyArray<string>) => runCli(args, { cwd: folder, env })
  const rules = async (type: number) =>
    (await (
      await fetch(`${simulator.url}/api/v2/automations/${type}/rules`, { headers: basic("k") })
    ).json()) as Array<{ id: number }>
  return { simulator, folder, configure, run, rules }
}

const events = ["--events", "ticket_create,ticket_update"]

describe("a source with an app and a rule", () => {
  it("is subscribed by both, and one change that both deliver is one event", { timeout: 240_000 }, async () => {
    const { configure, folder, rules, run, simulator } = await desk()
    const { handed, url } = await handler()
    const { child, ready } = await startCli(
      ["receive", "--listen", "127.0.0.1:0", "--admin", "off", "--reconcile", "off", "--forward", url],
      { cwd: folder, env }
    )
    configure(ready.url)
    const applied = await run("subscriptions", "apply", ...events, "--json")
    expect(JSON.parse(applied.stdout)).toEqual([
      { source: "fd", route: "app", event: "ticket_create", action: "installed", state: "waiting" },
      { source: "fd", route: "app", event: "ticket_update", action: "installed", state: "waiting" },
      { source: "fd", route: "rule", event: "ticket_create", action: "created", state: "active" },
      { source: "fd", route: "rule", event: "ticket_update", action: "created", state: "active" }
    ])
    expect(simulator.deliveries.installed()).toMatchObject([{ secret: "canary-app-hook" }])

    const { world } = simulator
    world.change("ticket", "update", 1, { status: 4 })
    world.change("ticket", "update", 2, { custom_fields: { cf_region: "north" } })
    const { counts } = simulator.deliveries
    const list = async () =>
      JSON.parse((await run("inbox", "list", "--json")).stdout) as Array<{
        entityId: string
        state: string
        duplicates: number
      }>
    while (counts.accepted < 2 || handed.length < 1) await new Promise((next) => setTimeout(next, 100))
    let rows = await list()
    while (rows.some(({ state }) => state === "stored")) rows = await list()
    expect(handed.filter(({ event }) => event === "ticket_update")).toHaveLength(handed.length)
    expect(rows.filter(({ entityId }) => entityId === "1").map(({ duplicates }) => duplicates)).toEqual([1])

    const status = await run("subscriptions", "status", "--json")
    expect(status.code).toBe(0)
    const states = JSON.parse(status.stdout) as Array<{ route: string; event: string; state: string }>
    expect(states.map(({ event, route, state }) => `${event} ${route} ${state}`)).toEqual([
      "ticket_create app waiting",
      "ticket_update app active",
      "ticket_create rule active",
      "ticket_update rule active"
    ])

    // Drift of one route is told by its name, and mended by itself.
    const [rule] = await rules(4)
    await fetch(`${simulator.url}/api/v2/automations/4/rules/${rule!.id}`, {
      method: "PUT",
      headers: { ...basic("k"), "content-type": "application/json" },
      body: JSON.stringify({ active: false })
    })
    const drifted = await run("subscriptions", "status")
    expect([drifted.code, drifted.stderr]).toEqual([1, expect.stringContaining("ticket_update by rule inactive")])
    const again = await run("subscriptions", "apply", ...events, "--json")
    expect((JSON.parse(again.stdout) as Array<{ action: string }>).map(({ action }) => action)).toEqual([
      "installed",
      "installed",
      "unchanged",
      "updated"
    ])

    const removal = JSON.parse((await run("subscriptions", "remove", "--dry-run")).stdout)
    expect(removal).toMatchObject([
      { source: "fd", method: "DELETE", path: expect.stringMatching("^/api/v2/automations/1/rules/") },
      { source: "fd", method: "DELETE", path: `/api/v2/automations/4/rules/${rule!.id}` },
      { source: "fd", method: "POST", url: `${simulator.url}/_sim/apps`, body: { events: [] } }
    ])
    const removed = await run("subscriptions", "remove", "--json")
    expect((JSON.parse(removed.stdout) as Array<unknown>).length).toBe(4)
    expect([...(await rules(1)), ...(await rules(4))]).toEqual([])
    child.kill("SIGTERM")
    for (const { stderr, stdout } of [applied, status, drifted, again, removed])
      expect(stdout + stderr).not.toContain("canary")
  })
  it("shows the requests of both routes without their secrets", async () => {
    const { run } = await desk()
    const dry = await run("subscriptions", "apply", ...events, "--dry-run")
    const requests = JSON.parse(dry.stdout) as Array<{ source: string; path?: string; url?: string }>
    expect(requests.map(({ source }) => source)).toEqual(["fd", "fd", "fd"])
    expect(requests.map(({ path, url }) => path ?? new URL(url!).pathname)).toEqual([
      "/_sim/apps",
      "/api/v2/automations/1/rules",
      "/api/v2/automations/4/rules"
    ])
    expect(dry.stdout).not.toContain("canary")
  })
  it("rotates one route's secret, and leaves the other alone", async () => {
    const { run } = await desk()
    const both = await run("subscriptions", "rotate", "fd", "--json")
    expect((JSON.parse(both.stdout) as Array<{ route: string }>).map(({ route }) => route)).toEqual(["app", "rule"])
    const one = await run("subscriptions", "rotate", "fd", "--route", "rule")
    expect(one.stdout).toContain('add "previousSecretEnv": "RULE_HOOK_OLD" to sources.fd.webhook.1')
    const none = await run("subscriptions", "rotate", "fd", "--route", "ui")
    expect([none.code, none.stderr]).toEqual([
      2,
      expect.stringContaining("--route ui is no route of fd: choose app or rule")
    ])
  })
})
