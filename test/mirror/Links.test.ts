/** Behind the preload a program asks the provider's address: links lead there, and a mirror answers for its own only. */
import { createServer } from "node:http"
import { join } from "node:path"
import { expect, it, onTestFinished } from "vitest"
import { openProxy, type Target } from "../../src/capture/index.js"
import { apiBases, linksFor, nextLink } from "../../src/mirror/Links.js"
import type { ListQuestion } from "../../src/mirror/Question.js"
import { temporaryFolder } from "../support/files.js"
import { listeningAt } from "../support/listening.js"
import { mirrorWorld, ownKey } from "./mirrorWorld.js"

const header = "x-hookshift-origin"
const upstream = { host: null, path: "/acme", url: new URL("https://acme.freshdesk.com/helpdesk/") }
const target: Target = { upstream, path: "/helpdesk/api/v2/tickets" }

it("gives links that lead where the program asked", () => {
  const question = {
    path: "/api/v2/tickets",
    query: new URLSearchParams("per_page=2&page=1"),
    rule: { pageParameter: "page" }
  } as unknown as ListQuestion
  const links = (headers: Record<string, string>) => linksFor({ headers }, target)
  expect([links({}), links({ [header]: "https://acme.freshdesk.com" })]).toEqual(["mirror", "provider"])
  const bases = apiBases("http://127.0.0.1:8792", target)
  expect(nextLink(bases.mirror, question, 2)).toBe(
    '<http://127.0.0.1:8792/acme/api/v2/tickets?per_page=2&page=2>; rel="next"'
  )
  expect(nextLink(bases.provider, question, 2)).toBe(
    '<https://acme.freshdesk.com/helpdesk/api/v2/tickets?per_page=2&page=2>; rel="next"'
  )
})

it("refuses what is meant for another account, without asking state or provider", async () => {
  const world = mirrorWorld({ entities: 40 })
  world.time.advance(60_000)
  world.receiver.sweep()
  await world.load()
  world.time.advance(60_000)
  const headers = { [header]: "http://provider" }
  const [{ id }] = world.direct("/api/v2/companies").body as [{ id: number }]
  const item = `/api/v2/companies/${id}`
  await world.ask(item, { headers })
  const before = world.calls()
  const own = await world.ask(item, { headers })
  expect([own.from, own.reason, own.status]).toEqual(["state", "", 200])
  for (const meant of ["http://other", "http://provider/", "https://provider", "http://provider, http://provider"]) {
    const refused = await world.ask(item, { headers: { [header]: meant }, key: ownKey })
    expect([meant, refused.status, JSON.stringify(refused.body)]).toEqual([
      meant,
      421,
      expect.stringContaining("misdirected")
    ])
  }
  expect(world.calls()).toBe(before)
})

it("leaves the links of what goes through, and keeps its header to itself", async () => {
  const seen: Array<unknown> = []
  let origin = ""
  const server = createServer((request, response) => {
    seen.push(request.headers[header])
    response.setHeader("content-type", request.url === "/text" ? "text/plain" : "application/json")
    response.setHeader("link", `<${origin}/api/v2/tickets?page=2>; rel="next"`)
    response.end("[]")
  })
  origin = await listeningAt(server)
  const proxy = await openProxy({
    host: "127.0.0.1",
    port: 0,
    upstreams: [{ host: null, path: null, url: new URL(origin) }],
    tls: null,
    timeoutMs: 5_000,
    recorder: { db: join(temporaryFolder(), "h.db") },
    intermediary: {
      decide: async (message, asked) => ({
        kind: "pass",
        headers: {},
        look: { mostBytes: 1_000, see: async () => null, unseen: () => undefined },
        keepsLinks: linksFor(message, asked) === "provider"
      })
    }
  })
  onTestFinished(() => proxy.close())
  const linkOf = async (path: string, headers: Record<string, string>) =>
    (await fetch(`${proxy.url}${path}`, { headers })).headers.get("link")
  for (const path of ["/json", "/text"]) {
    expect(await linkOf(path, {})).toBe(`<${proxy.url}/api/v2/tickets?page=2>; rel="next"`)
    expect(await linkOf(path, { [header]: origin })).toBe(`<${origin}/api/v2/tickets?page=2>; rel="next"`)
  }
  expect(seen).toEqual([undefined, undefined, undefined, undefined])
})
