/** By the commands, another apply adds to the one before, removal takes away, and status reads the installed events. */
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { runCli } from "../support/cli.js"
import { temporaryFolder } from "../support/files.js"
import { basic, simulatedProvider } from "../support/provider.js"

const env = { KEY: "k", HOOK: "canary-hook" }

const configured = async (
  product: "freshservice" | "freshdesk" | "freshchat",
  webhook: Readonly<Record<string, unknown>>,
  installs = true
) => {
  const simulator = await simulatedProvider({ products: [product], entities: 20 })
  const folder = temporaryFolder()
  const installUrl = `${simulator.url}/_sim/apps`
  writeFileSync(
    join(folder, "hookshift.config.json"),
    JSON.stringify({
      sources: {
        desk: {
          product,
          baseUrl: simulator.url,
          auth: { secretEnv: "KEY" },
          webhook: { secretEnv: "HOOK", ...webhook, ...(installs ? { installUrl } : {}) }
        }
      },
      receiver: { publicUrl: "https://hooks.example" }
    })
  )
  const run = (...args: ReadonlyArray<string>) => runCli(["subscriptions", ...args], { cwd: folder, env })
  const installed = () => simulator.deliveries.installed().map(({ events }) => [...events].sort())
  const status = async () => {
    const { code, stdout } = await run("status", "--json")
    const lines = JSON.parse(stdout) as Array<{ event: string; state: string; note: string | null }>
    return { code, lines, states: lines.map(({ event, state }) => `${event} ${state}`) }
  }
  return { simulator, folder, run, installed, status, installUrl }
}

describe("a second apply", () => {
  it("installs the app with the earlier events as well, and removal takes single ones away", {
    timeout: 120_000
  }, async () => {
    const { installUrl, installed, run, status } = await configured("freshservice", { route: "app" })
    await run("apply", "--events", "asset_create,asset_update,ticket_create")
    const dry = await run("apply", "--events", "ticket_create,ticket_update", "--dry-run")
    expect((JSON.parse(dry.stdout) as Array<{ body: { events: unknown } }>)[0]!.body.events).toEqual([
      "ticket_create",
      "ticket_update",
      "asset_create",
      "asset_update"
    ])
    const second = await run("apply", "--events", "ticket_create,ticket_update")
    expect(installed()).toEqual([["asset_create", "asset_update", "ticket_create", "ticket_update"]])
    expect(second.stdout).toContain(
      "the app of desk keeps the events that were applied before (asset_create, asset_update)"
    )
    expect(await status()).toMatchObject({ code: 0 })

    // An app that lost events is drift, and the next apply mends it.
    await fetch(installUrl, {
      method: "POST",
      body: JSON.stringify({
        product: "freshservice",
        url: "https://hooks.example/hooks/desk",
        secret: "s",
        events: ["ticket_create", "ticket_update", "asset_create"]
      })
    })
    expect(await status()).toMatchObject({
      code: 1,
      states: ["asset_create waiting", "asset_update missing", "ticket_create waiting", "ticket_update waiting"]
    })
    await run("apply", "--events", "ticket_update")
    expect(await status()).toMatchObject({ code: 0 })

    const unknown = await run("remove", "--events", "change_create")
    expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining('has the event "change_create"')])
    await run("remove", "--events", "asset_create,asset_update")
    expect(installed()).toEqual([["ticket_create", "ticket_update"]])
    expect((await status()).states).toEqual(["ticket_create waiting", "ticket_update waiting"])
    await run("remove")
    expect(installed()).toEqual([[]])
    expect((await status()).lines).toEqual([])
  })

  it("with a new secret gives it to every rule", { timeout: 120_000 }, async () => {
    const { folder, run, simulator } = await configured("freshdesk", { route: "rule" }, false)
    await run("apply", "--events", "ticket_create,ticket_update")
    const rules = async (type: number) =>
      (await (
        await fetch(`${simulator.url}/api/v2/automations/${type}/rules`, { headers: basic("k") })
      ).json()) as Array<Record<string, unknown> & { id: number }>
    const again = await runCli(["subscriptions", "apply", "--events", "ticket_update", "--refresh", "--json"], {
      cwd: folder,
      env: { ...env, HOOK: "canary-new" }
    })
    expect((JSON.parse(again.stdout) as Array<{ event: string; action: string }>).map((one) => one.event)).toEqual([
      "ticket_update",
      "ticket_create"
    ])
    const bare = await run("apply", "--refresh", "--json")
    expect([bare.code, JSON.parse(bare.stdout).length]).toEqual([0, 2])
    await runCli(["subscriptions", "apply", "--events", "ticket_update", "--refresh"], {
      cwd: folder,
      env: { ...env, HOOK: "canary-new" }
    })
    for (const type of [1, 4]) expect(JSON.stringify(await rules(type))).toContain("canary-new")
  })
})

describe("a source for which nothing is planned", () => {
  it("is named by plan and apply", { timeout: 60_000 }, async () => {
    const { simulator, folder } = await configured("freshservice", { route: "app" })
    const desk = {
      product: "freshservice",
      baseUrl: simulator.url,
      auth: { secretEnv: "KEY" },
      webhook: { secretEnv: "HOOK", installUrl: `${simulator.url}/_sim/apps` }
    }
    writeFileSync(
      join(folder, "hookshift.config.json"),
      JSON.stringify({
        sources: { desk, chat: { ...desk, product: "freshchat" } },
        receiver: { publicUrl: "https://hooks.example" }
      })
    )
    for (const command of [["plan"], ["apply"], ["apply", "--json"], ["apply", "--dry-run"]]) {
      const { stderr, stdout } = await runCli(["subscriptions", ...command, "--events", "ticket_create"], {
        cwd: folder,
        env
      })
      expect(stdout + stderr).toContain("chat: its routes have none of these events, so nothing is subscribed")
      expect(stdout + stderr).not.toContain("desk: its routes")
    }
  })
})

describe("what a person publishes", () => {
  it("keeps the earlier events: the generated app", { timeout: 60_000 }, async () => {
    const { folder, run, status } = await configured("freshservice", { route: "app" }, false)
    await run("apply", "--events", "asset_create")
    const made = await run("app", "--events", "ticket_create", "--out", "app")
    expect(made.stderr).toContain("keeps the events of desk that were applied before (asset_create)")
    const { modules } = JSON.parse(readFileSync(join(folder, "app/manifest.json"), "utf8")) as {
      modules: Record<string, { events?: Record<string, unknown> }>
    }
    expect(Object.values(modules).flatMap(({ events = {} }) => Object.keys(events))).toEqual([
      "onTicketCreate",
      "onAssetCreate"
    ])
    expect((await status()).states).toEqual(["asset_create waiting"])
    const removed = await run("remove", "--events", "asset_create")
    expect(removed.stdout).toContain("unpublish the app")
  })

  it("keeps the earlier events: the steps for a product's one webhook", { timeout: 60_000 }, async () => {
    const { run } = await configured("freshchat", { route: "ui" }, false)
    await run("apply", "--events", "conversation_update")
    const plan = await run("plan", "--events", "message_create")
    expect(plan.stdout).toContain("message_create, conversation_update")
  })
})
