/** The usual content of lists of Freshservice, Freshsales and Freshchat. */
import { describe, expect, it } from "vitest"
import { asking } from "../support/asking.js"
import { inProcess, manualTime } from "../support/inProcess.js"

const start = Date.parse("2026-03-02T10:00:00Z")
const day = 86_400_000
type Row = Readonly<Record<string, unknown>>

const account = (name: "freshservice" | "freshsales" | "freshchat", entities = 400) => {
  const product = inProcess(name, { seed: 1, entities, time: manualTime(start) })
  return { world: product.world, ...asking(product) }
}

describe("Freshservice", () => {
  it.each(["tickets", "changes"])("lists %s of the last thirty days by creation, unless asked by time", (plural) => {
    const { rows } = account("freshservice")
    const old = (row: Row) => Date.parse(String(row["created_at"])) <= start - 30 * day
    const plain = rows(`/${plural}?per_page=100`, plural)
    const all = rows(`/${plural}?per_page=100&updated_since=2000-01-01T00:00:00Z`, plural)
    expect([plain.some(old), all.some(old), plain.length]).toEqual([false, true, all.filter((row) => !old(row)).length])
  })
  it("narrows tickets by requester, and refuses unknown filters and orders", () => {
    const { get, rows, world } = account("freshservice")
    const { id, primary_email: email } = world.readable("requester")[0]!
    const [mine, other] = rows("/tickets", "tickets").map((row) => row["id"] as number) as [number, number]
    world.change("ticket", "update", mine, { requester_id: id })
    world.change("ticket", "update", other, { requester_id: 1 })
    for (const query of [`requester_id=${String(id)}`, `email=${String(email)}`]) {
      const ids = rows(`/tickets?per_page=100&${query}`, "tickets").map((row) => row["id"])
      expect([ids.includes(mine), ids.includes(other)]).toEqual([true, false])
    }
    for (const path of ["/tickets?filter=mine", "/tickets?order_type=down", "/changes?order_type=down"])
      expect(get(path).status).toBe(400)
  })
})

describe("Freshsales", () => {
  it("has 25 a page, and as many as 100 when asked", () => {
    const { get, rows } = account("freshsales")
    const view = "/contacts/view/4002"
    const total = 200
    const lengths = ["", "?per_page=50", "?per_page=100", "?per_page=500"].map(
      (query) => rows(view + query, "contacts").length
    )
    expect(lengths).toEqual([25, 50, 100, 100])
    expect((get(view).body as Row)["meta"]).toEqual({ total, total_pages: 8 })
    expect((get(`${view}?per_page=100`).body as Row)["meta"]).toEqual({ total, total_pages: 2 })
    expect(get(`${view}?per_page=none`).status).toBe(400)
  })
})

describe("Freshchat", () => {
  it("links its pages in the body, to the last one and no further", () => {
    const { get } = account("freshchat", 60)
    const seen: Array<unknown> = []
    let path: string | null = "/users?items_per_page=7"
    let pages = 0
    for (; path !== null && pages < 10; pages++) {
      const { body } = get(path)
      const { links, users } = body as { users: Array<Row>; links: { next_page?: { href: string } } }
      seen.push(...users.map(({ id }) => id))
      const next: string | undefined = links.next_page?.href
      expect(next === undefined || next.startsWith("https://acme.example/v2/users?")).toBe(true)
      path = next === undefined ? null : next.slice("https://acme.example/v2".length)
    }
    expect(path).toBeNull()
    expect([pages, seen.length, new Set(seen).size]).toEqual([5, 30, 30])
  })
})
