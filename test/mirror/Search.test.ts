/** Searches from the state: asked of the provider once, held current by changes, and by the time that passes. */
import { describe, expect, it } from "vitest"
import { parseSearch, searchText } from "../../src/mirror/search/SearchQuery.js"
import { type Asked, mirrorWorld, type WorldOptions } from "./mirrorWorld.js"

type Fields = Readonly<Record<string, unknown>>

const minute = 60_000
const hour = 60 * minute

const searchFor = (query: string, page = 1): string =>
  `/api/v2/search/tickets?query=${encodeURIComponent(`"${query}"`)}&page=${page}`

const stamp = (at: number): string => new Date(at).toISOString().replace(".000Z", "Z")

const resultsOf = (answer: Asked): ReadonlyArray<Fields> => (answer.body as { results: ReadonlyArray<Fields> }).results

const idsOf = (answer: Asked): ReadonlyArray<number> => resultsOf(answer).map(({ id }) => Number(id))

const started = async (options: WorldOptions = {}) => {
  const world = mirrorWorld({ entities: 60, recheckMs: 24 * hour, ...options })
  const { receiver, time } = world
  // None of the account's own tickets is in the way of what a test looks for.
  for (const { id, priority } of world.product.world.readable("ticket"))
    if (priority === 4) world.change("ticket", "update", Number(id), { priority: 1 })
  time.advance(minute)
  const urgent = (fields: Fields): number => {
    const template = world.product.world.readable("ticket")[0]!
    time.advance(2_000)
    const made = world.change("ticket", "create", null, {
      ...template,
      id: undefined,
      priority: 4,
      status: 2,
      type: "Incident",
      spam: false,
      ...fields
    })
    const id = Number(made!["id"])
    // The account reckons when a new ticket is due.
    if (fields["due_by"] !== undefined) world.change("ticket", "update", id, { due_by: fields["due_by"] })
    return id
  }
  const sweep = (): void => {
    time.advance(minute)
    receiver.sweep()
    time.advance(minute)
  }
  /** As a program asks whose key has passed already. */
  const load = async (unknown: ReadonlyArray<number> = []): Promise<void> => {
    sweep()
    for (const id of unknown) receiver.forget("ticket", String(id))
    await world.load()
    await world.ask("/api/v2/agents/me")
    await world.ask("/api/v2/tickets/1")
  }
  const overdue = (): string => searchFor(`priority:4 AND status:2 AND due_by:<'${stamp(time.now())}'`)
  /** The answer, which is the provider's own as well. */
  const both = async (target: string): Promise<Asked> => {
    const mirrored = await world.ask(target)
    const direct = world.direct(target)
    expect({ status: mirrored.status, body: mirrored.body }).toEqual({ status: direct.status, body: direct.body })
    return mirrored
  }
  const hit = async (target: string): Promise<Asked> => {
    const answer = await both(target)
    expect(answer.from, answer.reason).toBe("state")
    return answer
  }
  /** It was asked for twice: from then on the state answers. */
  const settled = async (): Promise<void> => {
    expect(await both(overdue())).toMatchObject({ from: "provider", reason: "unknown" })
    await hit(overdue())
  }
  return { ...world, both, hit, load, overdue, settled, sweep, urgent }
}

describe("a search", () => {
  it("that is repeated costs one call, though time passes and other tickets become overdue", async () => {
    const world = await started()
    const dues = [1, 2, 3].map((n) => world.urgent({ due_by: stamp(world.time.now() + n * hour) }))
    await world.load()
    await world.settled()
    const before = world.calls()
    const seen: Array<ReadonlyArray<number>> = []
    for (let n = 0; n < 8; n++) {
      world.time.advance(29 * minute)
      const answer = await world.ask(world.overdue())
      expect(answer.from, answer.reason).toBe("state")
      seen.push(idsOf(answer))
    }
    expect(world.calls() - before).toBe(0)
    expect(seen[0]).toEqual([])
    expect(new Set(seen.at(-1))).toEqual(new Set(dues))
    await world.hit(world.overdue())
  })

  it("follows pushes, sweeps, deletions and its own writes", async () => {
    const world = await started()
    const { receiver } = world
    const due = stamp(world.time.now() - hour)
    const [first, second] = [world.urgent({ due_by: due }), world.urgent({ due_by: due })]
    await world.load()
    await world.settled()
    expect(new Set(idsOf(await world.hit(world.overdue())))).toEqual(new Set([first, second]))

    world.time.advance(5_000)
    receiver.push("ticket", world.change("ticket", "update", first, { status: 4 })!, false, ["status"])
    expect(idsOf(await world.hit(world.overdue()))).toEqual([second])

    const third = world.urgent({ due_by: due })
    receiver.push("ticket", world.product.world.read("ticket", third)!, false)
    world.time.advance(5_000)
    expect(new Set(idsOf(await world.hit(world.overdue())))).toEqual(new Set([second, third]))

    // A lost push: the sweep brings it.
    world.time.advance(5_000)
    world.change("ticket", "update", second, { priority: 2 })
    world.sweep()
    expect(idsOf(await world.hit(world.overdue()))).toEqual([third])

    world.time.advance(5_000)
    await world.ask(`/api/v2/tickets/${third}`, { method: "PUT", body: { priority: 1 } })
    world.time.advance(5_000)
    expect(idsOf(await world.hit(world.overdue()))).toEqual([])
  })

  it("finds what the state never had, until it is deleted", async () => {
    const world = await started()
    const due = stamp(world.time.now() - hour)
    const [kept, gone] = [world.urgent({ due_by: due }), world.urgent({ due_by: due })]
    await world.load([kept, gone])
    expect(world.state().of("acme", "ticket")!.rows.has(String(kept))).toBe(false)
    await world.settled()
    expect(new Set(idsOf(await world.hit(world.overdue())))).toEqual(new Set([kept, gone]))
    world.time.advance(5_000)
    await world.ask(`/api/v2/tickets/${gone}`, { method: "DELETE" })
    world.time.advance(minute)
    await world.both(world.overdue())
    expect(idsOf(await world.hit(world.overdue()))).toEqual([kept])
  })

  it("is asked of the provider again once a sweep should have ended, and not before", async () => {
    const world = await started({ everyMs: hour })
    world.urgent({ due_by: stamp(world.time.now() - hour) })
    await world.load()
    await world.settled()
    const before = world.calls()
    for (let n = 0; n < 6; n++) {
      world.time.advance(10 * minute)
      world.receiver.sweep()
      await world.ask(world.overdue())
    }
    expect(world.calls() - before).toBe(0)
    world.time.advance(20 * minute)
    world.receiver.sweep()
    expect((await world.ask(world.overdue())).from).toBe("state")
    expect(world.calls() - before).toBe(1)
  })

  it("is the provider's where it is made once, has many results, or its results' order is not known", async () => {
    const world = await started()
    const due = stamp(world.time.now() - hour)
    for (let n = 0; n < 31; n++) world.urgent({ due_by: due })
    await world.load()
    expect(await world.both(searchFor("priority:2"))).toMatchObject({ from: "provider", reason: "unknown" })
    for (const reason of ["unknown", "pages", "pages"])
      expect(await world.both(world.overdue())).toMatchObject({ from: "provider", reason })
    expect(await world.both(searchFor("priority:4", 2))).toMatchObject({ from: "provider", reason: "pages" })
  })

  it("is the provider's where two results may stand in either order", async () => {
    const world = await started()
    const due = stamp(world.time.now() - hour)
    const [one, two] = [world.urgent({ due_by: due }), world.urgent({ due_by: due })]
    world.time.advance(2_000)
    for (const id of [one, two]) world.change("ticket", "update", id, { subject: `Both ${id}` })
    await world.load()
    await world.both(world.overdue())
    expect(await world.both(world.overdue())).toMatchObject({ from: "provider", reason: "order" })
  })

  it("is the provider's where letters' case or a part of a text may count", async () => {
    const world = await started()
    world.urgent({ type: "Incident" })
    await world.load()
    const target = searchFor("priority:4 AND type:'incident'")
    await world.both(target)
    world.time.advance(5_000)
    const id = world.urgent({ type: "Incident" })
    world.receiver.push("ticket", world.product.world.read("ticket", id)!, false)
    world.time.advance(5_000)
    expect(await world.both(target)).toMatchObject({ from: "provider", reason: "value" })
  })

  it("goes through while the receiver is away", async () => {
    const world = await started()
    await world.load()
    await world.settled()
    world.receiver.alive = false
    world.time.advance(20_000)
    expect(await world.both(world.overdue())).toMatchObject({ reason: "receiver" })
    world.receiver.alive = true
    world.time.advance(1_000)
    await world.hit(world.overdue())
  })

  it("of a lagging index is no fault of the state's", async () => {
    const world = await started({ dark: true, searchLagMs: 10 * minute })
    const { receiver, time } = world
    const due = stamp(time.now() - hour)
    const [first, second] = [world.urgent({ due_by: due }), world.urgent({ due_by: due })]
    time.advance(20 * minute)
    await world.load()
    for (let n = 0; n < 3; n++) await world.ask(world.overdue())
    time.advance(5_000)
    receiver.push("ticket", world.change("ticket", "update", first, { status: 4 })!, false, ["status"])
    receiver.push("ticket", world.change("ticket", "update", second, { priority: 1 })!, false, ["priority"])
    time.advance(5_000)
    // The provider still finds both.
    expect(idsOf(await world.ask(world.overdue()))).toHaveLength(2)
    expect(world.wrong).toEqual([])
    expect(Object.fromEntries(world.tallies().compared)).toEqual({ equal: 2, ahead: 1 })
  })
})

describe("a query", () => {
  it.each([
    ["priority:3", "priority:3"],
    ["priority:3 AND (status:2 OR tag:'vip')", "priority:3 AND (status:2 OR tag:'vip')"],
    ["( ( priority:>3 ) )", "priority:>3"],
    ["due_by:<'2026-11-27T10:00:00Z' AND cf_a:true", "due_by:<'2026-11-27T10:00:00Z' AND cf_a:true"],
    ["ANDY:1", null],
    ["a:1 AND b:2 OR c:3", null],
    ["(a:1", null],
    ["a:1)", null],
    ["a:1 b:2", null],
    ["NOT a:1", null],
    ["a:'it's'", null],
    ["a:", null],
    ["", null],
    [`${"(".repeat(30)}a:1${")".repeat(30)}`, null]
  ])("%s is read as %s", (text, read) => {
    const query = parseSearch(text)
    expect(query === null ? null : searchText(query)).toBe(read)
  })
})
