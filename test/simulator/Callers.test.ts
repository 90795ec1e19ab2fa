/** Answers that depend on who asks: the key's own user, and keys that may see a part of the account only. */
import { describe, expect, it } from "vitest"
import type { SimulatedProductName } from "../../src/simulator/index.js"
import { asking } from "../support/asking.js"
import { inProcess, manualTime } from "../support/inProcess.js"
import { basic, simulatedProvider } from "../support/provider.js"

const start = Date.parse("2026-03-02T10:00:00Z")
const restricted = new Set(["part"])

const account = (name: SimulatedProductName, entities = 400) => {
  const product = inProcess(name, { seed: 1, entities, time: manualTime(start), restricted })
  return { world: product.world, all: asking(product, "all"), part: asking(product, "part"), product }
}

type Row = Readonly<Record<string, unknown>>
const idsOf = (rows: ReadonlyArray<Row>, idField = "id") => rows.map((row) => row[idField])
const wholeList = "/tickets?updated_since=2000-01-01T00:00:00Z&per_page=100"

describe("a Freshdesk key", () => {
  it("is one agent's for ever, who also makes its changes", () => {
    const { product, world } = account("freshdesk")
    const keys = ["a", "b", "c", "d", "e", "f", "g", "h"]
    const mes = keys.map((key) => asking(product, key).get("/agents/me").body as Row)
    expect(keys.map((key) => (asking(product, key).get("/agents/me").body as Row)["id"])).toEqual(idsOf(mes))
    expect(new Set(idsOf(mes)).size).toBeGreaterThan(1)
    expect(new Set(mes.map((me) => me["ticket_scope"]))).toEqual(new Set([1]))
    keys.forEach((key, at) => {
      asking(product, key).send("PUT", `/tickets/${at + 1}`, { priority: 4 })
      expect(world.truth.at(-1)!.actor).toEqual({ type: "agent", id: mes[at]!["id"] })
    })
  })
  it("has its own open tickets and those that it watches", () => {
    const { product, world } = account("freshdesk")
    const [one, another] = ["a", "b", "c", "d", "e", "f"]
      .map((key) => asking(product, key))
      .filter((ask, at, all) => all.findIndex((same) => meOf(same) === meOf(ask)) === at)
    const [mine, nobodys, closed] = idsOf(one!.rows(wholeList)) as [number, number, number]
    world.change("ticket", "update", mine, { responder_id: meOf(one!), status: 2 })
    world.change("ticket", "update", nobodys, { responder_id: null, status: 2 })
    world.change("ticket", "update", closed, { responder_id: meOf(one!), status: 5 })
    const open = [one!, another!].map((ask) => idsOf(ask.rows(`${wholeList}&filter=new_and_my_open`)))
    expect(open.map((ids) => [mine, nobodys, closed].map((id) => ids.includes(id)))).toEqual([
      [true, true, false],
      [false, true, false]
    ])
    const watched = [one!, another!].map((ask) => idsOf(ask.rows(`${wholeList}&filter=watching`)))
    expect(watched[0]).not.toEqual(watched[1])
    for (const ids of watched) expect(ids.length).toBeGreaterThan(0)
  })
  it.each([
    [2, "its groups, and its own", true],
    [3, "itself", false]
  ])("of an agent whose scope is %i sees tickets of %s only", (scope, _, byGroup) => {
    const { all, part, world } = account("freshdesk")
    const me = part.get("/agents/me").body as { id: number; group_ids: ReadonlyArray<number> }
    world.change("agent", "update", me.id, { ticket_scope: scope })
    expect(part.get("/agents/me").body).toMatchObject({ id: me.id, ticket_scope: scope })
    const isHers = (ticket: Row): boolean =>
      ticket["responder_id"] === me.id || (byGroup && me.group_ids.includes(ticket["group_id"] as number))
    const everything = all.rows(wholeList)
    const hers = everything.filter(isHers)
    const hidden = everything.find((ticket) => !isHers(ticket))!["id"] as number
    expect(hers.length).toBeGreaterThan(0)
    const shown = part.rows(wholeList)
    expect(shown.filter((ticket) => !isHers(ticket))).toEqual([])
    expect(idsOf(shown)).toEqual(expect.arrayContaining(idsOf(hers)))
    for (const path of [`/tickets/${hidden}`, `/tickets/${hidden}/conversations`])
      expect(part.get(path)).toMatchObject({ status: 403, body: { code: "access_denied" } })
    expect(part.send("PUT", `/tickets/${hidden}`, { priority: 4 }).status).toBe(403)
    expect([all.get(`/tickets/${hidden}`).status, part.get("/tickets/999999").status]).toEqual([200, 404])
    world.change("ticket", "update", hidden, { type: "Hidden" })
    const totals = [all, part].map(
      (ask) => (ask.get(`/search/tickets?query=${encodeURIComponent("\"type:'Hidden'\"")}`).body as Row)["total"]
    )
    expect(totals).toEqual([1, 0])
    expect(part.rows("/contacts?per_page=100")).toEqual(all.rows("/contacts?per_page=100"))
  })
  it("cannot change by bulk what it does not see", () => {
    const time = manualTime(start)
    const product = inProcess("freshdesk", { seed: 1, entities: 400, time, restricted })
    const [all, part] = [asking(product, "all"), asking(product, "part")]
    const seen = part.rows(wholeList)[0]!["id"]
    const hidden = idsOf(all.rows(wholeList)).find((id) => part.get(`/tickets/${String(id)}`).status === 403)
    const body = { bulk_action: { ids: [seen, hidden], properties: { priority: 4 } } }
    const { job_id: job } = part.send("POST", "/tickets/bulk_update", body).body as { job_id: string }
    time.advance(3_000)
    expect(part.get(`/jobs/${job}`).body).toMatchObject({
      data: [
        { id: seen, success: true },
        { id: hidden, success: false, error: "not_found" }
      ]
    })
  })
})

const meOf = (ask: { readonly get: (path: string) => { readonly body?: unknown } }) =>
  (ask.get("/agents/me").body as Row)["id"]

describe("a restricted key of the other products", () => {
  it.each([
    ["freshservice", "/tickets?updated_since=2000-01-01T00:00:00Z&per_page=100", "tickets", "/tickets/", "id", 403],
    ["freshservice", "/assets?per_page=100", "assets", "/assets/", "display_id", 403],
    ["freshsales", "/contacts/view/4002?per_page=100", "contacts", "/contacts/", "id", 404],
    ["freshsales", "/tasks?filter=open&per_page=100", "tasks", "/tasks/", "id", 404],
    ["freshchat", "/users?items_per_page=20", "users", "/users/", "id", 404]
  ] as const)("of %s sees the same part of %s always", (name, list, plural, item, idField, refused) => {
    const { all, part } = account(name, 150)
    const [everything, shown] = [all, part].map((ask) => idsOf(ask.rows(list, plural), idField)) as [
      Array<string>,
      Array<string>
    ]
    expect(shown.length).toBeGreaterThan(0)
    expect(idsOf(part.rows(list, plural), idField)).toEqual(shown)
    const statuses = everything.map((id) => part.get(item + String(id)).status)
    expect(new Set(statuses)).toEqual(new Set([200, refused]))
    for (const id of everything) expect(all.get(item + String(id)).status).toBe(200)
    const visible = everything.filter((_, at) => statuses[at] === 200)
    expect(shown).toEqual(expect.arrayContaining(visible))
    for (const id of shown) expect(part.get(item + String(id)).status).toBe(200)
  })
})

describe("a Freshsales view", () => {
  it("of my own records is its caller's", () => {
    const { product } = account("freshsales")
    const totals = ["a", "b", "c", "d", "e", "f"].map((key) => {
      const { body } = asking(product, key).get("/contacts/view/4001")
      return (body as { meta: { total: number } }).meta.total
    })
    expect(new Set(totals).size).toBe(2)
  })
})

describe("the control plane", () => {
  it("revokes and restricts keys while the account runs", async () => {
    const { url } = await simulatedProvider({ entities: 400, revoked: ["old"], restricted: ["clerk"] })
    const ask = (path: string, key: string) => fetch(`${url}/api/v2${path}`, { headers: basic(key) })
    const scopeOf = async (key: string) => ((await (await ask("/agents/me", key)).json()) as Row)["ticket_scope"]
    const change = (body: unknown) => fetch(`${url}/_sim/keys`, { method: "POST", body: JSON.stringify(body) })
    expect([(await ask("/tickets", "leaver")).status, await scopeOf("mover"), (await scopeOf("clerk")) !== 1]).toEqual([
      200,
      1,
      true
    ])
    const changed = await change({ revoke: ["leaver"], restrict: ["mover"] })
    expect([changed.status, await changed.json()]).toEqual([200, { revoked: 2, restricted: 2 }])
    expect([(await ask("/tickets", "leaver")).status, (await scopeOf("mover")) !== 1]).toEqual([401, true])
    for (const body of [{ revoke: "leaver" }, { restrict: [1] }, { restore: ["leaver"] }])
      expect((await change(body)).status).toBe(400)
  })
})
