/** Callers that no setting names: shown to see everything by what the provider answers them, and what a restricted one gets. */
import { setImmediate } from "node:timers/promises"
import { describe, expect, it } from "vitest"
import { type Asked, dice, mirrorWorld } from "./mirrorWorld.js"

const minute = 60_000
const hour = 60 * minute
const accounts = Number(process.env["HOOKSHIFT_MIRROR_ACCOUNTS"] ?? 1)

type Fields = Readonly<Record<string, unknown>>
type World = ReturnType<typeof mirrorWorld>

const started = async (options: Parameters<typeof mirrorWorld>[0] = {}) => {
  const world = mirrorWorld({ entities: 200, samples: true, recheckMs: 4 * hour, everyMs: hour, ...options })
  world.time.advance(minute)
  world.receiver.sweep()
  await world.load()
  world.time.advance(2 * minute)
  // What an item has is learned from who sees all.
  await world.ask("/api/v2/tickets")
  await world.ask("/api/v2/tickets/1")
  return world
}

const text = (at: number): string => new Date(at).toISOString().replace(".000Z", "Z")
const list = (world: World, back: number): string =>
  `/api/v2/tickets?updated_since=${text(world.time.now() - back)}&order_by=updated_at&order_type=asc&per_page=100`
const idsOf = ({ body }: Asked): ReadonlyArray<number> =>
  (body as ReadonlyArray<Fields>).map((one) => Number(one["id"]))
const ticketsOf = (world: World): ReadonlyArray<Fields> =>
  world.product.world.readable("ticket").filter(({ deleted, spam }) => deleted !== true && spam !== true)

const change = (world: World, id: unknown, fields: Fields): void => {
  const made = world.change("ticket", "update", Number(id), fields)
  if (made !== null) world.receiver.push("ticket", made, false)
}

interface Living {
  readonly minutes: number
  readonly random: ReturnType<typeof dice>
  /** Asked each minute, with its key. */
  readonly polls: (at: number) => ReadonlyArray<string>
  readonly key?: string
  /** Tickets that change. */
  readonly changing?: () => ReadonlyArray<Fields>
  readonly fields?: () => Fields
  readonly each?: (answer: Asked, at: number) => void
}

/** An account that lives, the source's own poller and another caller. */
const live = async (world: World, { each, polls, random, ...living }: Living): Promise<ReadonlyArray<Asked>> => {
  const answers: Array<Asked> = []
  for (let at = 0; at < living.minutes; at++) {
    const changing = living.changing?.() ?? ticketsOf(world)
    if (changing.length > 0 && random.next() < 0.7)
      change(world, random.pick(changing)["id"], living.fields?.() ?? { priority: 1 + random.below(4) })
    world.time.advance(minute)
    if (at % 60 === 59) {
      world.receiver.sweep()
      // Vitest's own messages pass.
      await setImmediate()
    }
    await world.ask(list(world, 3 * minute))
    for (const target of polls(at)) {
      const answer = await world.ask(target, { key: living.key ?? "other", agent: "other/1" })
      answers.push(answer)
      each?.(answer, at)
    }
  }
  return answers
}

const usualPolls = (world: World) => (at: number) =>
  at % 10 === 0 ? [list(world, 3 * minute), list(world, 2 * hour)] : [list(world, 3 * minute)]

const fromState = (answers: ReadonlyArray<Asked>): ReadonlyArray<Asked> =>
  answers.filter(({ from }) => from === "state")

describe("a key that sees everything and that no setting names", () => {
  it("is answered once the provider has shown that, in part compared from then on, and right", async () => {
    const world = await started()
    const random = dice(1)
    world.setRandom(random.next)
    const first = await live(world, { minutes: 55, random, polls: usualPolls(world) })
    expect(fromState(first)).toEqual([])
    const then = await live(world, {
      minutes: 240,
      random,
      polls: usualPolls(world),
      each: (answer) => {
        if (answer.from !== "state" || (answer.body as []).length === 0) return
        for (const ticket of answer.body as ReadonlyArray<Fields>)
          expect(world.direct(`/api/v2/tickets/${String(ticket["id"])}`, "other").body).toMatchObject(ticket)
      }
    })
    expect(world.told).toEqual(["shown ticket"])
    expect(fromState(then).length).toBeGreaterThan(then.length / 3)
    expect(fromState(then).some(({ body }) => (body as []).length > 0)).toBe(true)
    expect(then.filter(({ reason }) => reason === "sample").length).toBeGreaterThan(5)
    expect(world.standings()).toEqual([{ source: "acme", integration: "other", entity: "ticket", standing: "shown" }])
  })
})

/** Asks as a full key does until tickets are shown to it. */
const shownTo = async (world: World, random: ReturnType<typeof dice>, key = "other") => {
  const answers = await live(world, { minutes: 120, random, polls: usualPolls(world), key })
  expect(world.told).toEqual(["shown ticket"])
  expect(fromState(answers).length).toBeGreaterThan(0)
  return answers
}

describe("a newest-first reader", () => {
  it("is answered while nothing has come since the provider answered it", async () => {
    const world = await started()
    const random = dice(12)
    const plain = "/api/v2/tickets?per_page=100"
    const polls = (at: number) => [...usualPolls(world)(at), plain]
    await live(world, { minutes: 120, random, polls })
    world.setRandom(() => 1)
    const quiet = await live(world, { minutes: 12, random, polls: () => [plain], changing: () => [] })
    expect(quiet.slice(0, 4).map(({ from, reason }) => (from === "state" ? from : reason))).toContain("newest-first")
    expect(fromState(quiet).length).toBeGreaterThan(5)
    change(world, idsOf(quiet.at(-1)!)[0], { subject: "News" })
    world.time.advance(1_000)
    expect((await world.ask(plain, { key: "other", agent: "other/1" })).reason).toBe("newest-first")
  })
})

describe("nothing is shown", () => {
  it("where no setting asks for it", async () => {
    const world = await started({ samples: false })
    const answers = await live(world, { minutes: 150, random: dice(2), polls: usualPolls(world) })
    expect(new Set(answers.map(({ reason }) => reason))).toEqual(new Set(["credential", "principal"]))
    expect(world.standings()).toEqual([])
  })
  it("by empty answers", async () => {
    const world = await started()
    const polls = () => [`/api/v2/tickets?updated_since=${text(world.time.now() + hour)}`]
    const answers = await live(world, { minutes: 150, random: dice(3), polls })
    expect(answers.every(({ body, from }) => from === "provider" && (body as []).length === 0)).toBe(true)
    expect(world.told).toEqual([])
  })
  it("by a burst, or by entities of one group or one owner", async () => {
    for (const [polls, one] of [
      [3, {}],
      [1, { group_id: 51 }],
      [1, { responder_id: 101 }]
    ] as const) {
      const world = await started()
      for (const ticket of ticketsOf(world)) change(world, ticket["id"], one)
      world.time.advance(minute)
      world.receiver.sweep()
      const answers = await live(world, {
        minutes: polls === 1 ? 150 : 50,
        random: dice(4),
        polls: () => Array.from({ length: polls }, () => list(world, 2 * hour))
      })
      expect(fromState(answers)).toEqual([])
    }
  })
  it("in dark mode to anyone, though the evidence is gathered", async () => {
    const world = await started({ dark: true })
    const answers = await live(world, { minutes: 150, random: dice(5), polls: usualPolls(world) })
    expect([fromState(answers), world.told]).toEqual([[], ["shown ticket"]])
  })
})

describe("what was shown", () => {
  it("is of the type and the kind of answer alone", async () => {
    const world = await started()
    await world.ask("/api/v2/contacts?per_page=100")
    const random = dice(6)
    await shownTo(world, random)
    world.setRandom(() => 1)
    const [ticket] = idsOf(world.direct(list(world, 10 * minute)))
    const found = `/api/v2/search/tickets?query=${encodeURIComponent('"status:2 AND priority:1"')}`
    for (const target of [
      `/api/v2/tickets/${ticket}`,
      `/api/v2/tickets/${ticket}/conversations`,
      `${list(world, 3 * minute)}&include=requester`,
      `/api/v2/tickets?updated_since=2026-11-27T09:00:00Z&per_page=2`,
      "/api/v2/contacts?_updated_since=2026-11-27T09:00:00Z",
      found
    ]) {
      await world.ask(target)
      world.time.advance(minute)
      const [own, other] = [await world.ask(target), await world.ask(target, { key: "other", agent: "other/1" })]
      expect([target, own.from, other.from]).toEqual([target, "state", "provider"])
      expect(["principal", "shape"]).toContain(other.reason)
    }
    // What it was shown as a single one it gets as such, and others of the same group and owner.
    const again = await world.ask(`/api/v2/tickets/${ticket}`, { key: "other", agent: "other/1" })
    expect(again.from).toBe("state")
  })
  it("is forgotten by a restart", async () => {
    const world = await started()
    const random = dice(7)
    await shownTo(world, random)
    await world.restart()
    const answers = await live(world, { minutes: 55, random, polls: usualPolls(world) })
    expect(fromState(answers)).toEqual([])
  })
  it("is forgotten where nothing renews it, and once the key is refused", async () => {
    const revoked = new Set<string>()
    const world = await started({ revoked })
    const random = dice(8)
    await shownTo(world, random)
    revoked.add("other")
    const answers = await live(world, { minutes: 4 * 60, random, polls: usualPolls(world) })
    const refused = answers.findIndex(({ status }) => status === 401)
    // A comparison is due each five minutes.
    expect(refused).toBeGreaterThanOrEqual(0)
    expect(refused).toBeLessThan(10)
    expect(fromState(answers.slice(refused))).toEqual([])
    expect(world.standings()).toEqual([])
    const idle = await started()
    await shownTo(idle, random)
    await live(idle, { minutes: 241, random, polls: () => [] })
    expect(fromState(await live(idle, { minutes: 55, random, polls: usualPolls(idle) }))).toEqual([])
  })
  it("ends with a refusal of what the state has", async () => {
    const world = await started()
    const random = dice(9)
    await shownTo(world, random)
    const { product } = world
    const handle = product.handle
    Object.assign(product, {
      handle: (request: Parameters<typeof handle>[0]) =>
        request.path.endsWith("/tickets/9") ? { status: 403, body: {} } : handle(request)
    })
    expect((await world.ask("/api/v2/tickets/9", { key: "other", agent: "other/1" })).status).toBe(403)
    const told = ["shown ticket", "closed /api/v2/tickets/{id}: 403"]
    expect(world.told).toEqual(told)
    // Further refusals are no news, and do not begin the time anew.
    world.time.advance(minute)
    expect((await world.ask("/api/v2/tickets/9", { key: "other", agent: "other/1" })).status).toBe(403)
    expect(world.told).toEqual(told)
    // A refusal ends the credential too; what comes behind its next pass goes through as well.
    const answers = await live(world, {
      minutes: 23 * 60,
      random,
      polls: (at) => (at % 7 === 0 ? usualPolls(world)(at) : [])
    })
    expect(fromState(answers)).toEqual([])
    const standing = () => world.standings().map((one) => one.standing)
    expect(standing()).toEqual(["closed"])
    world.time.advance(59 * minute)
    expect(standing()).not.toContain("closed")
  })
  it("ends where an answer lacks more than could be told apart by a sweep", async () => {
    const world = await started()
    const random = dice(13)
    await shownTo(world, random)
    const { product } = world
    const handle = product.handle
    Object.assign(product, {
      handle: (request: Parameters<typeof handle>[0]) => {
        const answer = handle(request)
        return Array.isArray(answer.body) ? { ...answer, body: [] } : answer
      }
    })
    world.setRandom(() => 0)
    const many = await world.ask(list(world, 3 * hour), { key: "other", agent: "other/1" })
    expect(many.body).toEqual([])
    expect(world.told.at(-1)).toBe("closed /api/v2/tickets: more than 20 entities were not shown to it")
  })
})

describe("an answer to such a caller", () => {
  it("teaches the state nothing, and costs nobody else the state", async () => {
    const world = await started()
    const random = dice(10)
    const { product } = world
    const handle = product.handle
    Object.assign(product, {
      handle: (request: Parameters<typeof handle>[0]) => {
        const answer = handle(request)
        const isOther = Buffer.from(request.authorization?.slice(6) ?? "", "base64").toString() === "other:X"
        return isOther && Array.isArray(answer.body)
          ? { ...answer, body: answer.body.map((one: Fields) => ({ ...one, subject: "forged" })) }
          : answer
      }
    })
    const answers = await live(world, { minutes: 70, random, polls: usualPolls(world) })
    expect(fromState(answers)).toEqual([])
    expect(world.told).toEqual(["closed ticket: content"])
    const own = await world.ask(list(world, hour))
    expect([own.from, own.body]).toEqual(["state", world.direct(list(world, hour)).body])
    expect(world.wrong).toEqual([])
  })
  it("that lacks what a sweep then finds gone is explained: it is answered again", async () => {
    const world = await started()
    const random = dice(11)
    await shownTo(world, random)
    const gone = idsOf(world.direct(list(world, 10 * minute)))[0]!
    world.change("ticket", "delete", gone, {})
    world.time.advance(6 * minute)
    expect(idsOf(await world.ask(list(world, hour), { key: "other", agent: "other/1" }))).not.toContain(gone)
    const waits = await live(world, { minutes: 20, random, polls: usualPolls(world) })
    expect(fromState(waits)).toEqual([])
    world.receiver.sweep()
    const after = await live(world, { minutes: 90, random, polls: usualPolls(world) })
    expect(fromState(after).length).toBeGreaterThan(0)
    expect(world.told).toEqual(["shown ticket"])
  })
})

/** What an agent's key may see is what the simulated provider itself says. */
const sees = (world: World, key: string, id: number): boolean =>
  world.direct(`/api/v2/tickets/${id}`, key).status === 200

const meOf = (world: World, key: string) =>
  world.direct("/api/v2/agents/me", key).body as { id: number; group_ids: ReadonlyArray<number>; ticket_scope: number }

/** Nothing that the key may not see, and nothing at all behind a contradiction. */
const checkShown = (world: World, key: string, seed: number) => (answer: Asked) => {
  if (answer.from !== "state") return
  expect([seed, world.told.filter((one) => one.startsWith("closed"))]).toEqual([seed, []])
  for (const id of idsOf(answer)) expect([seed, id, sees(world, key, id)]).toEqual([seed, id, true])
}

describe("a restricted key", () => {
  it("gets no byte from the state, by whatever it is restricted", { timeout: 900_000 }, async () => {
    let closed = 0
    for (let seed = 1; seed <= accounts; seed++) {
      const random = dice(seed)
      const world = await started({ seed, entities: 200 + random.below(200), restricted: new Set(["part"]) })
      world.setRandom(random.next)
      const groups = [51, 52, 53, 54].filter(() => random.next() < 0.5)
      world.change("agent", "update", meOf(world, "part").id, { ticket_scope: random.pick([2, 3]), group_ids: groups })
      const answers = await live(world, {
        minutes: 200,
        random,
        key: "part",
        polls: (at) => [
          ...usualPolls(world)(at),
          ...(random.next() < 0.2 ? [`/api/v2/tickets/${random.pick(ticketsOf(world))["id"]}`] : []),
          ...(random.next() < 0.1 ? ["/api/v2/tickets?per_page=100"] : [])
        ]
      })
      expect([seed, fromState(answers)]).toEqual([seed, []])
      closed += world.told.length
      expect([seed, world.told.filter((one) => one.startsWith("shown"))]).toEqual([seed, []])
    }
    // Each of them was found out.
    expect(closed).toBeGreaterThanOrEqual(accounts)
  })

  it.each(["freshservice", "freshsales", "freshchat"] as const)("of %s gets none either", async (product) => {
    const lists = {
      freshservice: ["/api/v2/tickets?per_page=100", "/api/v2/assets?per_page=100"],
      freshsales: ["/crm/sales/api/contacts/view/4002", "/crm/sales/api/deals/view/4012"],
      freshchat: ["/v2/users?items_per_page=20", "/v2/users?updated_from=2026-11-27T00:00:00Z"]
    }[product]
    const world = mirrorWorld({
      ...{ product, entities: 60, samples: true, recheckMs: 4 * hour, everyMs: hour, wholePages: true },
      restricted: new Set(["part"])
    })
    world.time.advance(minute)
    world.receiver.sweep()
    await world.load()
    const polled: Record<string, Array<string>> = { part: [], full: [] }
    for (let at = 0; at < 150; at++) {
      world.time.advance(2 * minute)
      if (at % 30 === 29) world.receiver.sweep()
      for (const target of lists) {
        await world.ask(target)
        for (const key of ["part", "full"]) polled[key]!.push((await world.ask(target, { key })).from)
      }
    }
    expect(polled["part"]).not.toContain("state")
    // Lists of several pages go through, so that only assets, on one page, are answered.
    if (product === "freshservice") expect(polled["full"]).toContain("state")
  })

  it("whose restriction shows later gets nothing that it may not see, and is closed when it does", {
    timeout: 900_000
  }, async () => {
    let [shown, closed] = [0, 0]
    for (let seed = 1; seed <= accounts; seed++) {
      const random = dice(seed)
      const world = await started({ seed, restricted: new Set(["part"]) })
      world.setRandom(random.next)
      const { id } = meOf(world, "part")
      world.change("agent", "update", id, { ticket_scope: 2, group_ids: [51, 52] })
      // For hours nothing moves but what it sees: tickets of two groups, of any owner.
      const hers = ticketsOf(world).filter((one) => sees(world, "part", Number(one["id"])))
      world.time.advance(3 * hour)
      for (let sweeps = 0; sweeps < 2; sweeps++) world.receiver.sweep()
      const fields = () => ({ priority: 1 + random.below(4) })
      const polls = (at: number) =>
        at % 10 === 0 ? [list(world, 3 * minute), list(world, 90 * minute)] : [list(world, 3 * minute)]
      const check = checkShown(world, "part", seed)
      const alike = await live(world, {
        minutes: 150,
        random,
        key: "part",
        polls,
        fields,
        changing: () => hers,
        each: check
      })
      if (fromState(alike).length > 0) shown += 1
      const answers = await live(world, { minutes: 150, random, key: "part", polls, each: check })
      if (world.told.some((one) => one.startsWith("closed"))) closed += 1
      expect([seed, fromState(answers.slice(-60))]).toEqual([seed, []])
    }
    // Lists that are alike for hours are taken for the whole: then what was shown is the bound.
    expect([shown > 0, closed]).toEqual([true, accounts])
  })

  it("that reads the last seconds only is found out as well: what it is not shown is not answered", async () => {
    const restricted = new Set<string>()
    const world = await started({ restricted })
    const random = dice(13)
    world.setRandom(random.next)
    await shownTo(world, random)
    restricted.add("other")
    const shown: Array<number> = []
    for (let at = 0; at < 400; at++) {
      if (at % 6 === 0) change(world, random.pick(ticketsOf(world))["id"], { priority: 1 + random.below(4) })
      world.time.advance(10_000)
      const answer = await world.ask(list(world, 10_000), { key: "other", agent: "other/1" })
      if (answer.from === "state") shown.push(...idsOf(answer).filter((id) => !sees(world, "other", id)))
    }
    expect(new Set(shown).size).toBeLessThan(3)
  })

  it("that was a full one before gets what it may not see for an hour at most, and then nothing", {
    timeout: 900_000
  }, async () => {
    for (let seed = 1; seed <= accounts; seed++) {
      const random = dice(seed)
      const restricted = new Set<string>()
      const world = await started({ seed, restricted })
      world.setRandom(random.next)
      await shownTo(world, random)
      restricted.add("other")
      const narrowed = world.time.now()
      let last = 0
      const answers = await live(world, {
        minutes: 300,
        random,
        polls: usualPolls(world),
        each: (answer) => {
          if (answer.from !== "state") return
          if (idsOf(answer).some((id) => !sees(world, "other", id))) last = world.time.now()
        }
      })
      expect([seed, last === 0 ? 0 : last - narrowed]).toEqual([seed, expect.toSatisfy((ms: number) => ms <= hour)])
      expect([seed, fromState(answers.slice(-180))]).toEqual([seed, []])
    }
  })
})
