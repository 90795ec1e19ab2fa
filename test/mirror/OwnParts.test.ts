/** Parts of the item itself that `include=` embeds, and that no push carries: Freshdesk's `stats`. */
import { describe, expect, it } from "vitest"
import { type Asked, mirrorWorld, replyTo } from "./mirrorWorld.js"

const minute = 60_000
const hour = 60 * minute

const settled = async () => {
  const world = mirrorWorld({ everyMs: hour, entities: 60, recheckMs: 24 * hour })
  world.time.advance(minute)
  world.receiver.sweep()
  await world.load()
  world.time.advance(minute)
  await world.ask("/api/v2/tickets")
  const since = (ms: number): string => new Date(world.time.now() - ms).toISOString().replace(/\.\d+Z/, "Z")
  const path = (ms: number): string => `/api/v2/tickets?updated_since=${since(ms)}&per_page=100&include=stats`
  const same = async (target: string, agent = "elt/1"): Promise<Asked> => {
    const before = world.calls()
    const asked = await world.ask(target, { agent })
    calls += world.calls() - before
    expect(asked.body).toEqual(world.direct(target).body)
    return asked
  }
  let calls = 0
  return { ...world, path, same, made: () => calls }
}

type World = Awaited<ReturnType<typeof settled>>
type Fields = Readonly<Record<string, unknown>>

const statsOf = ({ body }: Asked): ReadonlyArray<unknown> => (body as ReadonlyArray<Fields>).map(({ stats }) => stats)

const update = (world: World, id: number, fields: Fields): void =>
  world.receiver.push("ticket", world.change("ticket", "update", id, fields)!, false)

describe("a list that embeds stats", () => {
  it("is answered while nothing happens, without a call", async () => {
    const world = await settled()
    const first = await world.same(world.path(20 * minute))
    const before = world.made()
    for (let poll = 0; poll < 20; poll++) {
      world.time.advance(minute)
      expect((await world.same(world.path(20 * minute))).from).toBe("state")
    }
    expect([first.from, world.made() - before]).toEqual(["state", 0])
  })
  it("has what moved after a change of the ticket and after a reply, for one call each, whoever asks first", async () => {
    const world = await settled()
    await world.same(world.path(20 * minute))
    const moves = [
      () => update(world, 1, { status: 4 }),
      () => {
        const reply = world.change("conversation", "create", null, replyTo(1, "an answer"))!
        world.receiver.push("conversation", reply, false)
      },
      () => update(world, 1, { status: 2 })
    ]
    for (const move of moves) {
      const before = world.made()
      const plain = `/api/v2/tickets?updated_since=${new Date(world.time.now()).toISOString()}&per_page=100`
      world.time.advance(2_000)
      move()
      world.time.advance(minute)
      expect(await world.same(plain, "crm/1")).toMatchObject({ from: "state", reason: "" })
      const asked = await world.same(world.path(20 * minute))
      expect([asked.from, world.made() - before]).toEqual(["state", 1])
      expect(statsOf(asked).length).toBeGreaterThan(0)
      expect(statsOf(asked)).not.toContain(undefined)
    }
  })
  it("claims nothing of a reply that was deleted, and shows it after the next sweep", async () => {
    const world = await settled()
    const reply = world.change("conversation", "create", null, replyTo(2, "by mistake"))!
    world.receiver.push("conversation", reply, false)
    world.time.advance(minute)
    const target = world.path(20 * minute)
    await world.same(target)
    const changedAt = world.time.now()
    world.change("conversation", "delete", Number(reply["id"]), {})
    let stale = 0
    for (let poll = 0; poll < 100; poll++) {
      world.time.advance(minute)
      if (poll === 50) world.receiver.sweep()
      const asked = await world.ask(target)
      if (JSON.stringify(asked.body) === JSON.stringify(world.direct(target).body)) continue
      stale += 1
      expect(asked.age! * 1_000).toBeGreaterThanOrEqual(world.time.now() - changedAt)
    }
    expect(stale).toBeGreaterThan(10)
    expect(stale).toBeLessThan(60)
  })
  it("goes through without a time filter, since all stats would have to be read", async () => {
    const world = await settled()
    expect((await world.ask("/api/v2/tickets?include=stats")).reason).toBe("embed")
    expect((await world.ask("/api/v2/tickets?include=requester,stats")).reason).toBe("embed")
  })
  it("may embed entities besides", async () => {
    const world = await settled()
    const target = `${world.path(20 * minute)},requester,company`
    await world.same(target)
    await world.ask(`${target}&page=1`, { headers: { "cache-control": "no-cache" } })
    expect((await world.same(target)).from).toBe("state")
  })
  it("tells a poller of a change that came late, with its stats", async () => {
    const world = await settled()
    await world.same(world.path(5 * minute))
    world.change("ticket", "update", 3, { status: 3 })
    world.time.advance(10 * minute)
    await world.ask(world.path(5 * minute))
    // Its push was lost: the sweep finds it below the poller's cursor.
    world.receiver.sweep()
    world.time.advance(minute)
    // It is read for the next answer.
    expect(await world.ask(world.path(5 * minute))).toMatchObject({ reason: "incomplete", body: [] })
    const late = await world.ask(world.path(5 * minute))
    const shown = (late.body as ReadonlyArray<Fields>).find(({ id }) => id === 3)
    const now = (world.direct("/api/v2/tickets/3?include=stats").body as Fields)["stats"]
    expect([late.from, late.reason, shown?.["stats"]]).toEqual(["state", "", now])
  })
})

describe("tickets that came late to a poller of stats", () => {
  const lateTo = async (ids: ReadonlyArray<number>) => {
    const world = await settled()
    const poll = () => world.ask(world.path(5 * minute))
    await poll()
    for (const id of ids) world.change("ticket", "update", id, { status: 3 })
    world.time.advance(10 * minute)
    await poll()
    world.receiver.sweep()
    world.time.advance(minute)
    return { ...world, poll }
  }
  it("are read a few at a time, however long ago they changed, and hold up nobody after that", async () => {
    const { poll, receiver, time } = await lateTo([1, 2, 3, 4, 5, 6, 7])
    for (let hours = 0; hours < 7; hours++) {
      time.advance(hour)
      receiver.sweep()
    }
    time.advance(minute)
    for (let n = 0; n < 4; n++) {
      await poll()
      time.advance(3_000)
    }
    expect(await poll()).toMatchObject({ from: "state", reason: "" })
    receiver.sweep()
    time.advance(minute)
    await poll()
    time.advance(3_000)
    expect(await poll()).toMatchObject({ from: "state", reason: "" })
  })
  it("hold up nobody once they are gone", async () => {
    const { calls, change, poll, receiver, time } = await lateTo([1, 2])
    await poll()
    receiver.push("ticket", change("ticket", "delete", 1, {})!, true)
    time.advance(minute)
    await poll()
    time.advance(3_000)
    const before = calls()
    expect(await poll()).toMatchObject({ from: "state", reason: "" })
    expect(calls()).toBe(before)
  })
})

describe("a ticket with its stats", () => {
  it("is not shown with stats of before a change of the same second", async () => {
    const world = await settled()
    const target = world.path(5 * minute)
    update(world, 4, { status: 4 })
    await world.ask(target)
    update(world, 4, { status: 2 })
    world.time.advance(minute)
    await world.ask("/api/v2/tickets/4", { headers: { "cache-control": "no-cache" } })
    await world.ask(`/api/v2/tickets?updated_since=${new Date(world.time.now() - 5 * minute).toISOString()}`, {
      headers: { "cache-control": "no-cache" }
    })
    await world.same(target)
  })
  it("is answered as it was read so, until it moves", async () => {
    const world = await settled()
    const target = "/api/v2/tickets/5?include=stats"
    expect((await world.same(target)).from).toBe("provider")
    expect((await world.same(target)).from).toBe("state")
    update(world, 5, { status: 4 })
    world.time.advance(minute)
    expect((await world.same(target)).from).toBe("provider")
    expect((await world.same(target)).from).toBe("state")
  })
})
