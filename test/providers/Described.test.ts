/** A provider of one's own, from a data file: GitHub's issues and webhooks, signed by GitHub's own package. */
import { copyFileSync, readFileSync, writeFileSync } from "node:fs"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import { FetchHttpClient } from "@effect/platform"
import { Webhooks } from "@octokit/webhooks"
import { Effect, Redacted, SchemaAST, Stream } from "effect"
import { beforeAll, describe, expect, it, onTestFinished } from "vitest"
import type { WebhookEvent } from "../../src/domain/Event.js"
import { toWholeSecondIso } from "../../src/domain/Time.js"
import { makeReader } from "../../src/providers/clients.js"
import { Description } from "../../src/providers/described/Description.js"
import { endpointMatcher, productForHost, providerOf } from "../../src/providers/index.js"
import { teachProviders } from "../../src/providers/service.js"
import { createReceiver } from "../../src/receiver/index.js"
import { runCli } from "../support/cli.js"
import { temporaryFolder } from "../support/files.js"
import { until } from "../support/until.js"

const file = new URL("../../fixtures/providers/github.json", import.meta.url).pathname
const github = () => providerOf("github")!

beforeAll(() => {
  expect(teachProviders([file], "/")).toBeNull()
})

/** An issue as api.github.com shows it, as far as matters here. */
const issue = (number: number, minutes: number, fields: Record<string, unknown> = {}) => ({
  url: `https://api.github.com/repos/acme/shop/issues/${number}`,
  id: 2_000_000_000 + number,
  number,
  title: `Issue ${number}`,
  user: { login: "octocat", id: 1 },
  labels: [],
  state: "open",
  locked: false,
  comments: 0,
  created_at: "2026-03-01T10:00:00Z",
  updated_at: new Date(Date.parse("2026-03-02T10:00:00Z") + minutes * 60_000).toISOString().replace(".000", ""),
  closed_at: null,
  ...fields
})

/** GitHub's list, as an integration meets it. */
const api = async (issues: () => ReadonlyArray<ReturnType<typeof issue>>) => {
  const server = createServer((request, response) => {
    const url = new URL(request.url!, "http://x")
    const since = url.searchParams.get("since")
    const perPage = Number(url.searchParams.get("per_page") ?? 30)
    const page = Number(url.searchParams.get("page") ?? 1)
    const found = issues()
      .filter((one) => since === null || one.updated_at >= since)
      .sort((a, b) => (a.updated_at < b.updated_at ? -1 : 1))
    const shown = found.slice((page - 1) * perPage, page * perPage)
    response.writeHead(200, {
      "content-type": "application/json",
      "x-ratelimit-limit": "5000",
      ...(found.length > page * perPage ? { link: '<https://x>; rel="next"' } : {})
    })
    response.end(JSON.stringify(shown))
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  onTestFinished(() => void server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

describe("a described base without parameters", () => {
  it("may stand at the end of baseUrl, or be left off", async () => {
    const folder = temporaryFolder()
    const description = join(folder, "stall.json")
    writeFileSync(
      description,
      JSON.stringify({
        name: "stall",
        hosts: ["stall.example"],
        base: "/v3",
        entities: { parcel: { list: { path: "/parcels" } } }
      })
    )
    expect(teachProviders([file, description], "/")).toBeNull()
    onTestFinished(() => void teachProviders([file], "/"))
    const asked: Array<string> = []
    const server = createServer((request, response) => {
      asked.push(new URL(request.url!, "http://x").pathname)
      response.writeHead(200, { "content-type": "application/json" }).end("[]")
    })
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    onTestFinished(() => void server.close())
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    for (const end of ["", "/", "/v3", "/v3/", "/shop", "/shop/v3"])
      await Effect.runPromise(
        makeReader(providerOf("stall")!, {
          baseUrl: `${origin}${end}`,
          authentication: { scheme: "bearer", secret: Redacted.make("k") }
        }).pipe(
          Effect.flatMap((reader) => Stream.runDrain(reader.changed("parcel", null))),
          Effect.provide(FetchHttpClient.layer)
        )
      )
    const [plain, below] = ["/v3/parcels", "/shop/v3/parcels"]
    expect(asked).toEqual([plain, plain, plain, plain, below, below])
  })
})

describe("an id that a delivery brings", () => {
  it("leads to no other path of the API", async () => {
    const asked: Array<string> = []
    const server = createServer((request, response) => {
      asked.push(request.url!)
      response.writeHead(404, { "content-type": "application/json" }).end("{}")
    })
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    onTestFinished(() => void server.close())
    const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const get = (product: string, entity: string, id: string) =>
      Effect.runPromise(
        makeReader(providerOf(product)!, {
          baseUrl,
          authentication: { scheme: "bearer", secret: Redacted.make("k") }
        }).pipe(
          Effect.flatMap((reader) => Effect.flip(reader.get(entity, id))),
          Effect.map(({ reason }) => reason),
          Effect.provide(FetchHttpClient.layer)
        )
      )
    for (const id of ["../agents/me", "1?include=stats", "1#x", "..", ".", "1/conversations", "%2e%2e", "a b"])
      for (const product of ["freshdesk", "freshservice"]) expect(await get(product, "ticket", id)).toBe("notFound")
    expect(await get("github", "issue", "..")).toBe("notFound")
    expect(asked).toEqual([])
    expect(await get("freshdesk", "ticket", "42")).toBe("notFound")
    expect(asked).toHaveLength(1)
  })
})

describe("a described provider", () => {
  it("is known by its hosts and paths, and keeps no names of them", () => {
    expect(productForHost("api.github.com")).toBe("github")
    expect(endpointMatcher(github())("GET", "/repos/acme/shop/issues/7")).toMatchObject({
      template: "/repos/{owner}/{repo}/issues/{number}",
      subject: "7"
    })
    expect(endpointMatcher(github())("GET", "/repos/acme/shop/issues")).toMatchObject({
      subject: null,
      endpoint: { kind: "list", entity: "issue", timeFilter: "since" }
    })
  })
  it("is read by its time filter, page after page", async () => {
    const all = Array.from({ length: 250 }, (_, n) => issue(n + 1, n))
    const url = await api(() => all)
    const read = await Effect.runPromise(
      makeReader(github(), {
        baseUrl: `${url}/repos/acme/shop`,
        authentication: { scheme: "bearer", secret: Redacted.make("k") }
      }).pipe(
        Effect.flatMap((reader) => Stream.runCollect(reader.changed("issue", Date.parse("2026-03-02T10:05:00Z")))),
        Effect.provide(FetchHttpClient.layer)
      )
    )
    expect([...read].map((one) => one["number"])).toEqual(all.slice(5).map((one) => one.number))
  })
  it("has its webhooks verified and understood, as GitHub's own package signs them", async () => {
    const events: Array<WebhookEvent> = []
    const secret = "a webhook secret"
    const receiver = await createReceiver({
      db: join(temporaryFolder(), "g.db"),
      listen: { port: 0 },
      sources: { shop: { product: "github", profile: "github", secrets: [secret] } },
      onEvent: (event) => void events.push(event)
    })
    onTestFinished(() => receiver.close())
    const webhooks = new Webhooks({ secret })
    const post = async (name: string, body: object, delivery: string, signature?: string) => {
      const text = JSON.stringify(body)
      return (
        await fetch(`${receiver.url}/hooks/shop`, {
          method: "POST",
          body: text,
          headers: {
            "x-github-event": name,
            "x-github-delivery": delivery,
            "x-hub-signature-256": signature ?? (await webhooks.sign(text))
          }
        })
      ).status
    }
    const sender = { login: "octocat", id: 1 }
    const opened = { action: "opened", issue: issue(7, 0), sender }
    expect(await post("issues", opened, "d-1")).toBe(200)
    expect(await post("issues", opened, "d-1")).toBe(200) // the same delivery again
    expect(
      await post("issues", { action: "labeled", issue: issue(7, 1, { labels: [{ name: "bug" }] }), sender }, "d-2")
    ).toBe(200)
    expect(await post("issues", { action: "deleted", issue: issue(7, 2), sender }, "d-3")).toBe(200)
    expect(await post("ping", { zen: "Keep it logically awesome.", hook_id: 1 }, "d-4")).toBe(200)
    expect(await post("issues", opened, "d-5", "sha256=00")).toBe(401)
    await until(() => events.length >= 3, "three events have come")
    expect(events.map(({ changed, entityId, event }) => [event, entityId, changed.includes("labels")])).toEqual([
      ["issue_create", "7", true],
      ["issue_update", "7", true],
      ["issue_delete", "7", true]
    ])
    expect(receiver.inbox.counts()).toMatchObject({ quarantined: 1 })
  })
  it("goes the whole path: recorded, found, judged, planned", async () => {
    const folder = temporaryFolder()
    let now = Date.now()
    const all = Array.from({ length: 40 }, (_, n) => issue(n + 1, n, { updated_at: "2026-03-01T10:00:00Z" }))
    const url = await api(() => all)
    copyFileSync(file, join(folder, "github.json"))
    writeFileSync(
      join(folder, "hookshift.config.json"),
      JSON.stringify({
        providers: ["github.json"],
        sources: {
          shop: {
            product: "github",
            baseUrl: `${url}/repos/acme/shop`,
            auth: { secretEnv: "GITHUB_TOKEN" },
            webhook: { secretEnv: "HOOK" }
          }
        },
        receiver: { publicUrl: "https://hooks.acme.example" }
      })
    )
    // A poller as a HAR shows it: every minute the issues, now and then one of them closed.
    const entries = Array.from({ length: 60 }, (_, n) => {
      now += 60_000
      if (n % 6 === 5)
        all[n % 40] = issue((n % 40) + 1, 0, {
          state: `closed ${n}`,
          updated_at: toWholeSecondIso(now - 20_000)
        })
      const text = JSON.stringify(all)
      return {
        startedDateTime: new Date(now).toISOString(),
        time: 80,
        request: {
          method: "GET",
          url: `${url}/repos/acme/shop/issues?state=all&per_page=100`,
          httpVersion: "HTTP/1.1",
          headers: [{ name: "User-Agent", value: "issue-board/1.0" }],
          queryString: [],
          cookies: [],
          headersSize: -1,
          bodySize: 0
        },
        response: {
          status: 200,
          statusText: "OK",
          httpVersion: "HTTP/1.1",
          headers: [{ name: "content-type", value: "application/json" }],
          cookies: [],
          content: { size: text.length, mimeType: "application/json", text },
          redirectURL: "",
          headersSize: -1,
          bodySize: text.length
        },
        cache: {},
        timings: { send: 0, wait: 80, receive: 0 }
      }
    })
    writeFileSync(
      join(folder, "a.har"),
      JSON.stringify({ log: { version: "1.2", creator: { name: "t", version: "1" }, entries } })
    )
    const env = { GITHUB_TOKEN: "t", HOOK: "h" }
    const imported = await runCli(["import", "har", "a.har"], { cwd: folder, env })
    expect(imported).toMatchObject({ code: 0 })
    const pollers = JSON.parse((await runCli(["pollers", "--json"], { cwd: folder, env })).stdout)
    expect(pollers).toHaveLength(1)
    expect(pollers[0]).toMatchObject({
      integration: "issue-board",
      product: "github",
      endpoint: "GET /repos/{owner}/{repo}/issues",
      intervalSeconds: 60,
      verdict: "migrate",
      events: ["issue_create", "issue_update", "issue_delete"]
    })
    const plan = await runCli(["subscriptions", "plan"], { cwd: folder, env })
    expect(plan.stdout).toContain("add a webhook with the URL https://hooks.acme.example/hooks/shop")
    const audit = await runCli(["audit", "--out", "out"], { cwd: folder, env })
    expect(audit).toMatchObject({ code: 0, stderr: "" })
    expect(JSON.parse(readFileSync(join(folder, "out/report.json"), "utf8")).accounts[0]).toMatchObject({
      product: "github",
      route: "ui"
    })
  })
  it("says what is wrong in a description", () => {
    const folder = temporaryFolder()
    const wrong = (change: (json: Record<string, unknown>) => void): string | null => {
      const json = JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>
      change(json)
      writeFileSync(join(folder, "x.json"), JSON.stringify(json))
      return teachProviders(["x.json"], folder)
    }
    expect(wrong((json) => delete json["hosts"])).toBe("x.json: hosts is missing")
    expect(wrong((json) => (json["colour"] = "red"))).toBe(
      "x.json: colour is not a known setting: see docs/providers.md"
    )
    expect(wrong((json) => (json["name"] = "freshdesk"))).toBe(
      'x.json: name is "freshdesk", which is built in: choose another'
    )
    expect(
      wrong((json) => {
        ;(json["webhook"] as { payloads: Array<{ entity: string }> }).payloads[0]!.entity = "pull"
      })
    ).toBe('x.json: webhook.payloads names the entity "pull", which entities does not have')
    writeFileSync(join(folder, "y.json"), "{")
    expect(teachProviders(["y.json"], folder)).toBe("y.json is not valid JSON: see docs/providers.md")
    expect(teachProviders(["z.json"], folder)).toContain("z.json cannot be read (ENOENT)")
  })
})

it("every key of a description is in its documentation", () => {
  const keysOf = (ast: SchemaAST.AST): ReadonlyArray<string> => {
    if (SchemaAST.isTransformation(ast)) return keysOf(ast.from)
    if (SchemaAST.isRefinement(ast)) return keysOf(ast.from)
    if (SchemaAST.isUnion(ast)) return ast.types.flatMap(keysOf)
    if (SchemaAST.isTupleType(ast)) return [...ast.elements, ...ast.rest].flatMap(({ type }) => keysOf(type))
    if (!SchemaAST.isTypeLiteral(ast)) return []
    return [
      ...ast.indexSignatures.flatMap(({ type }) => keysOf(type)),
      ...ast.propertySignatures.flatMap(({ name, type }) => [String(name), ...keysOf(type)])
    ]
  }
  const keys = [...new Set(keysOf(Description.ast))]
  expect(keys).toEqual(expect.arrayContaining(["hosts", "itemsAt", "entityAt", "at", "createdWithinDays"]))
  const text = readFileSync(new URL("../../docs/providers.md", import.meta.url), "utf8")
  expect(keys.filter((key) => !new RegExp(`[\`".]${key}[\`".[]`).test(text))).toEqual([])
})
