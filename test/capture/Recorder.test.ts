import { spawn } from "node:child_process"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import { FetchHttpClient, HttpClient } from "@effect/platform"
import { it as effectIt } from "@effect/vitest"
import { Effect, Layer } from "effect"
import fc from "fast-check"
import { describe, expect, it, onTestFinished } from "vitest"
import { InstrumentedHttpClient } from "../../src/capture/effect.js"
import { instrumentFetch, openRecorder } from "../../src/capture/index.js"
import { openDatabase } from "../../src/store/index.js"
import { everyFile, root, temporaryFolder } from "../support/files.js"
import { basic, hostOf, simulatedProvider } from "../support/provider.js"

const rows = (file: string, sql: string): Array<Record<string, unknown>> => {
  const database = openDatabase(file)
  try {
    return database.prepare(sql).all() as Array<Record<string, unknown>>
  } finally {
    database.close()
  }
}

const program = (
  file: string,
  script: string,
  env: Record<string, string>
): Promise<{ code: number | null; signal: string | null; out: string }> =>
  new Promise((resolve) => {
    const child = spawn(
      process.execPath,
      ["--import", join(root, "dist/register.js"), "--input-type=module", "-e", script],
      {
        cwd: root,
        env: { PATH: process.env["PATH"], HOOKSHIFT_DB: file, ...env }
      }
    )
    let out = ""
    child.stdout.on("data", (chunk) => {
      out += chunk
      if (out.includes("KILL ME")) child.kill("SIGTERM")
    })
    child.stderr.on("data", (chunk) => {
      out += chunk
    })
    child.on("close", (code, signal) => resolve({ code, signal, out }))
  })

describe("the recorder behind fetch", () => {
  it("records what the provider counted, with versions, limits and a principal, and counts what it saw again", async () => {
    const simulator = await simulatedProvider({ entities: 100 })
    const file = join(temporaryFolder(), "calls.db")
    const recorder = openRecorder({ db: file, integration: "sync", hosts: [hostOf(simulator)] })
    const recorded = instrumentFetch(fetch, recorder)
    for (let sweep = 0; sweep < 3; sweep++) {
      if (sweep === 2)
        simulator.world.change("contact", "update", 1001, { phone: "+15550000001", custom_fields: { cf_tier: "gold" } })
      const response = await recorded(`${simulator.url}/api/v2/contacts?per_page=100`, { headers: basic("k") })
      expect(((await response.json()) as Array<unknown>).length).toBe(45)
    }
    await recorded(`${simulator.url}/api/v2/tickets/999999`, { headers: basic("k") }).then((response) =>
      response.text()
    )
    await recorder.close()
    expect(recorder.stats()).toEqual({ calls: 4, written: 4, lost: 0 })
    expect(simulator.calls().reduce((sum, line) => sum + line.count, 0)).toBe(4)
    expect(
      rows(
        file,
        "SELECT template, query, status, items, new_versions AS fresh, limit_total AS total FROM call JOIN stream ON stream.id = stream ORDER BY call.id"
      )
    ).toEqual([
      { template: "/api/v2/contacts", query: "per_page=100", status: 200, items: 45, fresh: 45, total: 200 },
      { template: "/api/v2/contacts", query: "per_page=100", status: 200, items: 45, fresh: 0, total: 200 },
      { template: "/api/v2/contacts", query: "per_page=100", status: 200, items: 45, fresh: 1, total: 200 },
      { template: "/api/v2/tickets/{id}", query: "", status: 404, items: null, fresh: null, total: 700 }
    ])
    // A row for each version, none for what was seen again; names of changed fields, no values.
    expect(rows(file, "SELECT count(*) AS n FROM item_version")).toEqual([{ n: 46 }])
    expect(rows(file, "SELECT changed FROM item_version WHERE changed IS NOT NULL")).toEqual([
      { changed: '["custom_fields.cf_tier","phone"]' }
    ])
  })

  it("gives the program the very response that fetch made: identity, bytes, stream, clone and errors", async () => {
    const body = JSON.stringify([{ id: 1, updated_at: "2026-01-01T00:00:00Z", text: "ü€𝄞".repeat(20_000) }])
    const server = createServer((request, response) => {
      if (request.url === "/cut") {
        response.writeHead(200, { "content-type": "application/json", "content-length": 100 })
        response.write("[")
        setImmediate(() => response.destroy())
        return
      }
      response.writeHead(request.url === "/empty" ? 204 : 200, { "content-type": "application/json" })
      response.end(request.url === "/empty" ? undefined : body)
    })
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    onTestFinished(() => void server.close())
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const file = join(temporaryFolder(), "same.db")
    const recorder = openRecorder({ db: file, integration: "same", hosts: [new URL(base).host] })
    const recorded = instrumentFetch(fetch, recorder)

    const response = await recorded(`${base}/things`)
    expect(response).toBeInstanceOf(Response)
    expect(response.url).toBe(`${base}/things`)
    const copy = response.clone()
    expect(await response.text()).toBe(body)
    expect(await copy.text()).toBe(body)
    await expect(response.text()).rejects.toThrow(TypeError)

    const streamed = await recorded(`${base}/things`)
    let text = ""
    const decoder = new TextDecoder()
    for await (const chunk of streamed.body as unknown as AsyncIterable<Uint8Array>)
      text += decoder.decode(chunk, { stream: true })
    expect(text).toBe(body)
    expect((await recorded(`${base}/empty`)).body).toBeNull()

    const [plain, watched] = await Promise.all(
      [fetch(`${base}/cut`), recorded(`${base}/cut`)].map((call) =>
        call.then((cut) => cut.json()).catch((error: unknown) => error)
      )
    )
    expect([(watched as Error).constructor.name, (watched as Error).message]).toEqual([
      (plain as Error).constructor.name,
      (plain as Error).message
    ])
    const refused = await recorded("http://127.0.0.1:1/").catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(TypeError)
    await recorder.close()
    expect(
      rows(file, "SELECT status, items, error FROM call ORDER BY id").map((row) => [
        row["status"],
        row["items"],
        row["error"]
      ])
    ).toEqual(
      expect.arrayContaining([
        [200, 1, null],
        [204, null, null]
      ])
    )
    expect(recorder.stats()).toMatchObject({ calls: 4, lost: 0 })
  })

  it("loses records and never calls when the disk cannot be written to, and counts the loss", async () => {
    const simulator = await simulatedProvider({ entities: 10 })
    const recorder = openRecorder({
      db: join(temporaryFolder(), "no", "such", "folder.db"),
      integration: "x",
      hosts: [hostOf(simulator)]
    })
    const recorded = instrumentFetch(fetch, recorder)
    for (let n = 0; n < 3; n++)
      expect((await recorded(`${simulator.url}/api/v2/tickets`, { headers: basic("k") })).status).toBe(200)
    await recorder.close()
    expect(recorder.stats()).toEqual({ calls: 3, written: 0, lost: 3 })
  })

  it("records only the hosts that are named, and the providers' own", async () => {
    const simulator = await simulatedProvider()
    const file = join(temporaryFolder(), "none.db")
    const recorder = openRecorder({ db: file, integration: "x", hosts: [] })
    await instrumentFetch(fetch, recorder)(`${simulator.url}/api/v2/tickets`, { headers: basic("k") })
    expect(recorder.records(new URL("https://acme.freshdesk.com/api/v2/tickets"))).toBe(true)
    expect(recorder.records(new URL("https://freshdesk.com.evil.example/api/v2/tickets"))).toBe(false)
    await recorder.close()
    expect(recorder.stats().calls).toBe(0)
  })

  it("keeps no key, token, cookie or address, whatever they are", async () => {
    const simulator = await simulatedProvider({ entities: 20 })
    const folder = temporaryFolder()
    const recorder = openRecorder({
      db: join(folder, "canary.db"),
      integration: "canaries",
      hosts: [hostOf(simulator)]
    })
    const recorded = instrumentFetch(fetch, recorder)
    const planted: Array<string> = []
    const secret = fc.stringMatching(/^[a-z][A-Za-z0-9]{22,30}[0-9]$/)
    await fc.assert(
      fc.asyncProperty(secret, secret, secret, async (key, word, name) => {
        const email = `${name}@canary.example`
        planted.push(key, word, name)
        simulator.world.change("contact", "create", null, { email, name: word })
        await recorded(`${simulator.url}/api/v2/contacts?email=${email}&token=${word}&per_page=100`, {
          headers: { ...basic(key), cookie: `session=${word}` }
        }).then((r) => r.text())
        await recorded(`${simulator.url}/api/v2/contacts/${encodeURIComponent(email)}/${word}`, {
          headers: { authorization: `Bearer ${key}` }
        }).then((r) => r.text())
      }),
      { numRuns: 15, seed: 7 }
    )
    await recorder.flush()
    const files = everyFile(folder) // while the WAL is still there
    await recorder.close()
    expect(files.length).toBeGreaterThan(1)
    for (const canary of planted) {
      for (const { file, text } of [...files, ...everyFile(folder)]) {
        expect(
          text.includes(canary) || text.includes(Buffer.from(`${canary}:X`).toString("base64")),
          `${canary} in ${file}`
        ).toBe(false)
      }
    }
  })
})

describe("the preload", () => {
  const client = (url: string, after: string) => `
    const { createRequire } = await import("node:module")
    const Freshdesk = createRequire(${JSON.stringify(`${root}package.json`)})("freshdesk-api")
    const headers = { authorization: "Basic " + Buffer.from("k:X").toString("base64") }
    for (let n = 0; n < 20; n++) await (await fetch("${url}/api/v2/tickets?per_page=10&page=" + n, { headers })).text()
    await new Promise((resolve) => new Freshdesk("${url}", "k").listAllContacts({}, resolve))
    ${after}`
  it.each([
    ["ends by itself", "", 0, null],
    ["calls process.exit()", "process.exit(3)", 3, null],
    ["dies of an uncaught error", 'throw new Error("boom")', 1, null],
    ["is sent SIGTERM", 'console.log("KILL ME"); setInterval(() => {}, 1000)', null, "SIGTERM"]
  ])("loses no completed call of a program that %s", async (_, after, code, signal) => {
    const simulator = await simulatedProvider({ entities: 50 })
    const file = join(temporaryFolder(), "preload.db")
    const ran = await program(file, client(simulator.url, after), {
      HOOKSHIFT_HOSTS: hostOf(simulator),
      HOOKSHIFT_INTEGRATION: "preloaded"
    })
    expect([ran.code, ran.signal]).toEqual([code, signal])
    expect(rows(file, "SELECT count(*) AS n FROM call")).toEqual([{ n: 21 }])
    // None of these is shown as cut off.
    expect(rows(file, "SELECT ended FROM recorder")).toEqual([{ ended: 1 }])
    expect(simulator.calls().reduce((sum, line) => sum + line.count, 0)).toBe(21)
  })
})

describe("the layer over HttpClient", () => {
  effectIt.effect("records the calls of the client beneath it, and passes the answer on", () =>
    Effect.gen(function* () {
      const simulator = yield* Effect.promise(() => simulatedProvider({ entities: 40 }))
      const file = join(temporaryFolder(), "effect.db")
      const layer = InstrumentedHttpClient.layer({ db: file, integration: "effect", hosts: [hostOf(simulator)] }).pipe(
        Layer.provide(FetchHttpClient.layer)
      )
      const tickets = yield* HttpClient.get(`${simulator.url}/api/v2/tickets?per_page=100`, {
        headers: basic("k")
      }).pipe(
        Effect.flatMap((response) => response.json),
        Effect.provide(layer)
      )
      const found = rows(file, "SELECT status, items FROM call")
      expect(found).toEqual([{ status: 200, items: (tickets as Array<unknown>).length }])
    })
  )
})
