/** The commands name remedies that work: each is run as it is told. One dead place does not hide the other sources. */
import { readdirSync, writeFileSync } from "node:fs"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import { describe, expect, it, onTestFinished } from "vitest"
import { openDatabase } from "../../src/store/index.js"
import { runCli } from "../support/cli.js"
import { temporaryFolder } from "../support/files.js"
import { simulatedProvider } from "../support/provider.js"

const env = { KEY: "k", HOOK: "canary-hook" }
/** No server listens on port 1. */
const dead = "http://127.0.0.1:1/_sim/apps?token=canary-token"

const configured = async (places: (installUrl: string) => Readonly<Record<string, string>>) => {
  const { deliveries, url } = await simulatedProvider({ products: ["freshservice"], entities: 20 })
  const folder = temporaryFolder()
  const installUrl = `${url}/_sim/apps`
  const configure = (named: Readonly<Record<string, string>>) =>
    writeFileSync(
      join(folder, "hookshift.config.json"),
      JSON.stringify({
        sources: Object.fromEntries(
          Object.entries(named).map(([name, place]) => [
            name,
            {
              product: "freshservice",
              baseUrl: url,
              auth: { secretEnv: "KEY" },
              webhook: { secretEnv: "HOOK", installUrl: place }
            }
          ])
        ),
        receiver: { publicUrl: "https://hooks.example" }
      })
    )
  configure(places(installUrl))
  const run = async (...args: ReadonlyArray<string>) => {
    const ran = await runCli(args, { cwd: folder, env })
    expect(ran.stdout + ran.stderr).not.toMatch(/canary|undefined/)
    return ran
  }
  const empty = (source: string) =>
    fetch(installUrl, {
      method: "POST",
      body: JSON.stringify({
        product: "freshservice",
        url: `https://hooks.example/hooks/${source}`,
        secret: "s",
        events: []
      })
    })
  const installed = () =>
    Object.fromEntries(deliveries.installed().map((app) => [app.url.split("/").at(-1), app.events]))
  return { configure, empty, folder, installed, installUrl, run }
}

/** The command behind a mark, as one would type it. */
const commandAfter = (text: string, mark: string): ReadonlyArray<string> =>
  text.split(mark)[1]!.split("\n")[0]!.trim().split(" ")

it("status tells of deliveries that are refused for their signature, until one is accepted", async () => {
  const { folder, run } = await configured((url) => ({ desk: url }))
  await run("subscriptions", "apply", "--events", "ticket_update")
  const database = openDatabase(join(folder, "hookshift.db"))
  onTestFinished(() => void database.close())
  database
    .prepare("INSERT INTO rejection VALUES ('desk', 'wrong', 3, 62000, 3, 2000), ('other', 'wrong', 3, 62000, 3, 2000)")
    .run()
  const refused = await run("subscriptions", "status")
  expect(refused.code).toBe(1)
  expect(refused.stderr).toContain(
    "none has been accepted since: desk (the last at 1970-01-01T00:01:02.000Z); give the sender the source's secret"
  )
  database
    .prepare("INSERT INTO secret_use (source, fingerprint, last_at, deliveries) VALUES ('desk', 'f', 62001, 1)")
    .run()
  expect((await run("subscriptions", "status")).code).toBe(0)
})

it("status tells of refused deliveries and of another source's dead place at once", async () => {
  const { configure, folder, installUrl, run } = await configured((url) => ({ desk: url, service: url }))
  await run("subscriptions", "apply", "--events", "ticket_update")
  const database = openDatabase(join(folder, "hookshift.db"))
  onTestFinished(() => void database.close())
  database.prepare("INSERT INTO rejection VALUES ('desk', 'wrong', 3, 62000, 3, 2000)").run()
  configure({ desk: installUrl, service: dead })
  const { code, stderr } = await run("subscriptions", "status")
  expect(code).toBe(1)
  expect(stderr).toContain("service: http://127.0.0.1:1/_sim/apps could not be reached")
  expect(stderr).toContain("deliveries are refused for their signature, and none has been accepted since: desk")
})

describe("an app that lost its events", { timeout: 60_000 }, () => {
  it("is mended by the command that status names, without a recording", async () => {
    const { empty, run } = await configured((url) => ({ desk: url }))
    await run("subscriptions", "apply", "--events", "ticket_update")
    await empty("desk")
    const status = await run("subscriptions", "status")
    expect(status.code).toBe(1)
    const told = [commandAfter(status.stderr, "run hookshift "), commandAfter(status.stdout, "run hookshift ")]
    expect(told[0]).toEqual(["subscriptions", "apply", "--refresh"])
    for (const command of told) {
      await empty("desk")
      expect(await run(...command)).toMatchObject({ code: 0 })
      expect((await run("subscriptions", "status")).code).toBe(0)
    }
  })
  it("is named with its source where others are as applied", async () => {
    const { empty, installed, run } = await configured((url) => ({ desk: url, service: url }))
    await run("subscriptions", "apply", "--events", "ticket_update")
    await empty("service")
    const { stderr } = await run("subscriptions", "status")
    const command = commandAfter(stderr, "run hookshift ")
    expect(command).toEqual(["subscriptions", "apply", "--source", "service", "--refresh"])
    await run(...command)
    expect(installed()).toEqual({ desk: ["ticket_update"], service: ["ticket_update"] })
  })
})

describe("where nothing is subscribed", { timeout: 60_000 }, () => {
  it("a recording of one call is one: verdicts tell the events", async () => {
    const { folder, run } = await configured((url) => ({ desk: url }))
    const line = '192.0.2.1 - - [02/Mar/2026:10:00:00 +0000] "GET /api/v2/tickets HTTP/1.1" 200 512 "-" "crm-sync/1.0"'
    writeFileSync(join(folder, "access.log"), `${line}\n`)
    const log = ["import", "combined", "access.log", "--host", "acme.freshservice.com"]
    expect(await run(...log)).toMatchObject({ code: 0 })
    expect((await run("subscriptions", "status")).stdout).toBe("nothing is subscribed: hookshift subscriptions apply\n")
  })
  it("status names a command that works, and removing again says that nothing is", async () => {
    const { run } = await configured((url) => ({ desk: url }))
    const without = await run("subscriptions", "status")
    expect([without.code, without.stderr]).toEqual([2, expect.stringContaining("there is no database at hookshift.db")])
    expect(without.stderr).not.toContain("record something first")
    const first = commandAfter(without.stderr, "hookshift.db: hookshift ").slice(0, 4)
    expect(await run(...first)).toMatchObject({ code: 0 })
    expect((await run("subscriptions", "remove")).stdout).toContain("removed")
    expect(await run("subscriptions", "remove")).toMatchObject({
      code: 0,
      stdout: "nothing is subscribed any more: there is nothing to remove\n"
    })
    const status = await run("subscriptions", "status")
    expect([status.code, status.stdout]).toEqual([0, expect.stringContaining("nothing is subscribed: hookshift ")])
    expect(
      await run(
        ...commandAfter(status.stdout, "subscribed: hookshift ")
          .map((word) => word.replace(/,$/, ""))
          .slice(0, 4)
      )
    ).toMatchObject({ code: 0 })
  })
  it.each([
    [["subscriptions", "remove"], "hookshift subscriptions apply makes it, or name another with --db"],
    [["mirror", "status"], "hookshift receive makes it"],
    [["inbox", "list"], "hookshift receive makes it"]
  ])("%j without a database names its own way to one", async (command, words) => {
    const { run } = await configured((url) => ({ desk: url }))
    const { code, stderr } = await run(...command)
    expect([code, stderr]).toEqual([2, expect.stringContaining(`there is no database at hookshift.db: ${words}`)])
  })
})

describe("remove --dry-run", { timeout: 60_000 }, () => {
  it("prints the requests, and removes nothing", async () => {
    const { configure, installed, installUrl, run } = await configured((url) => ({ desk: url }))
    await run("subscriptions", "apply", "--events", "ticket_create,ticket_update")
    configure({ desk: `${installUrl}?token=canary-token` })
    const { code, stdout } = await run("subscriptions", "remove", "--events", "ticket_create", "--dry-run")
    expect([code, JSON.parse(stdout)]).toEqual([
      0,
      [
        {
          source: "desk",
          method: "POST",
          url: installUrl,
          body: {
            product: "freshservice",
            url: "https://hooks.example/hooks/desk",
            events: ["ticket_update"],
            secret: "(the webhook secret)"
          }
        }
      ]
    ])
    expect(installed()).toEqual({ desk: ["ticket_create", "ticket_update"] })
    expect((await run("subscriptions", "status")).stdout).toContain("ticket_create")
  })
})

it("apply with a refused key leaves no database", async () => {
  const api = createServer((_, response) => {
    response.writeHead(401, { "content-type": "application/json" }).end('{"code":"invalid_credentials"}')
  })
  await new Promise<void>((resume) => api.listen(0, "127.0.0.1", resume))
  onTestFinished(() => void api.close())
  const folder = temporaryFolder()
  const desk = {
    product: "freshdesk",
    baseUrl: `http://127.0.0.1:${(api.address() as AddressInfo).port}`,
    auth: { secretEnv: "KEY" },
    webhook: { secretEnv: "HOOK", route: "rule" }
  }
  const config = { sources: { desk }, receiver: { publicUrl: "https://hooks.example" } }
  writeFileSync(join(folder, "hookshift.config.json"), JSON.stringify(config))
  const args = ["subscriptions", "apply", "--events", "ticket_update"]
  const { code, stderr } = await runCli(args, { cwd: folder, env: { KEY: "k", HOOK: "any-secret" } })
  expect([code, stderr]).toEqual([2, expect.stringContaining("desk: ")])
  expect(readdirSync(folder)).toEqual(["hookshift.config.json"])
})

describe("a place of apps that is dead", { timeout: 60_000 }, () => {
  const place = "http://127.0.0.1:1/_sim/apps"
  it("is named with its source by apply and remove, which go on with the others", async () => {
    const { configure, installed, installUrl, run } = await configured((url) => ({ desk: dead, service: url }))
    const apply = await run("subscriptions", "apply", "--events", "ticket_update")
    expect(apply.code).toBe(3)
    expect(apply.stdout).toMatch(/^service +ticket_update +app +installed/m)
    expect(apply.stdout).not.toMatch(/^desk/m)
    expect(apply.stderr).toContain(
      `desk: ${place} could not be reached: check webhook.installUrl; service was applied, and the same command with --source desk does the rest`
    )
    expect(installed()).toEqual({ service: ["ticket_update"] })
    const status = await run("subscriptions", "status")
    expect(status.code).toBe(3)
    expect(status.stdout).toMatch(
      /\nnothing is subscribed for desk: hookshift subscriptions apply --source desk --events LIST\n$/
    )
    expect(status.stderr).toContain(
      `desk: ${place} could not be reached: check webhook.installUrl; service was looked at`
    )
    configure({ desk: installUrl, service: installUrl })
    const answered = await run("subscriptions", "status", "--json")
    expect([answered.code, JSON.parse(answered.stdout).length]).toEqual([0, 1])
    expect(answered.stderr).toContain("nothing is subscribed for desk: ")

    configure({ desk: installUrl, service: installUrl })
    await run("subscriptions", "apply", "--events", "ticket_update")
    configure({ desk: dead, service: installUrl })
    const remove = await run("subscriptions", "remove", "--json")
    expect([remove.code, JSON.parse(remove.stdout)]).toEqual([
      3,
      [expect.objectContaining({ source: "service", state: "removed" })]
    ])
    expect(remove.stderr).toContain(`desk: ${place} could not be reached`)
    expect(remove.stderr).toContain("service was removed")
    // A subscription that could not be removed stays recorded.
    configure({ desk: installUrl, service: installUrl })
    expect((await run("subscriptions", "status")).stdout).toMatch(/^desk +ticket_update/m)
  })
  it("is named alone, with the exit code of what may succeed later", async () => {
    const { run } = await configured(() => ({ desk: dead }))
    expect(await run("subscriptions", "apply", "--events", "ticket_update")).toEqual({
      code: 3,
      stdout: "",
      stderr: `hookshift: desk: ${place} could not be reached: check webhook.installUrl\n`
    })
  })
  it("is no app that a person has yet to publish", async () => {
    const { configure, installUrl, run } = await configured((url) => ({ desk: url, service: url }))
    await run("subscriptions", "apply", "--events", "ticket_update")
    configure({ desk: dead, service: installUrl })
    const status = await run("subscriptions", "status")
    expect(status.code).toBe(3)
    expect(status.stdout).toMatch(new RegExp(`^desk .*${place} could not be reached.*known before`, "m"))
    expect(status.stdout).not.toContain("publish")
    expect(status.stdout).toMatch(/^service .*change something it covers/m)
    expect(status.stderr).toContain(
      `desk: ${place} could not be reached: check webhook.installUrl; the state is the one known before`
    )
  })
  it("that answers and lists nothing is not called dead", async () => {
    const { configure, installUrl, run } = await configured((url) => ({ desk: url }))
    await run("subscriptions", "apply", "--events", "ticket_update")
    configure({ desk: `${installUrl.replace("apps", "none")}` })
    const { code, stdout } = await run("subscriptions", "status")
    expect([code, stdout]).toEqual([
      0,
      expect.stringContaining("webhook.installUrl does not list its apps: change something it covers")
    ])
  })
})
