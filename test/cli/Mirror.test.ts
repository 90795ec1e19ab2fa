/** `hookshift mirror` as a user has it: real processes and sockets. Who is answered, and what is kept of it. */
import { spawn } from "node:child_process"
import { writeFileSync } from "node:fs"
import { createServer } from "node:http"
import { join } from "node:path"
import { describe, expect, it, onTestFinished } from "vitest"
import { openDatabase } from "../../src/store/index.js"
import { cliFile, runCli, saidBy } from "../support/cli.js"
import { everyFile, temporaryFolder } from "../support/files.js"
import { listening } from "../support/listening.js"
import {
  answers,
  ask,
  changedLately,
  configured,
  crmKey,
  ownKey,
  secrets,
  startMirror,
  startMirrored,
  startReceiver
} from "../support/mirrorProcesses.js"
import { until } from "../support/until.js"

const statusOf = async (folder: string) => {
  const ran = await runCli(["mirror", "status", "--json"], { cwd: folder })
  return (JSON.parse(ran.stdout) as { integrations: ReadonlyArray<Record<string, unknown>> }).integrations
}

/** A mirror before a server of the test's own, with an empty database. */
const before = async (answer: Parameters<typeof createServer>[1]) => {
  const server = createServer(answer as never)
  const port = await listening(server)
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  const folder = configured(`http://127.0.0.1:${port}`)
  openDatabase(join(folder, "hookshift.db")).close()
  return startMirror(folder)
}

describe("callers", { timeout: 300_000 }, () => {
  it("are answered once their key has passed, and leave no trace of it", async () => {
    const { folder, mirror, simulator } = await startMirrored({ simulate: ["--restricted", "part-key"] })
    const log = saidBy(mirror.child as never)
    await answers(mirror.url)
    const hit = await ask(mirror.url, changedLately())
    expect(hit).toMatchObject({ status: 200, cache: "HIT", reason: null })
    expect(hit.age).toBeGreaterThanOrEqual(30)
    expect(hit.body).toEqual((await ask(simulator, changedLately())).body)

    // Another key that the configuration names.
    expect(await ask(mirror.url, changedLately(), { key: crmKey })).toMatchObject({
      cache: "MISS",
      reason: "credential"
    })
    expect(await ask(mirror.url, changedLately(), { key: crmKey })).toMatchObject({ cache: "HIT", body: hit.body })
    // A key that sees a part: the provider's answer, again and again.
    for (let n = 0; n < 3; n++) {
      const part = await ask(mirror.url, changedLately(), { key: "part-key" })
      expect(part.cache).toBe("MISS")
      expect(part.body).toEqual((await ask(simulator, changedLately(), { key: "part-key" })).body)
      expect(part.body).not.toEqual(hit.body)
    }
    // None: the provider's refusal.
    for (const path of [changedLately(), "/api/v2/tickets/1", "/api/v2/tickets/1/conversations"]) {
      const refused = await ask(mirror.url, path, { key: null })
      expect(refused).toMatchObject({ status: 401, cache: "MISS", reason: "credential" })
      expect(refused.body).toEqual((await ask(simulator, path, { key: null })).body)
    }
    const secretPath = await ask(mirror.url, "/api/v2/canary-path-4711/tickets", { key: "canary-other-key" })
    expect(secretPath).toMatchObject({ cache: "BYPASS", reason: "endpoint" })

    await until(async () => (await statusOf(folder)).length >= 4)
    const status = await runCli(["mirror", "status"], { cwd: folder })
    expect(status.stdout).toMatch(/^freshdesk +crm-sync +GET \/api\/v2\/tickets .*principal 2/m)
    const [, hits, all] = /^(\d+) of (\d+) requests were answered from the state/m.exec(status.stdout) ?? []
    const lines = await statusOf(folder)
    const sum = (name: string): number => lines.reduce((total, line) => total + Number(line[name]), 0)
    expect([Number(hits), Number(all)]).toEqual([sum("hits"), sum("requests")])
    expect(lines).toContainEqual(
      expect.objectContaining({ integration: "crm-sync", endpoint: "GET /api/v2/tickets", compared: {}, wrong: 0 })
    )
    const everything = [
      ...everyFile(folder).filter(({ file }) => !file.endsWith("config.json")),
      ...[log.stderr, log.stdout, status.stdout].map((text) => ({ file: "said", text }))
    ]
    for (const { file, text } of everything) expect(text.includes("canary-"), file).toBe(false)
  })

  it("whose key is revoked stop within the stated time, whatever else they ask", async () => {
    const { control, mirror } = await startMirrored({ settings: { recheck: "3 seconds" } })
    await answers(mirror.url)
    await answers(mirror.url, changedLately(), crmKey)
    expect(await control("keys", { revoke: [crmKey] })).toMatchObject({ revoked: 1 })
    await until(async () => {
      // Anyone has a 200 for this; it proves nothing.
      expect((await ask(mirror.url, "/_sim/apps", { key: crmKey })).status).toBe(200)
      return (await ask(mirror.url, changedLately(), { key: crmKey })).status === 401
    })
    for (let n = 0; n < 3; n++) {
      expect((await ask(mirror.url, "/_sim/apps", { key: crmKey })).status).toBe(200)
      expect(await ask(mirror.url, changedLately(), { key: crmKey })).toMatchObject({ status: 401, cache: "MISS" })
    }
    await answers(mirror.url, changedLately(), ownKey)
  })

  it("share an answer that is on its way only with themselves, at the mirror's address", async () => {
    let calls = 0
    const waiting: Array<() => void> = []
    const { url } = await before((request, response) => {
      calls += 1
      const mine = [request.headers.authorization ?? request.headers.cookie]
      waiting.push(() =>
        response
          .writeHead(200, {
            "content-type": "application/json",
            link: `<http://${request.headers.host}/api/v2/tickets?page=2>; rel="next"`
          })
          .end(JSON.stringify(mine))
      )
    })
    const several = async (...options: ReadonlyArray<Parameters<typeof ask>[2]>) => {
      const asked = options.map((one) => ask(url, "/api/v2/tickets", one))
      // By then both have come; one that comes later, on a busy machine, waits for no second turn.
      await new Promise((next) => setTimeout(next, 300))
      const release = setInterval(() => {
        for (const go of waiting.splice(0)) go()
      }, 20)
      return Promise.all(asked).finally(() => clearInterval(release))
    }
    const shared = await several({}, {})
    expect(calls).toBe(1)
    expect(shared.map(({ reason }) => reason).sort()).toEqual(["credential", "in-flight"])
    expect(shared.map(({ link }) => link)).toEqual(Array(2).fill(`<${url}/api/v2/tickets?page=2>; rel="next"`))
    const apart = await several(
      { key: null, headers: { cookie: "session=a" } },
      { key: null, headers: { cookie: "session=b" } }
    )
    expect(apart.map(({ body }) => body)).toEqual([["session=a"], ["session=b"]])
  })
})

describe("a request behind a write", { timeout: 120_000 }, () => {
  it("does not get an answer that was on its way before", async () => {
    let subject = "old"
    const waiting: Array<() => void> = []
    const { url } = await before((request, response) => {
      const write = request.method === "PUT"
      if (write) subject = "new"
      const body = JSON.stringify(write ? { id: 7 } : [{ id: 7, subject }])
      const go = () => void response.writeHead(200, { "content-type": "application/json" }).end(body)
      if (write || subject === "new") go()
      else waiting.push(go)
    })
    const early = ask(url, "/api/v2/tickets")
    await until(() => waiting.length === 1)
    await ask(url, "/api/v2/tickets/7", { method: "PUT", body: { subject: "new" } })
    const late = ask(url, "/api/v2/tickets")
    await Promise.race([late, new Promise((next) => setTimeout(next, 2_000))])
    for (const go of waiting) go()
    expect((await early).body).toEqual([{ id: 7, subject: "old" }])
    expect((await late).body).toEqual([{ id: 7, subject: "new" }])
  })
})

describe("a mirror without a receiver", { timeout: 120_000 }, () => {
  it("says that requests go through, and is ready once one runs", async () => {
    const folder = configured("http://127.0.0.1:1")
    openDatabase(join(folder, "hookshift.db")).close()
    // Its messages are read from its start on.
    const child = spawn(process.execPath, [cliFile, "mirror", "--listen", "127.0.0.1:0", "--admin", "off"], {
      cwd: folder,
      env: { ...process.env, ...secrets }
    })
    onTestFinished(() => void child.kill("SIGKILL"))
    const said = saidBy(child)
    await until(() => said.stderr.includes("no receiver runs on this database"))
    expect(said.stderr).toContain("all requests go through until one does (hookshift receive)")
    expect(said.stderr).not.toContain("the state is read; ready")
    await startReceiver(folder, ["--reconcile", "off"])
    await until(() => said.stderr.includes("the state is read; ready"))
  })
})

describe("a request under the path of no source", { timeout: 120_000 }, () => {
  it("is told the paths of the sources, by the mirror's name", async () => {
    const folder = temporaryFolder()
    const source = (product: string) => ({
      product,
      baseUrl: `http://127.0.0.1:1/${product}`,
      auth: { secretEnv: "FD_KEY" },
      webhook: { secretEnv: "FD_SECRET" }
    })
    writeFileSync(
      join(folder, "hookshift.config.json"),
      JSON.stringify({ sources: { freshdesk: source("freshdesk"), freshservice: source("freshservice") } })
    )
    openDatabase(join(folder, "hookshift.db")).close()
    const { child, url } = await startMirror(folder)
    const { body, status } = await ask(url, "/api/v2/tickets")
    // Of a source: it goes through, since no receiver runs.
    await fetch(`${url}/freshdesk/api/v2/tickets`)
    expect([status, (body as { message: string }).message]).toEqual([
      404,
      "hookshift mirror: no upstream is configured for this host and path: it passes on requests whose path begins with /freshdesk or /freshservice"
    ])
    child.kill("SIGINT")
    await new Promise((ended) => child.once("close", ended))
    const { stdout } = await runCli(["mirror", "status"], { cwd: folder })
    expect(stdout).toMatch(/\n0 of 1 requests were answered from the state\n$/)
  })
})

describe("an upstream", { timeout: 120_000 }, () => {
  it("that answers oddly ends no mirror", async () => {
    const { child, url } = await before((request, response) => {
      const { socket } = request
      const body = "[]"
      switch (request.url) {
        case "/api/v2/tickets":
          socket.end(`HTTP/1.1 200 O\u0001K\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n${body}`)
          break
        case "/api/v2/contacts":
          socket.end("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n[")
          break
        default:
          response.writeHead(200, { "content-type": "application/json" }).end("{")
      }
    })
    await ask(url, "/api/v2/tickets").catch(() => null)
    await ask(url, "/api/v2/contacts").catch(() => null)
    await ask(url, "/api/v2/contacts").catch(() => null)
    const answer = await fetch(`${url}/api/v2/companies`)
    expect([answer.status, await answer.text()]).toEqual([200, "{"])
    expect(child.exitCode).toBe(null)
  })
})

describe("a command line", { timeout: 120_000 }, () => {
  it.each([
    ["mirror --verify 2", '--verify takes a share, such as 1% or 0.01, and not more than all, not "2"'],
    ["mirror --dark --verify 1%", "--dark compares all answers: leave --verify out"],
    ["mirror --source desk", "there is no source desk"],
    ["mirror --listen nowhere:x", "--listen"],
    ["mirror --tls-cert none.pem", "TLS"],
    [
      "mirror",
      "there is no database at hookshift.db: start the receiver first (hookshift receive), or name its database with --db"
    ],
    ["mirror status", "there is no database at hookshift.db"]
  ])("%s: one sentence, and exit code 2", async (line, says) => {
    const ran = await runCli(line.split(" "), { cwd: configured("http://127.0.0.1:1"), env: secrets })
    expect(ran.stderr).toContain(`hookshift: ${says}`)
    expect(ran.stderr.trim().split("\n")).toHaveLength(1)
    expect([ran.code, ran.stdout]).toEqual([2, ""])
  })
  it.each([
    ["principals", { desk: [{ secretEnv: "CRM_KEY" }] }],
    ["sampledPrincipals", ["freshdesk", "desk"]]
  ])("%s of an unknown source", async (key, value) => {
    const ran = await runCli(["mirror"], { cwd: configured("http://127.0.0.1:1", { [key]: value }), env: secrets })
    expect(ran).toMatchObject({
      code: 2,
      stderr: `hookshift: mirror.${key} names the source desk, which the configuration does not have: the names are freshdesk\n`
    })
  })
  it("an operators' address in use: it is the one that is named", async () => {
    const folder = configured("http://127.0.0.1:1")
    openDatabase(join(folder, "hookshift.db")).close()
    const server = createServer()
    const address = `127.0.0.1:${await listening(server)}`
    onTestFinished(() => void server.close())
    const ran = await runCli(["mirror", "--listen", "127.0.0.1:0", "--admin", address], { cwd: folder, env: secrets })
    expect(ran).toMatchObject({
      code: 3,
      stderr: `hookshift: cannot listen on ${address} (EADDRINUSE): choose another address with --listen or --admin\n`
    })
  })
  it("status says of callers that no setting names how they stand, while the mirror runs", async () => {
    const folder = configured("http://127.0.0.1:1")
    const database = openDatabase(join(folder, "hookshift.db"))
    const insert = database.prepare("INSERT INTO mirror_caller VALUES ('freshdesk', ?, ?, ?, ?, ?)")
    insert.run("crm-sync", "ticket", "shown", 2, Date.now())
    insert.run("part-sync", "", "closed", 1, Date.now())
    insert.run("gone", "ticket", "shown", 1, Date.now() - 120_000)
    // Its heartbeat goes on for as long as this test does, and it began after the last note of an earlier one.
    database
      .prepare(
        "INSERT INTO mirror_owner (id, token, pid, host, place, file, started, since, beat, beat_at) VALUES (1, 't', 1, 'h', 'p', 'f', NULL, ?, 9, ?)"
      )
      .run(Date.now() - 60_000, Date.now() + 600_000)
    database
      .prepare(
        "INSERT INTO mirror_tally VALUES ('2026-11-27', 'freshdesk', 'crm-sync', 'GET /api/v2/tickets', 'hit', '', 3)"
      )
      .run()
    database.close()
    const { stdout } = await runCli(["mirror", "status"], { cwd: folder })
    expect(stdout).toMatch(/crm-sync +2 +ticket +shown to see everything/)
    expect(stdout).toMatch(/part-sync +1 +all +contradicted: all goes through/)
    expect(stdout).not.toContain("gone")
    const { stdout: json } = await runCli(["mirror", "status", "--json"], { cwd: folder })
    expect((JSON.parse(json) as { callers: unknown }).callers).toEqual([
      { source: "freshdesk", integration: "crm-sync", entity: "ticket", standing: "shown", callers: 2 },
      { source: "freshdesk", integration: "part-sync", entity: "", standing: "closed", callers: 1 }
    ])
    const later = openDatabase(join(folder, "hookshift.db"))
    later.prepare("UPDATE mirror_owner SET beat_at = ?").run(Date.now() - 10_000)
    later.close()
    const { stdout: stopped } = await runCli(["mirror", "status", "--json"], { cwd: folder })
    expect(JSON.parse(stopped)).toMatchObject({ callers: [], integrations: [{ hits: 3 }] })
  })
  it("status of a database that no mirror has used", async () => {
    const folder = configured("http://127.0.0.1:1")
    openDatabase(join(folder, "hookshift.db")).close()
    expect(await runCli(["mirror", "status"], { cwd: folder })).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("No request has come to a mirror on this database yet")
    })
    expect(await statusOf(folder)).toEqual([])
  })
})
