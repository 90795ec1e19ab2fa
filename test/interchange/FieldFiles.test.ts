/** Files as servers and browsers really write them: which lines and entries are calls, whose, and when. */
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import { describe, expect, it } from "vitest"
import { shapeQuery } from "../../src/domain/Query.js"
import { callOfLine } from "../../src/interchange/AccessLog.js"
import { callOfEntry } from "../../src/interchange/Har.js"
import { runCli } from "../support/cli.js"
import { temporaryFolder } from "../support/files.js"

const host = "help.example.com"
const log = (
  front: string,
  { request = "GET /api/v2/contacts?page=2 HTTP/1.1", time = "03/Feb/2026:08:15:30 +0000" } = {}
) => callOfLine(`${front} [${time}] "${request}" 200 77 "-" "pull/3.2"`, { host })
const callIn = (parsed: ReturnType<typeof callOfLine>) => {
  if (!("call" in parsed)) throw new Error(JSON.stringify(parsed))
  return parsed.call
}
const userOf = (authorization: string | null) =>
  authorization === null ? null : Buffer.from(authorization.replace("Basic ", ""), "base64").toString("utf8")

describe("a line of an access log", () => {
  it.each([
    ["one address", "198.51.100.4 - ann", "ann:"],
    ["a list with commas", "198.51.100.4, 10.1.2.3, 10.1.2.4 - ann", "ann:"],
    ["a list with spaces", "198.51.100.4 10.1.2.3 - ann", "ann:"],
    ["no forwarded address", "- 10.1.2.3 - ann", "ann:"],
    ["an unknown one", "unknown, 10.1.2.3 - ann", "ann:"],
    ["IPv6", "2001:db8::17 - ann", "ann:"],
    ["IPv6 in brackets, with a port", "[2001:db8::17]:51234, 10.0.0.1:80 - ann", "ann:"],
    ["a name looked up", "client-17.isp.example - ann", "ann:"],
    ["a user of two words", "198.51.100.4 - ann lee", "ann lee:"],
    ["an ident", "198.51.100.4 pid7 ann", "ann:"],
    ["what syslog puts in front", "Feb  3 08:15:30 web1 nginx: 198.51.100.4, 10.1.2.3 - ann", "ann:"],
    [
      "what syslog puts in front since RFC 5424",
      "<190>2026-02-03T08:15:30.1+00:00 web1 nginx[77]: 198.51.100.4 - ann",
      "ann:"
    ],
    ["what docker compose puts in front", "web-1  | 198.51.100.4 - ann", "ann:"],
    ["nobody", "198.51.100.4, 10.1.2.3 - -", null]
  ])("has its user behind %s", (_, front, user) => {
    expect(userOf(callIn(log(front)).authorization)).toBe(user)
  })
  it("has its host in front where there is one, and takes no address for it", () => {
    const hostIn = (front: string) => new URL(callIn(log(front)).url).host
    expect(hostIn("desk.example.org 198.51.100.4 - ann")).toBe("desk.example.org")
    expect(hostIn("desk.example.org:443 198.51.100.4, 10.0.0.1 - ann")).toBe("desk.example.org")
    expect(hostIn("localhost:8080 198.51.100.4 - ann")).toBe("localhost:8080")
    expect(hostIn("198.51.100.4 10.0.0.1 - ann")).toBe(host)
    expect(hostIn("2001:db8::17 10.0.0.1 - ann")).toBe(host)
  })
  it("has its moment, with a fraction or in ISO 8601 as well", () => {
    const at = Date.UTC(2026, 1, 3, 8, 15, 30)
    const startedAt = (time: string) => callIn(log("198.51.100.4 - -", { time })).startedAt
    expect(startedAt("03/Feb/2026:08:15:30 +0000")).toBe(at)
    expect(startedAt("03/Feb/2026:08:15:30.250 +0000")).toBe(at + 250)
    expect(startedAt("03/Feb/2026:09:15:30,004 +0100")).toBe(at + 4)
    expect(startedAt("2026-02-03T09:15:30.250+01:00")).toBe(at + 250)
    expect(log("198.51.100.4 - -", { time: "yesterday" })).toEqual({ problem: "has a time that cannot be read" })
  })
  it("has its target in any form, and is no call where it names no resource", () => {
    const urlOf = (request: string) => callIn(log("198.51.100.4 - -", { request })).url
    expect(urlOf("GET //api/v2/contacts HTTP/1.1")).toBe(`https://${host}/api/v2/contacts`)
    expect(urlOf("GET HTTPS://desk.example.org/api/v2/contacts HTTP/2.0")).toBe(
      "HTTPS://desk.example.org/api/v2/contacts"
    )
    expect(urlOf(`GET /api/v2/search/tickets?query="status:2 OR status:3" HTTP/1.1`.replace(/"/g, "\\x22"))).toContain(
      "status:2 OR status:3"
    )
    for (const request of ["CONNECT desk.example.org:443 HTTP/1.1", "OPTIONS * HTTP/1.0"])
      expect(log("198.51.100.4 - -", { request })).toEqual({ skipped: true })
  })
  it("has no status where the server gave no answer", () => {
    const parsed = callOfLine(`198.51.100.4 - - [03/Feb/2026:08:15:30 +0000] "GET /api/v2/contacts HTTP/1.1" 000 0`, {
      host
    })
    expect(callIn(parsed)).toMatchObject({ status: null, error: "Error" })
  })
  it("is imported among noise, which is counted and named", async () => {
    const folder = temporaryFolder()
    const good = (minute: number) =>
      `198.51.100.4, 10.0.0.1 - ann [03/Feb/2026:08:${minute}:00 +0000] "GET /api/v2/tickets HTTP/1.1" 200 5 "-" "pull/3.2"`
    writeFileSync(
      join(folder, "access.log"),
      `\uFEFF${good(10)}\r\n\\x16\\x03 garbage\n${good(11)}\n10.0.0.9 - - [03/Feb/2026:08:12:00 +0000] "CONNECT a:443 HTTP/1.1" 405 0\n${good(12)}\n`
    )
    writeFileSync(join(folder, "noise.log"), "nothing\nof use\n")
    const run = (file: string) =>
      runCli(["import", "combined", file, "--host", "acme.freshdesk.com", "--db", "a.db"], { cwd: folder })
    expect(await run("access.log")).toEqual({
      code: 0,
      stdout: "3 calls added, 1 are not API requests (CONNECT, *)\n",
      stderr: "hookshift: 1 line was left out: line 2 is no line of the Common or Combined Log Format\n"
    })
    expect(await run("noise.log")).toMatchObject({ code: 2, stdout: "0 calls added\n" })
  })
})

describe("an entry of a browser's HAR", () => {
  const entry = (more: object = {}, response: object = {}) =>
    callOfEntry(
      JSON.stringify({
        startedDateTime: "2026-02-03T08:15:30.000Z",
        time: 12,
        request: { method: "GET", url: "https://acme.freshdesk.com/api/v2/contacts", headers: [] },
        response: { status: 200, headers: [], content: { size: 2, text: "[]" }, bodySize: 2, ...response },
        cache: {},
        ...more
      })
    )

  it.each([
    ["Chrome's memory cache", { _fromCache: "memory" }, {}],
    ["Edge's prefetch cache", { _fromCache: "prefetch" }, {}],
    ["Chrome's service worker", {}, { _fetchedViaServiceWorker: true }],
    ["Chrome's cache without its mark", {}, { _transferSize: 0 }],
    ["Firefox's cache", { cache: { afterRequest: null } }, {}],
    [
      "Firefox's cache with what it holds",
      { cache: { afterRequest: { lastAccess: "2026-02-03", eTag: "x", hitCount: 3 } } },
      {}
    ],
    ["Safari's memory cache", { _fetchType: "Memory Cache" }, {}],
    ["Safari's disk cache", { _fetchType: "Disk Cache" }, {}],
    ["Safari's service worker", { _fetchType: "Service Worker" }, {}],
    ["Safari's inspector", { _fetchType: "Inspector Override" }, {}],
    ["a route that Playwright fulfilled", { _wasFulfilled: true }, {}],
    ["the page itself", { request: { method: "GET", url: "data:application/json,[]" } }, {}],
    ["an extension", { request: { method: "GET", url: "chrome-extension://abc/api/v2/contacts" } }, {}]
  ])("is no call where it came from %s", (_, more, response) => {
    expect(entry(more, response)).toBe("cached")
  })
  it.each([
    "net::ERR_BLOCKED_BY_CLIENT",
    "net::ERR_BLOCKED_BY_ADMINISTRATOR",
    "net::ERR_BLOCKED_BY_CSP",
    "NS_ERROR_TRACKING_URI"
  ])("is no call where the browser stopped it (%s)", (error) => {
    expect(entry({}, { status: 0, _error: error, content: { size: 0 }, _transferSize: 0 })).toBe("blocked")
  })
  it("is no call where a route of Playwright's aborted it", () => {
    expect(entry({ _wasAborted: true }, { status: -1, content: { size: -1 } })).toBe("blocked")
  })
  it("is a call where it went out, answered or not", () => {
    for (const [more, response] of [
      [{}, { status: 0, _error: "net::ERR_BLOCKED_BY_RESPONSE.NotSameOrigin", content: { size: 0 } }],
      [{ _blockedReason: "corp-not-same-origin" }, { status: 0, content: { size: 0 } }],
      [{ _wasContinued: true }, {}],
      [{}, {}],
      [{ _fetchType: "Network Load" }, {}],
      [{ _fromCache: false }, { _transferSize: 120, _fetchedViaServiceWorker: false }],
      [{ cache: { beforeRequest: null, afterRequest: null } }, {}],
      [{}, { status: 304, content: { size: 0 }, _transferSize: 90 }],
      [{}, { status: 0, _error: "net::ERR_CONNECTION_RESET", content: { size: 0 }, _transferSize: 0 }]
    ] as const)
      expect(entry(more, response), JSON.stringify([more, response])).toHaveProperty("method", "GET")
  })
})

describe("the start of a window in a query", () => {
  it("is read with its offset, whether its + is encoded or stands as it is", () => {
    const at = Date.UTC(2026, 1, 3, 6, 15)
    for (const written of [
      "2026-02-03T08:15:00%2B02:00",
      "2026-02-03T08:15:00+02:00",
      "2026-02-03T08:15:00+0200",
      "2026-02-03T01:15:00-05:00"
    ])
      expect(shapeQuery(`updated_since=${written}`, "salt"), written).toEqual({
        shape: "updated_since=*",
        page: null,
        since: at
      })
    expect(shapeQuery("updated_since=2026-02-03+08:15:00+02:00", "salt").since).toBe(at)
    const search = (offset: string) => shapeQuery(`query="updated_at:>'2026-02-03T08:15:00${offset}'"`, "salt").shape
    expect(search("+02:00")).toBe(search("%2B02:00"))
  })
})

describe("a file with a byte order mark", () => {
  const line = `198.51.100.4 - ann [03/Feb/2026:08:15:30 +0000] "GET /api/v2/tickets HTTP/1.1" 200 5 "-" "pull/3.2"\n`
  const har = `{"log":{"entries":[{"startedDateTime":"2026-02-03T08:15:30Z","request":{"method":"GET","url":"https://acme.freshdesk.com/api/v2/tickets?é"},"response":{"status":200}}]}}`
  it.each([
    ["utf8", "combined", line],
    ["utf16le", "combined", line],
    ["utf8", "har", har],
    ["utf16le", "har", har]
  ] as const)("is read in %s as %s, packed or not", async (encoding, format, text) => {
    const folder = temporaryFolder()
    const bytes = Buffer.from(`\uFEFF${text}`, encoding)
    writeFileSync(join(folder, "plain"), bytes)
    writeFileSync(join(folder, "packed"), gzipSync(bytes))
    const run = (...args: ReadonlyArray<string>) => runCli([...args, "--db", "a.db"], { cwd: folder })
    const host = ["--host", "acme.freshdesk.com"]
    expect(await run("import", format, "plain", ...host)).toMatchObject({ code: 0, stdout: "1 call added\n" })
    expect(await run("import", format, "packed", ...host)).toMatchObject({
      code: 0,
      stdout: "0 calls added, 1 were here already\n"
    })
    if (format === "har") return
    const exported = (await run("export", "ndjson")).stdout
    writeFileSync(join(folder, "own"), Buffer.from(`\uFEFF${exported}`, encoding))
    expect(await run("import", "ndjson", "own")).toMatchObject({
      code: 0,
      stdout: "0 calls added, 1 were here already\n"
    })
  })
})
