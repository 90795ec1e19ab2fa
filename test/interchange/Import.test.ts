import { appendFileSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import { describe, expect, it } from "vitest"
import { importHar, importLog, importNdjson, ndjsonOf } from "../../src/interchange/index.js"
import { openDatabase } from "../../src/store/index.js"
import { runCli } from "../support/cli.js"
import { everyFile, temporaryFolder } from "../support/files.js"
import { charlesEntry, chromeEntry, failedEntry, harOfEntries, mitmproxyEntry } from "../support/har.js"

const settings = { integration: null, hosts: [], keepBodies: false }

const scratch = () => {
  const folder = temporaryFolder()
  const database = openDatabase(join(folder, "h.db"))
  return {
    folder,
    database,
    write: (name: string, content: string | Buffer): string => {
      const file = join(folder, name)
      writeFileSync(file, content)
      return file
    },
    calls: () =>
      database
        .prepare(
          `SELECT integration, principal <> '' AS known, template, query, page, status, error, duration_us AS us, items,
             new_versions AS fresh, request_bytes AS sent, response_bytes AS received, limit_remaining AS remaining
           FROM call JOIN stream ON stream.id = stream ORDER BY call.id`
        )
        .all() as Array<Record<string, unknown>>
  }
}

describe("importing a HAR", () => {
  it("reads what Chrome, mitmproxy and Charles write; what a file does not say is null", async () => {
    const { calls, database, write } = scratch()
    const file = write(
      "mixed.har",
      `\uFEFF${harOfEntries([
        chromeEntry(1, 4),
        mitmproxyEntry(2, "the-key"),
        charlesEntry(3),
        failedEntry(4),
        { ...chromeEntry(5, 1), _fromCache: "disk" },
        { ...chromeEntry(6, 1), request: { method: "GET", url: "https://cdn.example/app.js" } }
      ])}`
    )
    const result = await importHar(database, file, settings)
    expect(result).toMatchObject({ read: 5, added: 4, known: 0, fromCache: 1, damagedCount: 0 })
    expect([...result.otherHosts]).toEqual([["cdn.example", 1]])
    const common = { template: "/api/v2/tickets", query: "per_page=100", page: 1, error: null, sent: 0 }
    expect(calls()).toEqual([
      {
        ...common,
        integration: "Mozilla",
        known: 0,
        status: 200,
        us: 123_456,
        items: 4,
        fresh: 4,
        received: null,
        remaining: 150
      },
      {
        ...common,
        integration: "crm-sync",
        known: 1,
        status: 200,
        us: 80_000,
        items: 3,
        fresh: 3,
        received: 500,
        remaining: null
      },
      {
        ...common,
        integration: "crm-sync",
        known: 0,
        status: 200,
        us: 95_000,
        items: null,
        fresh: null,
        received: 700,
        remaining: null
      },
      {
        ...common,
        integration: "unknown",
        known: 0,
        status: null,
        error: "ERR_CONNECTION_REFUSED",
        us: 5_000,
        items: null,
        fresh: null,
        received: 0,
        remaining: null
      }
    ])
  })

  it("knows the hosts of all four products, and audits what it has no catalogue of", { timeout: 400_000 }, async () => {
    const folder = temporaryFolder()
    const urls = [
      "https://acme.freshservice.com/api/v2/tickets?updated_since=2026-03-02T09:00:00Z",
      "https://acme.myfreshworks.com/crm/sales/api/contacts/view/402000000001?page=1&sort=updated_at",
      "https://api.freshchat.com/v2/users?page=1"
    ]
    const bodies = [
      { tickets: [{ id: 1, updated_at: "2026-03-02T09:00:00Z" }] },
      { contacts: [{ id: 2, updated_at: "2026-03-02T12:00:00+03:00" }], meta: {} },
      { users: [{ id: "0f8fad5b-d9cb-469f-a165-70867728950e", updated_time: "2026-03-02T09:00:00.123Z" }] }
    ]
    const entries = Array.from({ length: 30 }, (_, n) => ({
      startedDateTime: new Date(Date.UTC(2026, 2, 2, 10) + Math.floor(n / 3) * 60_000 + (n % 3) * 500).toISOString(),
      time: 50,
      request: { method: "GET", url: urls[n % 3], headers: [{ name: "User-Agent", value: "sync/1" }] },
      response: {
        status: 200,
        headers: [],
        content: { mimeType: "application/json", text: JSON.stringify(bodies[n % 3]) }
      }
    }))
    writeFileSync(join(folder, "four.har"), JSON.stringify({ log: { entries } }))
    expect((await runCli(["import", "har", "four.har"], { cwd: folder })).stdout).toBe("30 calls added\n")
    const pollers = JSON.parse((await runCli(["pollers", "--json"], { cwd: folder })).stdout) as Array<
      Record<string, unknown>
    >
    expect(
      pollers.map(({ endpoint, itemVersions, product, sweeps }) => [product, endpoint, sweeps, itemVersions])
    ).toEqual([
      ["freshservice", "GET /api/v2/tickets", 10, 1],
      ["freshsales", "GET /crm/sales/api/contacts/view/{id}", 10, 1],
      ["freshchat", "GET /v2/users", 10, 1]
    ])
    expect(await runCli(["audit", "--out", "reports"], { cwd: folder })).toMatchObject({ code: 0, stderr: "" })
  })

  it("adds nothing the second time, and of a longer file only what is new; equal entries are as many as they are", async () => {
    const { database, write } = scratch()
    const entries = [charlesEntry(1), charlesEntry(1), charlesEntry(1), chromeEntry(2, 2)]
    const file = write("a.har", harOfEntries(entries))
    expect(await importHar(database, file, settings)).toMatchObject({ added: 4, known: 0 })
    expect(await importHar(database, file, settings)).toMatchObject({ added: 0, known: 4 })
    const longer = write("b.har", harOfEntries([...entries, charlesEntry(1), charlesEntry(9)]))
    expect(await importHar(database, longer, settings)).toMatchObject({ added: 2, known: 4 })
    expect(await importHar(database, write("c.har.gz", gzipSync(readFileSync(longer))), settings)).toMatchObject({
      added: 0,
      known: 6
    })
  })

  it("imports what is whole of a damaged file, and names what is not", async () => {
    const whole = harOfEntries([charlesEntry(1), charlesEntry(2), charlesEntry(3)])
    const first = scratch()
    const broken = whole.replace('"time":95', '"time":nine')
    const offset = broken.indexOf("{", broken.indexOf('"entries":['))
    const result = await importHar(first.database, first.write("broken.har", broken), settings)
    expect(result).toMatchObject({ added: 2, damaged: [{ where: `entry 1 (byte ${offset})`, problem: "is no JSON" }] })

    const second = scratch()
    const cut = await importHar(
      second.database,
      second.write("cut.har", whole.slice(0, whole.lastIndexOf("startedDateTime") + 30)),
      settings
    )
    expect(cut).toMatchObject({ added: 2, damagedCount: 1 })
    expect(cut.damaged[0]!.problem).toMatch(/^entry 3 \(byte \d+\) is cut off$/)

    const third = scratch()
    const noTime = await importHar(
      third.database,
      third.write("fields.har", harOfEntries([{ request: {} }, charlesEntry(1)])),
      settings
    )
    expect(noTime).toMatchObject({ added: 1, damaged: [{ problem: "has no startedDateTime" }] })
    const noHar = await importHar(third.database, third.write("no.har", '{"entries":[{}]}'), settings)
    expect(noHar.damaged[0]!.problem).toMatch(/no log\.entries/)
    const packed = gzipSync(whole)
    const brokenArchive = await importHar(
      third.database,
      third.write("cut.har.gz", packed.subarray(0, packed.length - 20)),
      settings
    )
    expect(brokenArchive.damaged[0]!.problem).toMatch(/cannot be unpacked/)
  })

  it("names an entry that is no object, and imports its neighbours", async () => {
    const { database, write } = scratch()
    const odd = [7, "a { b [", null, true, [], [[{ request: {} }]], -1.5e3]
    const entries = odd.flatMap((value, n) => [value, chromeEntry(n + 1, 1)])
    const result = await importHar(database, write("odd.har", harOfEntries(entries)), settings)
    expect(result).toMatchObject({ read: odd.length, added: odd.length, damagedCount: odd.length })
    expect(result.damaged.map(({ where }) => where?.split(" (")[0])).toEqual(odd.map((_, n) => `entry ${2 * n + 1}`))
    expect(new Set(result.damaged.map(({ problem }) => problem))).toEqual(new Set(["is no object"]))
  })

  it("names an entry whose time is an object with a toString of its own", async () => {
    const { database, write } = scratch()
    const odd = { ...chromeEntry(1, 1), startedDateTime: { toString: 1 } }
    const exported = { ...odd, _hookshift: { recording: "0", call: 1 } }
    const result = await importHar(database, write("t.har", harOfEntries([odd, exported, chromeEntry(2, 1)])), settings)
    expect(result).toMatchObject({ added: 1, damagedCount: 2 })
    expect(result.damaged[0]?.problem).toBe("has no startedDateTime")
    for (const version of ['"version":{"toString":1}', '"versions":1']) {
      const head = write("h.ndjson", `{"format":"hookshift-calls",${version}}\n`)
      expect((await importNdjson(database, head)).damaged[0]?.problem).toContain("its first line is not {")
    }
    const later = write("h.ndjson", '{"format":"hookshift-calls","version":2}\n')
    expect((await importNdjson(database, later)).damaged[0]?.problem).toContain("it is of version 2")
  })

  it("leaves no recorder behind that looks cut off where an NDJSON is not hookshift's", async () => {
    const { database, write } = scratch()
    expect(await importNdjson(database, write("x.ndjson", '{"format":"other"}\n{}\n'))).toMatchObject({ added: 0 })
    expect(database.prepare("SELECT count(*) FROM recorder").pluck().get()).toBe(0)
  })
})

describe("importing an access log", () => {
  const apache = [
    '203.0.113.7 - the-key [02/Mar/2026:10:00:00 +0000] "GET /api/v2/tickets?updated_since=2026-03-02T09:00:00Z&per_page=100 HTTP/1.1" 200 2326 "-" "crm-sync/2.1 (linux)"',
    '203.0.113.7 - the-key [02/Mar/2026:11:01:00 +0100] "GET /api/v2/tickets?updated_since=2026-03-02T09:01:00Z&per_page=100 HTTP/1.1" 304 - "-" "crm-sync/2.1 (linux)"',
    '203.0.113.7 - - [02/Mar/2026:10:02:00 +0000] "GET https://other.freshdesk.com/api/v2/contacts/42 HTTP/1.1" 429 17',
    '203.0.113.7 - - [02/Mar/2026:10:02:00 +0000] "\\x16\\x03\\x01" 400 0 "-" "-"',
    "not a line at all"
  ].join("\n")

  it("reads Common and Combined lines: no bodies and no durations, so both are null", async () => {
    const { calls, database, write } = scratch()
    const file = write("access.log", `${apache}\n`)
    const log = { ...settings, host: "acme.freshdesk.com" }
    const result = await importLog(database, file, log)
    expect(result).toMatchObject({ added: 3, damagedCount: 2 })
    expect(result.damaged).toEqual([
      { where: "line 4", problem: "has no request in it" },
      { where: "line 5", problem: "is no line of the Common or Combined Log Format" }
    ])
    const unknown = { us: null, fresh: null, sent: null, remaining: null, error: null, page: null }
    expect(calls()).toEqual([
      {
        ...unknown,
        integration: "crm-sync",
        known: 1,
        template: "/api/v2/tickets",
        query: "per_page=100&updated_since=*",
        status: 200,
        items: null,
        received: 2326
      },
      // A 304 says that nothing is new, body or none.
      {
        ...unknown,
        integration: "crm-sync",
        known: 1,
        template: "/api/v2/tickets",
        query: "per_page=100&updated_since=*",
        status: 304,
        items: 0,
        fresh: 0,
        received: 0
      },
      {
        ...unknown,
        integration: "unknown",
        known: 0,
        template: "/api/v2/contacts/{id}",
        query: "",
        status: 429,
        items: null,
        received: 17
      }
    ])
    expect(
      database.prepare("SELECT DISTINCT datetime(started_at / 1000, 'unixepoch') FROM call ORDER BY 1").pluck().all()
    ).toEqual(["2026-03-02 10:00:00", "2026-03-02 10:01:00", "2026-03-02 10:02:00"])
    appendFileSync(file, `${apache.split("\n")[0]!.replace("10:00:00", "10:05:00")}\n`)
    expect(await importLog(database, file, log)).toMatchObject({ added: 1, known: 3 })
  })

  it("says that a yield cannot be known, and not that it is zero", async () => {
    const folder = temporaryFolder()
    const lines = Array.from(
      { length: 30 },
      (_, minute) =>
        `10.0.0.1 - k [02/Mar/2026:10:${String(minute).padStart(2, "0")}:00 +0000] "GET /api/v2/tickets?per_page=100 HTTP/1.1" 200 900 "-" "crm-sync/2.1"`
    )
    writeFileSync(join(folder, "access.log"), lines.join("\n"))
    expect(await runCli(["import", "combined", "access.log", "--host", "acme.freshdesk.com"], { cwd: folder })).toEqual(
      {
        code: 0,
        stdout: "30 calls added\n",
        stderr: ""
      }
    )
    const [poller] = JSON.parse((await runCli(["pollers", "--json"], { cwd: folder })).stdout)
    expect(poller).toMatchObject({
      integration: "crm-sync",
      calls: 30,
      sweeps: 30,
      emptySweeps: null,
      itemVersions: null
    })
    expect(poller.freshnessSeconds).toBeNull()
    expect(poller.reasons.join(" ")).toMatch(/cannot be known/)
  })
})

describe("exporting", () => {
  it("writes NDJSON that another database takes back whole, and its own not again", async () => {
    const { database, folder, write } = scratch()
    await importHar(
      database,
      write("a.har", harOfEntries([chromeEntry(1, 4), mitmproxyEntry(2, "k"), charlesEntry(3), failedEntry(4)])),
      settings
    )
    const window = { from: 0, to: Number.MAX_SAFE_INTEGER }
    const text = [...ndjsonOf(database, window)].join("")
    const file = write("calls.ndjson", text)
    expect(text.split("\n")[0]).toBe('{"format":"hookshift-calls","version":1}')
    expect(await importNdjson(database, file)).toMatchObject({ read: 4, added: 0, known: 4 })
    const other = openDatabase(join(folder, "other.db"))
    expect(await importNdjson(other, file)).toMatchObject({ read: 4, added: 4, known: 0 })
    expect(await importNdjson(other, file)).toMatchObject({ added: 0, known: 4 })
    expect([...ndjsonOf(other, window)].join("")).toBe(text)
    const lines = text.trimEnd().split("\n")
    const damaged = write(
      "d.ndjson",
      [lines[0], lines[1]!.slice(0, 60), lines[2]!.replace('"GET"', "7"), lines[3]].join("\n")
    )
    expect((await importNdjson(openDatabase(join(folder, "d.db")), damaged)).damaged).toEqual([
      { where: "line 2", problem: "is no JSON" },
      { where: "line 3", problem: "is no call: method is missing or not valid" }
    ])
  })

  it("writes a HAR with no secret in it, which comes back as the same calls", async () => {
    const { folder } = scratch()
    const key = "9fJ2kLmN0pQrStUvWxYz"
    writeFileSync(join(folder, "a.har"), harOfEntries([mitmproxyEntry(2, key), charlesEntry(3)]))
    const run = (...args: Array<string>) => runCli(args, { cwd: folder })
    expect((await run("import", "har", "a.har")).stdout).toBe("2 calls added\n")
    expect((await run("export", "har", "--out", "b.har")).code).toBe(0)
    const out = readFileSync(join(folder, "b.har"), "utf8")
    expect(out).not.toContain(key)
    expect(JSON.parse(out).log.entries[0].request.url).toBe(
      "https://acme.freshdesk.com/api/v2/tickets?per_page=100&page=1"
    )
    expect((await run("import", "har", "b.har", "--db", "c.db")).stdout).toBe("2 calls added\n")
    for (const { file, text } of everyFile(folder)) {
      if (file.endsWith("a.har")) continue
      expect([file, text.includes(key), text.includes(Buffer.from(`${key}:X`).toString("base64"))]).toEqual([
        file,
        false,
        false
      ])
    }
  })

  it("names a file that is not there or no recording, and exits 2", async () => {
    const { folder, write } = scratch()
    const run = (...args: Array<string>) => runCli(args, { cwd: folder })
    expect(await run("import", "har", "none.har")).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/there is no file at .*none\.har/)
    })
    write("cut.har", harOfEntries([charlesEntry(1), charlesEntry(2)]).slice(0, -300))
    const cut = await run("import", "har", "cut.har")
    expect(cut).toMatchObject({ code: 2, stdout: "1 call added\n" })
    expect(cut.stderr).toMatch(/cut\.har is damaged: entry 2 \(byte \d+\) is cut off\. The undamaged calls were imported/)
    write("x.ndjson", "{}\n")
    expect((await run("import", "ndjson", "x.ndjson")).stderr).toMatch(/no NDJSON of hookshift's/)
    expect(await run("export", "ndjson", "--db", "nothing.db")).toMatchObject({ code: 2 })
  })
})
