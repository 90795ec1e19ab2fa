/**
 * In motion: pushes that are lost, late and out of order, changes that no push tells, restarts, and any alternation of
 * answers from the state and of the provider's. Whatever happens, each change reaches each poller.
 */
import { describe, expect, it } from "vitest"
import { isRecord } from "../../src/domain/Json.js"
import { type Asked, dice, mirrorWorld, ownKey, replyTo } from "./mirrorWorld.js"
import { asOf, comeToRest, minute, nextTarget, pushesOnTheirWay, second } from "./motion.js"
import { checkEmbeds, checkSearch, checkStats } from "./motionChecks.js"

const histories = Number(process.env["HOOKSHIFT_MIRROR_HISTORIES"] ?? 25)

type Fields = Readonly<Record<string, unknown>>

interface Seen {
  /** Newest stamp by id, of any answer. */
  readonly stamps: Map<string, number>
  cursor: number
}

const stampOf = (item: Fields): number => Date.parse(String(item["updated_at"]))

/** The contents that pollers of the list come for: one field that pushes carry, one that they do not. */
const contentOf = ({ custom_fields: custom, status }: Fields): string => JSON.stringify([status, custom])

const orders = (order: string): Fields => ({ cf_region: null, cf_order: order })

const play = async (seed: number) => {
  const random = dice(seed)
  const world = mirrorWorld({
    seed,
    entities: 40,
    everyMs: 20 * minute,
    readLagMs: random.pick([0, 800]),
    recheckMs: 30 * minute
  })
  const { receiver, time } = world
  time.advance(minute)
  receiver.sweep()
  await world.load()
  let sweptAt = time.now()
  const pushes = pushesOnTheirWay(random, time)
  let hits = 0
  let [embeds, stats, searched] = [0, 0, 0]
  let moving = true
  // How often a client asks past the state, and writes.
  const often = random.pick([0.01, 0.15])
  const tickets = (): ReadonlyArray<Fields> =>
    world.product.world.readable("ticket").filter((one) => one["deleted"] !== true && one["spam"] !== true)

  const push = (
    entity: string,
    record: Fields | null,
    deleted = false,
    changed: ReadonlyArray<string> | null = null
  ): void => {
    if (record === null) return
    pushes.send(() => {
      const names = pushes.named(changed)
      return () => receiver.push(entity, record, deleted, names)
    })
  }
  const change = (): void => {
    const ticket = random.pick(tickets())
    const id = Number(ticket["id"])
    const kind = random.next()
    const order = `A-${random.below(1e6)}`
    if (kind < 0.28)
      push("ticket", world.change("ticket", "update", id, { status: 2 + random.below(4) }), false, ["status"])
    else if (kind < 0.35) {
      const both = world.change("ticket", "update", id, { priority: 1 + random.below(4), custom_fields: orders(order) })
      push("ticket", both, false, ["priority", "custom_fields"])
    }
    // No app event tells of custom fields and tags.
    else if (kind < 0.5) world.change("ticket", "update", id, { custom_fields: orders(order) })
    else if (kind < 0.7)
      push(
        "ticket",
        world.change("ticket", "create", null, { ...ticket, id: undefined, subject: `New ${random.below(1e6)}` })
      )
    else if (kind < 0.88) push("conversation", world.change("conversation", "create", null, replyTo(id)))
    else if (kind < 0.94) push("ticket", world.change("ticket", "update", id, { spam: true }), false, ["spam"])
    else {
      const gone = world.change("ticket", "delete", id, {})
      push("ticket", { ...ticket, ...gone }, true)
    }
  }

  /** Changes an entity that tickets embed. */
  const changePart = (): void => {
    const [entity, fields] = random.pick([
      ["contact", { phone: `+1${random.below(1e6)}` }],
      ["contact", { name: `Renamed ${random.below(1e6)}` }],
      ["company", { name: `Renamed ${random.below(1e6)}` }]
    ] as const)
    const parts = world.product.world.readable(entity)
    const id = Number(random.pick(parts)["id"])
    push(entity, world.change(entity, "update", id, fields), false, Object.keys(fields))
  }
  const searches = (now: number): string => {
    const due = new Date(now + random.pick([0, 48, 72]) * 60 * minute).toISOString().slice(0, 19)
    return random.pick([
      `status:2 AND due_by:<'${due}Z'`,
      `priority:4 AND (status:2 OR status:3) AND due_by:<'${due}Z'`,
      "status:4 AND priority:>2"
    ])
  }

  const walk = async (seen: Seen, agent: string, perPage: number): Promise<ReadonlyArray<Asked>> => {
    const answers: Array<Asked> = []
    const since = new Date(seen.cursor).toISOString().replace(".000Z", "Z")
    let target: string | null =
      `/api/v2/tickets?updated_since=${since}&order_by=updated_at&order_type=asc&per_page=${perPage}`
    const headers: Record<string, string> = random.next() < often ? { "cache-control": "no-cache" } : {}
    while (target !== null) {
      const answer = await world.ask(target, { agent, headers })
      if (answer.status !== 200) throw new Error(`${answer.status} ${target}`)
      answers.push(answer)
      target = nextTarget(answer)
      // Whoever pages through the provider's own list while it changes misses what moves: so does this poller.
      if (moving && answer.from === "state" && random.next() < 0.2) change()
    }
    return answers
  }

  /** Whether each change that was there at the stated age is in the answer. */
  const truthAt = (at: number, since: number): Map<string, number> => {
    const known = new Map<string, number>()
    for (const one of world.truth()) {
      if (one.entity !== "ticket" || one.at > at) continue
      const stamp = Date.parse(String(one.updatedAt))
      if (stamp >= since) known.set(String(one.id), stamp)
    }
    return known
  }

  const pollers: Array<
    Seen & { agent: string; perPage: number; hits: Map<string, number>; contents: Map<string, string> }
  > = [3, 100].map((perPage) => ({
    agent: `poller-${perPage}/1`,
    perPage,
    stamps: new Map(),
    hits: new Map(),
    contents: new Map(),
    cursor: time.now() - 30 * minute
  }))
  const poll = async (): Promise<void> => {
    for (const poller of pollers) {
      const askedAt = time.now()
      const since = poller.cursor
      const answers = await walk(poller, poller.agent, poller.perPage)
      const whole = answers.every(({ from }) => from === "state")
      const ids = new Set<string>()
      for (const answer of answers) {
        for (const item of answer.body as ReadonlyArray<Fields>) {
          const id = String(item["id"])
          const stamp = stampOf(item)
          if (whole) {
            hits += 1
            // A walk shows each once, and to one client no answer from the state is older than one before.
            expect(ids.has(id), `seed ${seed}: ${id} twice`).toBe(false)
            expect(stamp, `seed ${seed}: ${id} falls`).toBeGreaterThanOrEqual(poller.hits.get(id) ?? 0)
            poller.hits.set(id, stamp)
          }
          ids.add(id)
          if (stamp >= (poller.stamps.get(id) ?? 0)) poller.contents.set(id, contentOf(item))
          poller.stamps.set(id, Math.max(poller.stamps.get(id) ?? 0, stamp))
          // The newest stamp that it saw, without any overlap.
          poller.cursor = Math.max(poller.cursor, stamp)
        }
      }
      if (!whole) continue
      const age = Math.max(...answers.map((answer) => answer.age ?? 0))
      for (const [id, stamp] of truthAt(askedAt - age * second, since)) {
        const now = world.product.world.readable("ticket").find((one) => String(one["id"]) === id)
        if (now?.["deleted"] === true || now?.["spam"] === true) continue
        const shown = answers
          .flatMap((answer) => answer.body as ReadonlyArray<Fields>)
          .find((item) => String(item["id"]) === id)
        // Earlier answers count as well: the cursor is past them.
        const known = Math.max(shown === undefined ? 0 : stampOf(shown), poller.stamps.get(id) ?? 0)
        expect(known, `seed ${seed}: ${id} is older than the answer's age of ${age} s`).toBeGreaterThanOrEqual(stamp)
      }
    }
  }

  /** Replies that were there at the stated age are in the answer. */
  const askReplies = async (ticket: number): Promise<void> => {
    const answer = await world.ask(`/api/v2/tickets/${ticket}/conversations`)
    if (answer.from !== "state") return
    const shown = new Set((answer.body as ReadonlyArray<Fields>).map((one) => String(one["id"])))
    for (const { action, at, entity, id } of world.truth()) {
      if (entity !== "conversation" || action !== "create" || at > asOf(world, answer)) continue
      if (world.product.world.read("conversation", id)?.["ticket_id"] !== ticket) continue
      expect(shown.has(String(id)), `seed ${seed}: reply ${id} of ticket ${ticket}`).toBe(true)
    }
  }

  for (let step = 0; step < 150; step++) {
    time.advance((5 + random.below(40)) * second)
    const now = time.now()
    pushes.arrive()
    if (random.next() < 0.5) change()
    if (now - sweptAt > 20 * minute && random.next() < 0.8) {
      receiver.sweep()
      sweptAt = time.now()
    }
    if (random.next() < 0.02) receiver.alive = !receiver.alive
    if (random.next() < 0.03) await world.restart()
    if (random.next() < often) {
      const ticket = random.pick(tickets())
      const target = `/api/v2/tickets/${String(ticket["id"])}`
      const subject = `Own ${random.below(1e6)}`
      const written = await world.ask(target, { method: "PUT", body: { subject } })
      if (written.status === 200) {
        const read = await world.ask(target)
        // The provider itself shows a write a moment later.
        if (read.from === "state") expect((read.body as Fields)["subject"], `seed ${seed}`).toBe(subject)
      }
    }
    if (random.next() < 0.1) changePart()
    if (random.next() < 0.4 && (await checkEmbeds(world, time.now() - 10 * minute, `seed ${seed}`))) embeds += 1
    if (random.next() < 0.4 && (await checkStats(world, time.now() - 10 * minute, `seed ${seed}`))) stats += 1
    if (random.next() < 0.4 && (await checkSearch(world, searches(time.now()), `seed ${seed}`))) searched += 1
    if (random.next() < 0.3) await askReplies(Number(random.pick(tickets())["id"]))
    if (random.next() < 0.6) await poll()
  }
  moving = false
  await comeToRest(world, pushes, 3, poll)
  return { world, pollers, hits, embeds, stats, searched, tickets }
}

describe("each change reaches each cursor poller", () => {
  it("whose cursor is the newest stamp that it saw", { timeout: 900_000 }, async () => {
    let hits = 0
    let [embeds, stats, searched] = [0, 0, 0]
    for (let seed = 1; seed <= histories; seed++) {
      const played = await play(seed)
      hits += played.hits
      embeds += played.embeds
      stats += played.stats
      searched += played.searched
      for (const poller of played.pollers)
        for (const ticket of played.tickets()) {
          const id = String(ticket["id"])
          if (stampOf(ticket) < Date.UTC(2026, 10, 27, 10)) continue
          expect(
            poller.stamps.get(id) ?? 0,
            `seed ${seed}: ${poller.agent} never saw ticket ${id} as it is`
          ).toBeGreaterThanOrEqual(stampOf(ticket))
          expect(poller.contents.get(id), `seed ${seed}: ${poller.agent}, ticket ${id}`).toBe(contentOf(ticket))
        }
      expect(played.world.wrong).toEqual([])
      expect(isRecord(played.world.direct("/api/v2/agents/me", ownKey).body)).toBe(true)
    }
    expect(hits).toBeGreaterThan(histories * 20)
    expect(embeds).toBeGreaterThan(histories * 3)
    expect(stats).toBeGreaterThan(histories * 3)
    expect(searched).toBeGreaterThan(histories * 3)
  })
})
