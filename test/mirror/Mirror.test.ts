/** The mirror's answers: to whom, how old, behind writes, and with changes that come late. */
import { describe, expect, it } from "vitest"
import { type Asked, mirrorWorld, ownKey } from "./mirrorWorld.js"

const minute = 60_000
const since = "2026-11-27T09:00:00Z"
const list = `/api/v2/tickets?updated_since=${since}&order_by=updated_at&order_type=asc`

type Fields = Readonly<Record<string, unknown>>

const started = async (options: Parameters<typeof mirrorWorld>[0] = {}) => {
  const world = mirrorWorld(options)
  world.time.advance(minute)
  world.receiver.sweep()
  await world.load()
  world.time.advance(2 * minute)
  // The first request of a credential goes through, and teaches the shape.
  await world.ask("/api/v2/tickets")
  await world.ask("/api/v2/tickets/1")
  return world
}
const idsOf = ({ body }: Asked): ReadonlyArray<number> =>
  (body as ReadonlyArray<Fields>).map((one) => Number(one["id"]))

const update = (world: Awaited<ReturnType<typeof started>>, id: number, fields: Fields, pushed = true): Fields => {
  const made = world.change("ticket", "update", id, fields)!
  if (pushed) world.receiver.push("ticket", made, false)
  return made
}

describe("who is answered from the state", () => {
  it("is who shows the source's own key, once it has passed at the provider", async () => {
    const world = mirrorWorld()
    world.time.advance(minute)
    world.receiver.sweep()
    await world.load()
    expect((await world.ask("/api/v2/tickets/1")).reason).toBe("credential")
    expect((await world.ask("/api/v2/tickets/1")).from).toBe("state")
  })
  it("is no other: another key, a wrong one, none", async () => {
    const world = await started()
    for (const key of ["another-key", "revoked", null]) {
      for (let turn = 0; turn < 3; turn++) {
        const asked = await world.ask("/api/v2/tickets/1", { key })
        expect([key, asked.from]).toEqual([key, "provider"])
        expect(asked.status).toBe(key === "another-key" ? 200 : 401)
      }
    }
    expect((await world.ask("/api/v2/tickets/1")).from).toBe("state")
  })
  it("is asked at the provider again after the stated time, so that a revoked key stops", async () => {
    const world = await started({ recheckMs: 10 * minute })
    expect((await world.ask("/api/v2/tickets/1")).from).toBe("state")
    world.time.advance(11 * minute)
    expect((await world.ask("/api/v2/tickets/1")).reason).toBe("credential")
    expect((await world.ask("/api/v2/tickets/1")).from).toBe("state")
  })
  it("is not whoever shows the right key in another header's form that never passed", async () => {
    const world = await started()
    const headers = { authorization: `Basic ${Buffer.from(`${ownKey}:other`).toString("base64")}` }
    expect((await world.ask("/api/v2/tickets/1", { headers })).reason).toBe("credential")
  })
})

describe("a text that a push has cut", () => {
  it("is never shown as it stands in the state", async () => {
    const world = await started()
    const description = "y".repeat(20_000)
    const made = world.change("ticket", "update", 1, { description })!
    const cut = { ...made, description: description.slice(0, 10_000), is_description_truncated: true }
    world.receiver.push("ticket", cut, false, ["description"])
    world.time.advance(2 * minute)
    world.receiver.sweep()
    const alone = await world.ask("/api/v2/tickets/1")
    expect((alone.body as Fields)["description"]).toBe(description)
    // A list shows no description, so that it is whole.
    const listed = await world.ask(list)
    expect([listed.from, listed.body]).toEqual(["state", world.direct(list).body])
  })
})

describe("how old an answer may be", () => {
  it("is said: since the last whole sweep began, less the moment until a write is readable", async () => {
    const world = await started()
    const asked = await world.ask("/api/v2/tickets/1")
    expect(asked.age).toBe(2 * 60 + 30)
    expect(asked.headers["cache-control"]).toBe("private, no-store")
    expect(asked.headers["x-cache"]).toBe("HIT")
  })
  it("is bounded: behind a sweep that is missing, all goes through", async () => {
    const world = await started({ everyMs: 60 * minute })
    world.time.advance(63 * minute)
    expect((await world.ask("/api/v2/tickets/1")).reason).toBe("credential")
    expect((await world.ask("/api/v2/tickets/1")).from).toBe("state")
    world.time.advance(8 * minute)
    expect((await world.ask("/api/v2/tickets/1")).reason).toBe("stale")
    world.receiver.sweep()
    world.time.advance(1_000)
    expect((await world.ask("/api/v2/tickets/1")).from).toBe("state")
  })
  it("is not known without a receiver, behind its backlog, and after its outage", async () => {
    const world = await started()
    const reason = async () => {
      world.time.advance(1_000)
      return (await world.ask("/api/v2/tickets/1")).reason
    }
    world.receiver.alive = false
    world.receiver.receiver()
    expect(await reason()).toBe("receiver")
    world.receiver.alive = true
    world.receiver.unapplied = world.time.now() - minute
    world.receiver.receiver()
    expect(await reason()).toBe("backlog")
    world.receiver.unapplied = null
    world.receiver.backAt = world.time.now()
    world.receiver.receiver()
    expect(await reason()).toBe("outage")
    world.time.advance(minute)
    world.receiver.sweep()
    world.time.advance(1_000)
    expect((await world.ask("/api/v2/tickets/1")).from).toBe("state")
  })
})

it("answers nothing once another mirror has taken its place", async () => {
  const world = await started()
  expect((await world.ask(list)).from).toBe("state")
  world.state().isOwner = () => false
  expect((await world.ask(list)).reason).toBe("owned")
})

describe("deliveries that are refused", () => {
  it("end the answers until a sweep has healed what they would have told", async () => {
    const world = await started()
    expect((await world.ask(list)).from).toBe("state")
    world.receiver.refusedAt = world.time.now()
    world.receiver.receiver()
    world.time.advance(1_000)
    expect((await world.ask(list)).reason).toBe("refused")
    world.time.advance(minute)
    world.receiver.sweep()
    expect((await world.ask(list)).from).toBe("state")
  })
})

describe("what a push told in part", () => {
  it("is read before a list has it, once for all who wait", async () => {
    const world = await started()
    update(world, 1, { custom_fields: { cf_order: "before" } }, false)
    update(world, 1, { status: 4 })
    update(world, 2, { status: 4 })
    world.time.advance(minute)
    const before = world.calls()
    const [first, second] = await Promise.all([world.ask(list), world.ask(list)])
    expect([first.from, second.from]).toEqual(["state", "state"])
    expect(world.calls() - before).toBe(1)
    const ticket = (first.body as ReadonlyArray<Fields>).find((one) => one["id"] === 1)!
    expect(ticket["custom_fields"]).toMatchObject({ cf_order: "before" })
    expect(first.body).toEqual(world.direct(list).body)
  })
  it("is asked of the provider where it is asked for by itself", async () => {
    const world = await started()
    update(world, 1, { status: 4 })
    world.time.advance(minute)
    expect((await world.ask("/api/v2/tickets/1")).reason).toBe("incomplete")
    const again = await world.ask("/api/v2/tickets/1")
    expect([again.from, (again.body as Fields)["status"]]).toEqual(["state", 4])
  })
})

describe("a change that comes late", () => {
  /** The poller knows what is newer than the lost change. */
  const behind = async () => {
    const world = await started()
    await world.ask(list)
    world.time.advance(minute)
    update(world, 3, { status: 5 }, false)
    world.time.advance(5_000)
    const newer = update(world, 4, { status: 5 })
    world.time.advance(minute)
    // Another poller's answer taught the mirror all of ticket 4.
    await world.ask("/api/v2/tickets/4", { headers: { "cache-control": "no-cache" } })
    const first = await world.ask(list)
    expect([first.from, idsOf(first).includes(4), idsOf(first).includes(3)]).toEqual(["state", true, false])
    const cursor = String(newer["updated_at"])
    const next = list.replace(since, cursor)
    world.time.advance(minute)
    return { world, next }
  }
  it("joins the next answer of the poller whose cursor is past it, and stays until the cursor moves", async () => {
    const { next, world } = await behind()
    world.receiver.sweep()
    world.time.advance(minute)
    const told = await world.ask(next)
    expect([told.from, [...idsOf(told)].sort()]).toEqual(["state", [3, 4]])
    expect([...idsOf(await world.ask(next))].sort()).toEqual([3, 4])
    const moved = update(world, 5, { status: 4 })
    world.time.advance(minute)
    await world.ask("/api/v2/tickets/5", { headers: { "cache-control": "no-cache" } })
    const last = await world.ask(list.replace(since, String(moved["updated_at"])))
    expect([last.from, idsOf(last)]).toEqual(["state", [5]])
  })
  it("joins an answer that goes through as well, and survives a restart", async () => {
    const { next, world } = await behind()
    world.receiver.sweep()
    world.receiver.alive = false
    world.receiver.receiver()
    const passed = await world.ask(next)
    expect([passed.from, passed.reason, [...idsOf(passed)].sort()]).toEqual(["provider", "receiver", [3, 4]])
    await world.restart()
    const again = await world.ask(next)
    expect([again.reason, [...idsOf(again)].sort()]).toEqual(["credential", [3, 4]])
  })
  it("that an answer has shown is not forgotten by a restart", async () => {
    const { world } = await behind()
    const made = world.change("ticket", "create", null, { subject: "New", status: 2, priority: 1, source: 2 })!
    world.time.advance(minute)
    await world.ask(list, { headers: { "cache-control": "no-cache" } })
    const shown = async () => {
      const { body } = await world.ask(list)
      const tickets = body as ReadonlyArray<Fields>
      return [tickets.find(({ id }) => id === 3)?.["status"], tickets.some(({ id }) => id === made["id"])]
    }
    expect(await shown()).toEqual([5, true])
    await world.restart()
    // The credential passes, and shows how a list looks.
    const other = update(world, 1, { status: 4 })
    expect(idsOf(await world.ask(list.replace(since, String(other["updated_at"]))))).toEqual([1])
    world.time.advance(minute)
    expect(await shown()).toEqual([5, true])
    expect((await world.ask(list)).from).toBe("state")
    world.time.advance(minute)
    world.receiver.sweep()
    world.time.advance(minute)
    await world.ask(list)
    await world.restart()
    expect([...world.marks.keys()]).toEqual([])
  })
  it("is nothing to a poller that the provider has always answered", async () => {
    const { next, world } = await behind()
    world.receiver.sweep()
    world.time.advance(minute)
    // Another question is another poller's.
    expect(idsOf(await world.ask(`${next}&per_page=50`))).toEqual([4])
  })
})

describe("pages of one walk", () => {
  const pages = `${list}&per_page=2`
  it("are of one moment, whatever changes between them", async () => {
    const world = await started()
    for (const id of [1, 2, 3, 4, 5]) {
      world.time.advance(2_000)
      update(world, id, { priority: 2 })
    }
    world.time.advance(minute)
    await world.ask(list)
    const first = await world.ask(pages)
    expect([first.from, first.link]).toEqual(["state", expect.stringContaining("page=2")])
    update(world, Number(idsOf(first)[0]), { priority: 3 })
    const rest = [await world.ask(`${pages}&page=2`), await world.ask(`${pages}&page=3`)]
    expect(rest.map(({ from }) => from)).toEqual(["state", "state"])
    const all = [first, ...rest].flatMap(idsOf)
    expect(all.length).toBe(new Set(all).size)
  })
  it("are the state's where the first one went through for the credential's sake alone", async () => {
    const world = await started({ recheckMs: 10 * minute })
    for (const id of [1, 2, 3, 4, 5]) update(world, id, { priority: 2 })
    world.time.advance(minute)
    await world.ask(list)
    world.time.advance(11 * minute)
    const calls = world.calls()
    const first = await world.ask(pages)
    expect([first.from, first.reason, first.headers["x-cache"]]).toEqual(["provider", "credential", undefined])
    update(world, Number(idsOf(first)[0]), { priority: 3 })
    const rest = [await world.ask(`${pages}&page=2`), await world.ask(`${pages}&page=3`)]
    expect(rest.map(({ from }) => from)).toEqual(["state", "state"])
    const all = [first, ...rest].flatMap(idsOf)
    expect([all.length, new Set(all).size]).toEqual([5, 5])
    expect(world.calls()).toBe(calls + 1)
    // Whom the provider does not let in gets the provider's own answer.
    const refused = await world.ask(pages, { key: "revoked" })
    expect([refused.from, refused.status]).toEqual(["provider", 401])
  })
  it("go through where the first one did", async () => {
    const world = await started()
    for (const id of [1, 2, 3]) update(world, id, { priority: 2 })
    world.time.advance(minute)
    await world.ask(list)
    expect((await world.ask(`${pages}&page=2`)).reason).toBe("walk")
    await world.ask(pages)
    expect((await world.ask(pages, { headers: { "cache-control": "no-cache" } })).reason).toBe("headers")
    expect((await world.ask(`${pages}&page=2`)).reason).toBe("walk")
  })
})

describe("own writes", () => {
  it("are seen at once, and after a restart", async () => {
    for (const restarts of [false, true]) {
      const world = await started({ readLagMs: 0 })
      const written = await world.ask("/api/v2/tickets/1", { method: "PUT", body: { subject: "Mine" } })
      expect(written.status).toBe(200)
      if (restarts) await world.restart()
      const read = await world.ask(list)
      expect((read.body as ReadonlyArray<Fields>).find((one) => one["id"] === 1)!["subject"]).toBe("Mine")
      const item = await world.ask("/api/v2/tickets/1")
      expect((item.body as Fields)["subject"]).toBe("Mine")
    }
  })
  it("are marked before they go out: who dies meanwhile forgets none", async () => {
    const world = await started()
    let marked: boolean | null = null
    const { product } = world
    const handle = product.handle
    Object.assign(product, {
      handle: (request: Parameters<typeof handle>[0]) => {
        if (request.method === "PUT") marked = world.marks.has("acme ticket 1")
        return handle(request)
      }
    })
    await world.ask("/api/v2/tickets/1", { method: "PUT", body: { subject: "Mine" } })
    expect(marked).toBe(true)
  })
  it("of a new ticket, a reply, a deletion and a bulk job", async () => {
    const world = await started()
    const made = await world.ask("/api/v2/tickets", {
      method: "POST",
      body: { subject: "New", description: "d", status: 2, priority: 1, requester_id: 1001 }
    })
    const id = Number((made.body as Fields)["id"])
    expect(idsOf(await world.ask(list))).toContain(id)
    world.time.advance(2 * minute)
    await world.ask(`/api/v2/tickets/${id}/reply`, { method: "POST", body: { body: "r" } })
    expect((await world.ask(list)).reason).toBe("incomplete")
    world.time.advance(minute)
    expect((await world.ask(list)).body).toEqual(world.direct(list).body)
    await world.ask(`/api/v2/tickets/${id}`, { method: "DELETE" })
    expect(idsOf(await world.ask(list))).not.toContain(id)
    await world.ask("/api/v2/tickets/bulk_update", {
      method: "PUT",
      body: { bulk_action: { ids: [1, 2], properties: { priority: 4 } } }
    })
    expect((await world.ask(list)).reason).toBe("distrusted")
  })
})

describe("comparisons", () => {
  it("in dark mode serve the provider's answer and tell what would have been wrong", async () => {
    const world = await started({ dark: true })
    const asked = await world.ask(list)
    expect([asked.from, asked.reason]).toEqual(["provider", "dark"])
    expect(world.tallies().totals).toMatchObject({ right: 1, wrong: 0, hit: 0 })
    // Another content under the stamp that the provider has: nothing tells of it.
    world.time.advance(2 * minute)
    const pushedAt = world.time.now() - minute
    world.receiver.sweep()
    const held = world.receiver.find("acme", "ticket", "1")!
    const text = JSON.stringify({ ...JSON.parse(held.text!), subject: "Not so" })
    world.receiver.corrupt({ ...held, pushedAt, text })
    world.time.advance(minute)
    await world.ask("/api/v2/tickets?updated_since=2000-01-01T00:00:00Z&per_page=100")
    expect(world.wrong).toEqual(["GET /api/v2/tickets content"])
    expect((await world.ask(list)).reason).toBe("distrusted")
  })
  it("count no answer as right that the provider has refused", async () => {
    const world = await started({ dark: true })
    const refused = () => world.direct(list).status === 429
    for (let call = 0; call < 10_000 && !refused(); call++);
    for (let poll = 0; poll < 5; poll++) expect((await world.ask(list)).status).toBe(429)
    expect(world.tallies().totals).toMatchObject({ right: 0, wrong: 0 })
    expect(Object.fromEntries(world.tallies().compared)).toEqual({ status: 5 })
  })
  it("of a sample serve the provider's answer, and keep what came late", async () => {
    const world = await started({ verify: 0.5 })
    world.setRandom(() => 0.4)
    expect((await world.ask(list)).from).toBe("provider")
    world.setRandom(() => 0.6)
    expect((await world.ask(list)).from).toBe("state")
    expect(Object.fromEntries(world.tallies().compared)).toEqual({ equal: 1 })
  })
})

describe("a list that shows the newest first", () => {
  it("goes through with any news, unless its reader compares whole pages: one that stops at what it knows misses what comes late", async () => {
    const cautious = await started()
    const plain = "/api/v2/tickets?per_page=20"
    const asked = async () => {
      const { body, from, reason } = await cautious.ask(plain)
      expect(body).toEqual(cautious.direct(plain).body)
      return from === "state" ? from : reason
    }
    expect([await asked(), await asked(), await asked()]).toEqual(["newest-first", "state", "state"])
    update(cautious, 1, { status: 4 })
    cautious.time.advance(minute)
    await cautious.ask("/api/v2/tickets/1", { headers: { "cache-control": "no-cache" } })
    // Right behind news the provider's list may not show them yet.
    expect([await asked(), await asked()]).toEqual(["newest-first", "newest-first"])
    cautious.time.advance(minute)
    expect([await asked(), await asked()]).toEqual(["newest-first", "state"])
    const whole = await started({ wholePages: true })
    const read = await whole.ask("/api/v2/tickets")
    expect([read.from, read.body]).toEqual(["state", whole.direct("/api/v2/tickets").body])
  })
})

describe("a failure of the mirror's own", () => {
  it("is told, and the request goes through", async () => {
    const failures: Array<unknown> = []
    const world = mirrorWorld({ onFailure: (error) => void failures.push(error) })
    world.time.advance(minute)
    world.receiver.sweep()
    await world.load()
    await world.ask("/api/v2/tickets?per_page=1")
    Object.assign(world.receiver, {
      find: () => {
        throw new Error("the file is damaged")
      }
    })
    const asked = await world.ask("/api/v2/tickets?updated_since=2000-01-01T00:00:00Z&per_page=100")
    expect([asked.from, asked.reason, asked.status]).toEqual(["provider", "failure", 200])
    // Of the answer that could not be made, and of the provider's, which could not be held against the state.
    expect(failures).toEqual([new Error("the file is damaged"), new Error("the file is damaged")])
  })
})

describe("a program that polled before the state was filled", () => {
  it("is not told of what filled it: it has seen that at the provider", async () => {
    const world = mirrorWorld({ entities: 60, recheckMs: 24 * 3_600_000 })
    await world.load()
    const poll = () => {
      const since = new Date(world.time.now() - 2 * 60_000).toISOString().replace(".000Z", "Z")
      return world.ask(`/api/v2/tickets?updated_since=${since}`)
    }
    for (let time = 0; time < 3; time++) {
      expect((await poll()).from).toBe("provider")
      world.time.advance(60_000)
    }
    world.receiver.sweep()
    world.time.advance(60_000)
    expect(await poll()).toMatchObject({ from: "state", body: [] })
  })
})

describe("what has to be read again after a restart", () => {
  const whole = "/api/v2/tickets?updated_since=2026-11-01T00:00:00Z&include=description"
  it("is noted once for each newer stamp, in one writing for an answer", async () => {
    const world = await started()
    for (const id of [1, 2, 3]) update(world, id, { status: 4 }, false)
    world.time.advance(minute)
    const before = world.writings()
    for (let poll = 0; poll < 3; poll++) expect((await world.ask(whole)).from).toBe("provider")
    expect(world.writings() - before).toBe(1)
    expect([...world.marks.keys()].sort()).toEqual(["acme ticket 1", "acme ticket 2", "acme ticket 3"])
  })
  it("is what was shown while a sweep ran that does not show it, though a push had told of the entity before", async () => {
    const world = await started()
    update(world, 3, { status: 3 })
    world.time.advance(40_000)
    const begunAt = world.time.now()
    world.time.advance(20_000)
    update(world, 3, { status: 5 }, false)
    world.time.advance(minute)
    await world.ask("/api/v2/tickets/3", { headers: { "cache-control": "no-cache" } })
    expect([...world.marks.values()].some(({ at, entityId }) => entityId === "3" && at > begunAt)).toBe(true)
  })
  it("stays noted where it was written to as well, until it is both read and swept", async () => {
    const world = await started()
    update(world, 1, { status: 5 }, false)
    world.time.advance(minute)
    await world.ask("/api/v2/tickets/1", { headers: { "cache-control": "no-cache" } })
    await world.ask("/api/v2/tickets/1", { method: "PUT", body: { subject: "Mine" } })
    world.time.advance(minute)
    await world.ask("/api/v2/tickets/1", { headers: { "cache-control": "no-cache" } })
    await world.restart()
    expect([...world.marks.keys()]).toEqual(["acme ticket 1"])
  })
})
