import { createHmac } from "node:crypto"
import { createServer, type IncomingHttpHeaders } from "node:http"
import type { AddressInfo } from "node:net"
import { describe, expect, it, onTestFinished } from "vitest"
import { basic, simulatedProvider } from "../support/provider.js"
import { until } from "../support/until.js"

const get = (url: string, key: string | null = "k") => fetch(url, key === null ? {} : { headers: basic(key) })

interface Post {
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

const listener = async (
  status: (post: Post, count: number) => number
): Promise<{ url: string; posts: Array<Post> }> => {
  const posts: Array<Post> = []
  const server = createServer((request, response) => {
    let body = ""
    request.on("data", (chunk) => {
      body += chunk
    })
    request.on("end", () => {
      const post = { headers: request.headers, body }
      posts.push(post)
      response.writeHead(status(post, posts.length)).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  onTestFinished(() => void server.close())
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, posts }
}

describe("the API", () => {
  it("wants a key, refuses a revoked one, and takes any other", async () => {
    const { url } = await simulatedProvider({ revoked: ["old"] })
    expect((await get(`${url}/api/v2/tickets`, null)).status).toBe(401)
    const refused = await get(`${url}/api/v2/tickets`, "old")
    expect([refused.status, await refused.json()]).toEqual([
      401,
      { code: "invalid_credentials", message: expect.any(String) }
    ])
    expect((await get(`${url}/freshdesk/api/v2/tickets`, "new")).status).toBe(200)
  })
  it("pages with Link until there is no more, and stops at page 300", async () => {
    const { url } = await simulatedProvider({ entities: 200 })
    const first = await get(`${url}/api/v2/contacts?per_page=50`)
    expect(first.headers.get("link")).toBe(`<${url}/api/v2/contacts?per_page=50&page=2>; rel="next"`)
    expect(((await first.json()) as Array<unknown>).length).toBe(50)
    const last = await get(`${url}/api/v2/contacts?per_page=50&page=2`)
    expect([last.headers.get("link"), ((await last.json()) as Array<unknown>).length]).toEqual([null, 40])
    for (const query of ["page=301", "per_page=101", "page=0", "updated_since=yesterday"]) {
      const wrong = await get(`${url}/api/v2/tickets?${query}`)
      expect(wrong.status).toBe(400)
      expect(await wrong.json()).toMatchObject({
        description: "Validation failed",
        errors: [{ field: expect.any(String) }]
      })
    }
  })
  it("limits the account and single endpoints per minute, and says when to come again", async () => {
    const time = { now: () => Date.parse("2026-03-02T10:00:15Z"), at: () => () => undefined }
    const { url } = await simulatedProvider({ plan: "garden", time, entities: 10 })
    for (let n = 0; n < 20; n++) expect((await get(`${url}/api/v2/tickets`)).status).toBe(200)
    const refused = await get(`${url}/api/v2/tickets`)
    expect(refused.status).toBe(429)
    expect([
      refused.headers.get("retry-after"),
      refused.headers.get("x-ratelimit-total"),
      refused.headers.get("x-ratelimit-remaining")
    ]).toEqual(["45", "20", "0"])
    expect((await get(`${url}/api/v2/companies`)).headers.get("x-ratelimit-total")).toBe("200")
  })
  it("hides deleted and spam tickets from the plain list, and old ones unless asked by time", async () => {
    const { url, world } = await simulatedProvider({ entities: 300 })
    const recent = (ticket: Record<string, unknown>) =>
      Date.parse(String(ticket["created_at"])) > Date.now() - 20 * 86_400_000
    const [spam, gone] = world
      .readable("ticket")
      .filter(recent)
      .map(({ id }) => id as number) as [number, number]
    world.change("ticket", "update", spam, { spam: true })
    world.change("ticket", "delete", gone, {})
    const ids = async (query: string) =>
      ((await (await get(`${url}/api/v2/tickets?per_page=100&${query}`)).json()) as Array<{ id: number }>).map(
        (ticket) => ticket.id
      )
    const plain = [...(await ids("page=1")), ...(await ids("page=2"))]
    expect(plain).not.toContain(spam)
    expect(plain).not.toContain(gone)
    expect(await ids("filter=spam")).toEqual([spam])
    expect(await ids("filter=deleted")).toEqual([gone])
    const all = [
      ...(await ids("updated_since=2000-01-01T00:00:00Z&page=1")),
      ...(await ids("updated_since=2000-01-01T00:00:00Z&page=2"))
    ]
    expect(all.length).toBeGreaterThan(plain.length)
  })
  it("shows a write only after its lag", async () => {
    let now = Date.parse("2026-03-02T10:00:00Z")
    const time = { now: () => now, at: () => () => undefined }
    const { url, world } = await simulatedProvider({ time, readLagMs: 1_000 })
    world.change("ticket", "update", 3, { subject: "after" })
    const subject = async () => ((await (await get(`${url}/api/v2/tickets/3`)).json()) as { subject: string }).subject
    expect(await subject()).not.toBe("after")
    now += 1_000
    expect(await subject()).toBe("after")
  })
  it("embeds what include asks for, and searches", async () => {
    const { url, world } = await simulatedProvider({ entities: 50 })
    world.change("ticket", "update", 2, { priority: 4, status: 3 })
    const [ticket] = (await (await get(`${url}/api/v2/tickets?include=stats,requester&per_page=1`)).json()) as Array<
      Record<string, unknown>
    >
    expect(ticket).toMatchObject({ stats: { resolved_at: null }, requester: { id: expect.any(Number) } })
    const found = (await (
      await get(`${url}/api/v2/search/tickets?query=${encodeURIComponent('"status:3 AND (priority:4 OR priority:3)"')}`)
    ).json()) as { total: number; results: Array<{ id: number }> }
    expect(found.results.map((one) => one.id)).toContain(2)
    expect((await get(`${url}/api/v2/search/tickets?query=status:3`)).status).toBe(400)
    expect((await get(`${url}/api/v2/search/tickets?query=${encodeURIComponent('"status:3"')}&page=11`)).status).toBe(
      400
    )
  })
})

describe("pushes", () => {
  it("sends the app's events signed, covers what the route covers, and moves updated_at for all", async () => {
    const { url, posts } = await listener(() => 200)
    const simulator = await simulatedProvider()
    simulator.deliveries.install({
      product: "freshdesk",
      url,
      secret: "s",
      events: ["ticket_update", "conversation_create"]
    })
    simulator.world.change("ticket", "update", 1, { tags: ["quiet"] })
    simulator.world.change("ticket", "update", 2, { custom_fields: { cf_region: "emea" } })
    simulator.world.change("ticket", "update", 3, { status: 5, tags: ["loud"] })
    simulator.world.change("conversation", "create", null, { ticket_id: 4, body: "reply" })
    await until(() => posts.length === 2)
    for (const { body, headers } of posts)
      expect(headers["x-freshworks-signature"]).toBe(createHmac("sha256", "s").update(body).digest("hex"))
    const events = posts.map(
      ({ body }) => JSON.parse(body) as { event: string; id: number; snapshot: Record<string, unknown> }
    )
    expect(events.map(({ event }) => event).sort()).toEqual(["conversation_create", "ticket_update"])
    const update = events.find(({ event }) => event === "ticket_update")!
    expect(update).toMatchObject({ id: 3, snapshot: { status: 5, tags: ["loud"] } })
    expect(update.snapshot).not.toHaveProperty("custom_fields")
    const truth = (await (await fetch(`${simulator.url}/_sim/truth`)).json()) as Array<{
      entity: string
      id: number
      fields: Array<string>
      updated_at: string
    }>
    expect(truth.map(({ entity, fields, id }) => [entity, id, fields])).toEqual([
      ["ticket", 1, ["tags"]],
      ["ticket", 2, ["custom_fields.cf_region"]],
      ["ticket", 3, ["status", "tags"]],
      ["conversation", expect.any(Number), []],
      ["ticket", 4, []]
    ])
  })
  it("tries four times more with doubled waits, then drops the event", async () => {
    const due: Array<{ at: number; run: () => void }> = []
    let now = Date.parse("2026-03-02T10:00:00Z")
    const time = {
      now: () => now,
      at: (at: number, run: () => void) => {
        due.push({ at, run })
        return () => undefined
      }
    }
    const { url, posts } = await listener(() => 500)
    const simulator = await simulatedProvider({ time })
    simulator.deliveries.install({ product: "freshdesk", url, secret: "s", events: ["ticket_update"] })
    simulator.world.change("ticket", "update", 3, { status: 5 })
    const moments: Array<number> = []
    for (let attempt = 1; attempt <= 5; attempt++) {
      const next = due.shift()!
      now = next.at
      moments.push(now)
      next.run()
      await until(() => simulator.deliveries.counts.refused === attempt)
    }
    expect(posts).toHaveLength(5)
    expect(moments.slice(1).map((at, index) => (at - moments[index]!) / 1000)).toEqual([60, 120, 240, 480])
    expect(due).toEqual([])
    expect(simulator.deliveries.counts).toMatchObject({ attempts: 5, dropped: 1, accepted: 0 })
  })
})

describe("the control plane", () => {
  it("makes changes, sets faults and installs apps over HTTP", async () => {
    const { url, posts } = await listener(() => 200)
    const simulator = await simulatedProvider()
    const send = async (path: string, body: unknown) =>
      (await fetch(`${simulator.url}${path}`, { method: "POST", body: JSON.stringify(body) })).json()
    expect(await send("/_sim/apps", { product: "freshdesk", url, secret: "s", events: ["ticket_create"] })).toEqual({
      installed: true
    })
    expect(await send("/_sim/faults", { duplicate: 1 })).toMatchObject({ duplicate: 1, drop: 0 })
    expect(
      await send("/_sim/changes", [
        { product: "freshdesk", entity: "ticket", action: "create", fields: { subject: "made" } },
        { product: "freshdesk", entity: "ticket", id: 999_999, action: "update", fields: {} }
      ])
    ).toEqual([{ id: expect.any(Number), updated_at: expect.any(String) }, null])
    await until(() => posts.length >= 1)
    expect(JSON.stringify(await (await fetch(`${simulator.url}/_sim/apps`)).json())).not.toContain('"s"')
  })
})
