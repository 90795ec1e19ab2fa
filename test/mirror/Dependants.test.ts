/** Dependants of an entity: no older than its `Age`, though an edit or a deletion does not move the entity. */
import { describe, expect, it } from "vitest"
import { mirrorWorld, ownKey, replyTo } from "./mirrorWorld.js"

const hourMs = 3_600_000

const settled = async () => {
  const world = mirrorWorld({ everyMs: hourMs, entities: 60, recheckMs: 24 * hourMs })
  world.time.advance(60_000)
  world.receiver.sweep()
  await world.load()
  world.time.advance(60_000)
  await world.ask("/api/v2/agents/me")
  return world
}

type World = Awaited<ReturnType<typeof settled>>

/** A ticket with a reply, and the reply's id. */
const replied = (world: World): { readonly path: string; readonly reply: number } => {
  for (let id = 1; id < 60; id++) {
    const path = `/api/v2/tickets/${id}/conversations`
    const { body, status } = world.direct(path)
    const [reply] = status === 200 ? (body as ReadonlyArray<{ readonly id: number }>) : []
    if (reply !== undefined) return { path, reply: reply.id }
  }
  throw new Error("no ticket has a reply")
}

describe("conversations", () => {
  it.each(["update", "delete"] as const)("after an %s that nothing tells of", async (action) => {
    const world = await settled()
    const { path, reply } = replied(world)
    await world.ask(path)
    const before = await world.ask(path)
    expect(before).toMatchObject({ from: "state", body: world.direct(path).body })
    const changedAt = world.time.now()
    world.change("conversation", action, reply, action === "update" ? { body: "<div>edited</div>" } : {})
    let stale = 0
    for (let minute = 0; minute < 180; minute++) {
      world.time.advance(60_000)
      if (minute % 60 === 59) world.receiver.sweep()
      const asked = await world.ask(path)
      if (JSON.stringify(asked.body) === JSON.stringify(world.direct(path, ownKey).body)) continue
      stale += 1
      expect(asked.from).toBe("state")
      // It does not claim to know of the change.
      expect(asked.age! * 1_000).toBeGreaterThanOrEqual(world.time.now() - changedAt)
    }
    expect(stale).toBeGreaterThan(0)
    expect(stale).toBeLessThan(75)
    expect((await world.ask(path)).body).toEqual(world.direct(path).body)
  })
})

describe("a reply that a push tells of", () => {
  type Fields = Readonly<Record<string, unknown>>
  /** A ticket's conversations, answered before; then a push of a change among them, and the ticket read once more. */
  const told = async (
    change: (world: World, ticket: number, reply: number) => Fields | null,
    pushed: (record: Fields) => Fields = (record) => record,
    query = ""
  ) => {
    const world = await settled()
    const { path, reply } = replied(world)
    const ticket = Number(path.split("/")[4])
    await world.ask(path + query)
    expect(await world.ask(path + query)).toMatchObject({ from: "state" })
    const record = change(world, ticket, reply)!
    world.time.advance(5_000)
    world.receiver.push("conversation", pushed(record), record["deleted"] === true)
    // The list reads the ticket, whose stamp has moved.
    await world.ask("/api/v2/tickets?per_page=100")
    return { world, path: path + query, asked: await world.ask(path + query) }
  }
  /** As many as the ticket has before. */
  const onPage = 1
  const replies = (world: World, ticket: number) => world.change("conversation", "create", null, replyTo(ticket))

  it("joins the answer, though it is older still", async () => {
    const { asked, path, world } = await told(replies)
    expect(asked).toMatchObject({ from: "state", body: world.direct(path).body })
    expect((asked.body as ReadonlyArray<Fields>).at(-1)).toMatchObject({ body: "<div>r</div>" })
    expect(asked.age! * 1_000).toBeGreaterThanOrEqual(35_000)
    // Another one, and the provider's own answer once the bound has come.
    const again = replies(world, Number(path.split("/")[4]))!
    world.time.advance(1_000)
    world.receiver.push("conversation", again, false)
    await world.ask("/api/v2/tickets?per_page=100")
    expect(await world.ask(path)).toMatchObject({ from: "state", body: world.direct(path).body })
    world.time.advance(hourMs)
    world.receiver.sweep()
    world.time.advance(hourMs / 2)
    expect(await world.ask(path)).toMatchObject({ from: "provider", reason: "stale" })
  })
  it("takes the place of the same reply before it was edited", async () => {
    const { asked, path, world } = await told((world, _, reply) =>
      world.change("conversation", "update", reply, { body: "<div>edited</div>" })
    )
    expect(asked).toMatchObject({ from: "state", body: world.direct(path).body })
    expect(JSON.stringify(asked.body)).toContain("edited")
  })
  it.each<readonly [string, (record: Fields) => Fields, string]>([
    ["its text is cut", (record) => ({ ...record, is_body_truncated: true }), ""],
    ["it has an attachment", (record) => ({ ...record, attachments: [{ id: 1 }] }), ""],
    ["it lacks a field", ({ source: _, ...record }) => record, ""],
    ["it begins a second page", (record) => record, `?per_page=${onPage}`]
  ])("is asked for where %s", async (why, pushed, query) => {
    const { asked, path, world } = await told(replies, pushed, query)
    expect(asked, why).toMatchObject({ from: "provider" })
    expect(asked.body).toEqual(world.direct(path).body)
  })
  it("is asked for where it is deleted", async () => {
    const { asked, path, world } = await told((world, _, reply) => {
      const record = (world.direct(replied(world).path).body as ReadonlyArray<Fields>)[0]!
      world.change("conversation", "delete", reply, {})
      return { ...record, deleted: true }
    })
    expect(asked).toMatchObject({ from: "provider", body: world.direct(path).body })
  })
})

describe("time entries and ratings", () => {
  it("go through: they move no ticket", async () => {
    const world = await settled()
    for (const name of ["time_entries", "satisfaction_ratings"])
      for (let n = 0; n < 3; n++)
        expect(await world.ask(`/api/v2/tickets/1/${name}`)).toMatchObject({ from: "provider", reason: "endpoint" })
  })
})

describe("a ticket that has just been made", () => {
  type Fields = Readonly<Record<string, unknown>>
  const made = async () => {
    const world = await settled()
    await world.ask(replied(world).path)
    world.time.advance(10_000)
    const template = world.product.world.readable("ticket")[0]!
    const ticket = world.change("ticket", "create", null, { ...template, id: undefined, spam: false })!
    const id = Number(ticket["id"])
    const reply = (text: string): Fields => world.change("conversation", "create", null, replyTo(id, text))!
    return { ...world, ticket, reply, path: `/api/v2/tickets/${id}/conversations` }
  }

  it("has no conversations but those that pushes tell of", async () => {
    const { ask, direct, path, receiver, reply, ticket, time } = await made()
    time.advance(5_000)
    receiver.push("ticket", ticket, false)
    expect(await ask(path)).toMatchObject({ from: "state", body: [] })
    time.advance(5_000)
    receiver.push("conversation", reply("first"), false)
    expect(await ask(path)).toMatchObject({ from: "state", body: direct(path).body })
    expect(direct(path).body).toHaveLength(1)
  })

  it("is asked for where its reply was told of before it", async () => {
    const { ask, direct, path, receiver, reply, ticket, time } = await made()
    const early = reply("early")
    time.advance(5_000)
    receiver.push("conversation", early, false)
    time.advance(5_000)
    // The parent's state is read between the two.
    await ask("/api/v2/groups")
    receiver.push("ticket", ticket, false)
    time.advance(5_000)
    expect(await ask(path)).toMatchObject({ from: "provider", body: direct(path).body })
  })

  it("is asked for where it has moved before a push told of it, or was made before the start", async () => {
    const { ask, change, path, receiver, ticket, time } = await made()
    time.advance(30_000)
    receiver.push("ticket", change("ticket", "update", Number(ticket["id"]), { status: 3 })!, false)
    time.advance(5_000)
    expect(await ask(path)).toMatchObject({ from: "provider" })
    const second = await made()
    await second.restart()
    await second.ask("/api/v2/agents/me")
    await second.ask("/api/v2/tickets/1/conversations")
    second.receiver.push("ticket", second.ticket, false)
    second.time.advance(5_000)
    expect(await second.ask(second.path)).toMatchObject({ from: "provider" })
  })
})

describe("a list that is not understood", () => {
  it("tells of a ticket's news: its conversations are asked for, though the reply's push was lost", async () => {
    const world = await settled()
    const { path } = replied(world)
    const ticket = Number(/\d+/.exec(path.replace("/api/v2", ""))![0])
    await world.ask(path)
    expect((await world.ask(path)).from).toBe("state")
    world.time.advance(60_000)
    world.change("conversation", "create", null, replyTo(ticket))
    world.time.advance(60_000)
    const since = new Date(world.time.now() - 5 * 60_000).toISOString().replace(".000Z", "Z")
    expect((await world.ask(`/api/v2/tickets?updated_since=${since}&include=description`)).reason).toBe("embed")
    expect(await world.ask(path)).toMatchObject({ from: "provider", body: world.direct(path).body })
  })
})
