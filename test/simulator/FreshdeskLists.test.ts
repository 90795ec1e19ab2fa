/** The simulated Freshdesk's lists and search: what they show, in which order, and what they refuse. */
import { describe, expect, it } from "vitest"
import { asking } from "../support/asking.js"
import { inProcess, manualTime } from "../support/inProcess.js"

const day = 86_400_000
const start = Date.parse("2026-03-02T10:00:00Z")

const account = (options: { readonly searchLagMs?: number } = {}) => {
  const time = manualTime(start)
  const product = inProcess("freshdesk", { seed: 1, entities: 200, time, ...options })
  return { time, world: product.world, ...asking(product) }
}

const idsOf = (rows: ReadonlyArray<Readonly<Record<string, unknown>>>) => rows.map(({ id }) => id)
const whole = "updated_since=2000-01-01T00:00:00Z&per_page=100"

describe("a list of tickets", () => {
  it.each([
    ["tickets?page=301", "page", /^You cannot access tickets beyond the 300th page\. Please provide a smaller page/],
    ["tickets?per_page=101", "per_page", /less than or equal to 100$/],
    ["tickets?order_by=priority", "order_by", /'created_at,due_by,updated_at,status'$/],
    ["tickets?order_type=down", "order_type", /'asc,desc'$/],
    ["tickets?filter=mine", "filter", /'new_and_my_open,watching,spam,deleted'$/],
    ["tickets?include=stats,conversations", "include", /'requester,stats,description,company'$/],
    ["tickets?company_id=acme", "company_id", /Positive Integer$/],
    ["tickets?since=2026-01-01", "since", /^Unexpected\/invalid field in request$/],
    ["tickets/1?include=description", "include", /'conversations,requester,company,stats'$/],
    ["contacts?updated_since=2026-01-01T00:00:00Z", "updated_since", /^Unexpected\/invalid field in request$/],
    ["contacts?state=active", "state", /'blocked,deleted,unverified,verified'$/],
    ["contacts?page=301", "page", /^You cannot access contacts beyond the 300th page/]
  ])("is refused: %s", (path, field, message) => {
    expect(account().get(`/${path}`)).toMatchObject({
      status: 400,
      body: { description: "Validation failed", errors: [{ field, message: expect.stringMatching(message) }] }
    })
  })
  it("names everything that is wrong", () => {
    const { body } = account().get("/tickets?order_by=a&order_type=b") as { body: { errors: Array<{ field: string }> } }
    expect(body.errors.map(({ field }) => field)).toEqual(["order_type", "order_by"])
  })
  it("has 30 a page, a Link while there is more, and an id of its own for each answer", () => {
    const { get, rows } = account()
    const all = rows(`/tickets?${whole}`).length
    const pages = Math.ceil(all / 30)
    const path = (page: number) => `/tickets?updated_since=2000-01-01T00:00:00Z&page=${page}`
    expect(rows(path(1))).toHaveLength(30)
    expect(get(path(1)).headers).toHaveProperty("link")
    expect(get(path(pages)).headers).not.toHaveProperty("link")
    const ids = [1, 2, 301].map((page) => get(path(page)).headers?.["x-request-id"])
    expect(new Set(ids).size).toBe(3)
    for (const id of ids) expect(id).toMatch(/^[0-9a-f-]{36}$/)
  })
  it("brings descriptions, requesters and companies only when they are included", () => {
    const { rows, world } = account()
    const [ticket] = rows("/tickets?per_page=1")
    const company = world.readable("company")[0]!
    world.change("ticket", "update", ticket!["id"] as number, { company_id: company["id"] })
    for (const name of ["description", "requester", "company", "stats"]) expect(ticket).not.toHaveProperty(name)
    expect(rows("/tickets?per_page=1&include=description,company")[0]).toMatchObject({
      id: ticket!["id"],
      description: expect.stringMatching(/^<div>/),
      company: { id: company["id"], name: company["name"] }
    })
  })
  it("is narrowed by requester, company, e-mail and external id", () => {
    const { rows, world } = account()
    const { id, email } = world.readable("contact")[3]!
    const [mine, other] = idsOf(rows(`/tickets?${whole}`)) as [number, number]
    world.change("contact", "update", id as number, { unique_external_id: "crm-3" })
    world.change("ticket", "update", mine, { requester_id: id, company_id: 777 })
    world.change("ticket", "update", other, { requester_id: 1, company_id: 778 })
    const byRequester = idsOf(rows(`/tickets?${whole}&requester_id=${id}`))
    expect(byRequester).toContain(mine)
    expect(byRequester).not.toContain(other)
    for (const query of [`email=${email}`, "unique_external_id=crm-3"])
      expect(idsOf(rows(`/tickets?${whole}&${query}`))).toEqual(byRequester)
    expect(idsOf(rows(`/tickets?${whole}&company_id=777`))).toEqual([mine])
  })
  it("comes by status, equal ones by id", () => {
    const order = account()
      .rows(`/tickets?${whole}&order_by=status&order_type=asc`)
      .map(({ id, status }) => [status as number, id as number])
    expect(order).toEqual([...order].sort(([a, i], [b, j]) => a! - b! || i! - j!))
  })
  it("loses closed tickets that nothing happened to for 120 days", () => {
    const { get, rows, time, world } = account()
    world.change("ticket", "update", 1, { status: 5 })
    world.change("ticket", "update", 2, { status: 4 })
    time.advance(121 * day)
    const ids = idsOf(rows(`/tickets?updated_since=2000-01-01T00:00:00Z&order_by=updated_at&per_page=100`))
    const found = get(`/search/tickets?query=${encodeURIComponent('"status:4 OR status:5"')}`).body
    expect([ids.includes(1), ids.includes(2)]).toEqual([false, true])
    expect(idsOf((found as { results: Array<Record<string, unknown>> }).results)).toEqual([2])
    expect([get("/tickets/1").status, get("/tickets/1/conversations").status, get("/tickets/2").status]).toEqual([
      404, 404, 200
    ])
  })
})

describe("a list of contacts", () => {
  it("is narrowed by its filters, and leaves blocked and deleted contacts out", () => {
    const { rows, world } = account()
    const [blocked, gone, fresh, reached] = idsOf(world.readable("contact")) as [number, number, number, number]
    world.change("contact", "update", blocked, { blocked: true })
    world.change("contact", "delete", gone, {})
    world.change("contact", "update", fresh, { active: false })
    world.change("contact", "update", reached, { mobile: "+4915", phone: "+4930", company_id: 777 })
    const plain = idsOf(rows("/contacts?per_page=100"))
    expect([plain.includes(blocked), plain.includes(gone), plain.includes(fresh)]).toEqual([false, false, true])
    expect(idsOf(rows("/contacts?state=blocked"))).toEqual([blocked])
    expect(idsOf(rows("/contacts?state=deleted"))).toEqual([gone])
    expect(idsOf(rows("/contacts?state=unverified"))).toEqual([fresh])
    expect(idsOf(rows("/contacts?state=verified&per_page=100"))).toEqual(plain.filter((id) => id !== fresh))
    for (const query of ["mobile=%2B4915", "phone=%2B4930", "company_id=777"])
      expect(idsOf(rows(`/contacts?${query}`))).toEqual([reached])
  })
})

describe("a search", () => {
  const searched = (text: string, page = 1) => `/search/tickets?query=${encodeURIComponent(`"${text}"`)}&page=${page}`
  const found = (answer: { readonly body?: unknown }) =>
    answer.body as { total: number; results: Array<Record<string, unknown>> }

  it("takes 512 characters and ten pages", () => {
    const { get } = account()
    const text = (length: number) => "status:2".padEnd(length - 2)
    expect(get(searched(text(512))).status).toBe(200)
    expect(get(searched(text(513)))).toMatchObject({ status: 400, body: { errors: [{ code: "too_long" }] } })
    expect([get(searched("status:2", 10)).status, get(searched("status:2", 11)).status]).toEqual([200, 400])
  })
  it("compares inclusively, and knows fields without a value", () => {
    const { get, world } = account()
    world.change("ticket", "update", 1, { priority: 3, responder_id: null, tags: ["vip"] })
    world.change("ticket", "update", 2, { priority: 3, responder_id: 101, tags: [] })
    const has = (text: string) =>
      [1, 2].map((id) =>
        [...Array(10).keys()].some((page) =>
          found(get(searched(text, page + 1))).results.some((ticket) => ticket["id"] === id)
        )
      )
    expect(has("priority:>3")).toEqual([true, true])
    expect(has("priority:<3")).toEqual([true, true])
    expect(has("priority:>4")).toEqual([false, false])
    expect(has("agent_id:null")).toEqual([true, false])
    expect(has("tag:null")).toEqual([false, true])
    expect(has("tag:'vip' AND priority:3")).toEqual([true, false])
    expect(get(searched("priority:>null")).status).toBe(400)
  })
  it("shows a change as late as its index takes it, the lists at once", () => {
    const { get, time, world } = account({ searchLagMs: 120_000 })
    world.change("ticket", "update", 1, { type: "Lagging" })
    const total = () => found(get(searched("type:'Lagging'"))).total
    expect([total(), (get("/tickets/1").body as Record<string, unknown>)["type"]]).toEqual([0, "Lagging"])
    time.advance(119_999)
    expect(total()).toBe(0)
    time.advance(1)
    expect(total()).toBe(1)
    world.change("ticket", "delete", 1, {})
    expect(total()).toBe(1)
    time.advance(120_000)
    expect(total()).toBe(0)
  })
})
