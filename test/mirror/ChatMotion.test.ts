/**
 * Freshchat in motion, where nothing but pushes and the receiver's walks tells of conversations and messages: pushes are
 * lost, late and in part, changes go untold, processes restart, answers from the state alternate with the provider's.
 */
import { expect, it } from "vitest"
import { type Asked, dice, mirrorWorld, ownKey } from "./mirrorWorld.js"
import { asOf, comeToRest, minute, pushesOnTheirWay, second } from "./motion.js"

const histories = Number(process.env["HOOKSHIFT_MIRROR_HISTORIES"] ?? 12)
const everyMs = 20 * minute
const walksEvery = 3

type Fields = Readonly<Record<string, unknown>>

const stampOf = (item: Fields): number => Date.parse(String(item["updated_time"]))
const listed = ({ body }: Asked, name: string): ReadonlyArray<Fields> =>
  (body as Readonly<Record<string, ReadonlyArray<Fields>>>)[name]!

const play = async (seed: number) => {
  const random = dice(seed)
  // At a provider that lags more, a poller without any overlap loses changes by itself.
  const readLagMs = random.pick([0, 800, 20_000])
  const world = mirrorWorld({
    product: "freshchat",
    seed,
    entities: 24,
    everyMs,
    readLagMs,
    recheckMs: 30 * minute
  })
  const { product, receiver, time } = world
  receiver.walksEvery = walksEvery
  time.advance(minute)
  receiver.sweep()
  await world.load()
  let sweeps = 1
  let moving = true
  let sweptAt = time.now()
  const pushes = pushesOnTheirWay(random, time)
  const hits: Record<string, number> = {}
  const often = random.pick([0.01, 0.15])
  const stamps = new Map<string, number>()
  const deletedAt = new Map<string, number>()
  const alive = (entity: string): ReadonlyArray<Fields> =>
    product.world.readable(entity).filter((one) => one["deleted"] !== true)

  const push = (entity: string, record: Fields | null, changed: ReadonlyArray<string> | null = null): void => {
    if (record === null) return
    pushes.send(() => {
      const { interaction_id: _, ...native } = record
      const told = random.next() < 0.5 ? native : record
      const names = pushes.named(changed)
      return () => receiver.push(entity, told, false, names)
    })
  }
  const say = (conversation: Fields): void =>
    push(
      "message",
      world.change("message", "create", null, {
        conversation_id: conversation["conversation_id"],
        user_id: conversation["user_id"],
        message_parts: [{ text: { content: `Line ${random.below(1e6)}` } }],
        interaction_id: null
      })
    )
  const change = (): void => {
    const user = random.pick(alive("user"))
    const conversation = random.pick(alive("conversation"))
    const id = String(conversation["conversation_id"]) as unknown as number
    const kind = random.next()
    if (kind < 0.2) {
      const phone = `+1${random.below(1e6)}`
      push("user", world.change("user", "update", user["id"] as number, { phone }), ["phone"])
    } else if (kind < 0.3)
      push("user", world.change("user", "create", null, { ...user, id: undefined, last_name: `${random.below(1e6)}` }))
    else if (kind < 0.42) {
      const { conversation_id: _, ...fields } = conversation
      const made = world.change("conversation", "create", null, { ...fields, user_id: user["id"] })
      push("conversation", made)
      if (made !== null) say(made)
    } else if (kind < 0.72) say(conversation)
    else if (kind < 0.84) {
      const status = random.pick(["assigned", "resolved", "reopened"])
      push("conversation", world.change("conversation", "update", id, { status }), ["status"])
    }
    // No event tells of properties, and none of a user's removal.
    else if (kind < 0.96)
      world.change("conversation", "update", id, { properties: { priority: `P${random.below(1e6)}` } })
    else if (alive("user").length > 6) {
      world.change("user", "delete", user["id"] as number, {})
      deletedAt.set(String(user["id"]), time.now())
    }
  }

  const drawn = (): Record<string, string> => (random.next() < often ? { "cache-control": "no-cache" } : {})
  const get = async (target: string, agent: string, headers = drawn()): Promise<Asked> => {
    const answer = await world.ask(target, { agent, headers })
    expect(answer.link).toBeNull()
    if (answer.from === "state") {
      const kind = target.split("?")[0]!.replace(/[\da-f]{8}-[\da-f-]{27}/, "{id}")
      hits[kind] = (hits[kind] ?? 0) + 1
    }
    return answer
  }
  /** All that had changed at the stated age. */
  const truthAt = (entity: string, at: number) =>
    world.truth().filter((one) => one.entity === entity && one.at <= at && one.action !== "delete")
  const where = (target: string): string => `seed ${seed}: ${target}`
  /** To one client no answer from the state is older than one before. */
  const rises = (key: string, stamp: number): void => {
    expect(stamp, where(key)).toBeGreaterThanOrEqual(stamps.get(key) ?? 0)
    stamps.set(key, stamp)
  }

  const pages = async (first: string, name: string, agent: string): Promise<ReadonlyArray<Asked>> => {
    const answers: Array<Asked> = []
    const headers = drawn()
    for (let target: string | undefined = first; target !== undefined; ) {
      const answer: Asked = await get(target, agent, headers)
      expect(answer.status, where(target)).toBe(200)
      answers.push(answer)
      const { links } = answer.body as { links: { next_page?: { href: string } } }
      target = links.next_page?.href.replace("http://provider", "")
      if (moving && answer.from === "state" && random.next() < 0.1) change()
    }
    for (const answer of answers.filter(({ from }) => from === "state"))
      for (const { id } of listed(answer, name))
        expect(deletedAt.get(String(id)) ?? time.now(), where(first)).toBeGreaterThan(asOf(world, answer))
    const whole = answers.every(({ from }) => from === "state")
    if (whole) {
      const ids = answers.flatMap((answer) => listed(answer, name).map(({ id }) => String(id)))
      expect(new Set(ids).size, where(first)).toBe(ids.length)
      for (const { body } of answers)
        expect((body as { pagination: Fields }).pagination["total_items"], where(first)).toBe(ids.length)
      expect(new Set(answers.map(({ age }) => age)).size).toBe(1)
    }
    return answers
  }

  const pollers = [3, 20].map((size) => ({ size, cursor: time.now() - 30 * minute, seen: new Map<string, number>() }))
  const poll = async (): Promise<void> => {
    for (const poller of pollers) {
      const since = poller.cursor
      const first = `/v2/users?updated_from=${new Date(since).toISOString()}&items_per_page=${poller.size}`
      const answers = await pages(first, "users", `sync-${poller.size}/1`)
      for (const answer of answers)
        for (const user of listed(answer, "users")) {
          const id = String(user["id"])
          if (answers.every(({ from }) => from === "state")) rises(`${poller.size} ${id}`, stampOf(user))
          poller.seen.set(id, Math.max(poller.seen.get(id) ?? 0, stampOf(user)))
          // The newest stamp that it saw, without any overlap.
          poller.cursor = Math.max(poller.cursor, stampOf(user))
        }
      if (answers[0]!.from !== "state") continue
      for (const { id, updatedAt } of truthAt("user", asOf(world, answers[0]!)))
        if (Date.parse(String(updatedAt)) >= since && !deletedAt.has(String(id)))
          expect(poller.seen.get(String(id)) ?? 0, where(`${first} lacks ${id}`)).toBeGreaterThanOrEqual(
            Date.parse(String(updatedAt))
          )
    }
  }

  const transcripts = async (): Promise<void> => {
    const answers = await pages("/v2/users?items_per_page=20", "users", "export/1")
    for (const { id: user } of answers.flatMap((answer) => listed(answer, "users"))) {
      if (random.next() < 0.6) continue
      const of = await get(`/v2/users/${String(user)}/conversations`, "export/1")
      // Gone meanwhile.
      if (of.status === 404) continue
      const named = listed(of, "conversations").map(({ id }) => String(id))
      if (of.from === "state")
        for (const { after, id } of truthAt("conversation", asOf(world, of)))
          if (after["user_id"] === user) expect(named, where(`user ${user}`)).toContain(String(id))
      for (const id of named) {
        const item = await get(`/v2/conversations/${id}`, "export/1")
        if (item.from === "state") {
          rises(`item ${id}`, stampOf(item.body as Fields))
          for (const one of truthAt("conversation", asOf(world, item)))
            if (one.id === id)
              expect(stampOf(item.body as Fields), where(id)).toBeGreaterThanOrEqual(Date.parse(String(one.updatedAt)))
        }
        const said = await get(`/v2/conversations/${id}/messages?items_per_page=20`, "export/1")
        if (said.from !== "state") continue
        const lines = new Set(listed(said, "messages").map((one) => String(one["id"])))
        for (const one of truthAt("message", asOf(world, said)))
          if (one.after["conversation_id"] === id)
            expect(lines.has(String(one.id)), where(`message of ${id}`)).toBe(true)
      }
    }
  }

  const write = async (): Promise<void> => {
    const id = String(random.pick(alive("conversation"))["conversation_id"])
    const said = await world.ask(`/v2/conversations/${id}/messages`, {
      method: "POST",
      body: { message_parts: [{ text: { content: "own" } }], interaction_id: null }
    })
    for (let n = 0; n < 3; n++) {
      const read = await get(`/v2/conversations/${id}/messages?items_per_page=20`, "writer/1")
      if (read.from === "state")
        expect(
          listed(read, "messages").map((one) => one["id"]),
          where(id)
        ).toContain((said.body as Fields)["id"])
      time.advance(random.below(25) * second)
    }
  }

  for (let step = 0; step < 120; step++) {
    time.advance((5 + random.below(50)) * second)
    const now = time.now()
    pushes.arrive()
    if (random.next() < 0.5) change()
    if (now - sweptAt > everyMs && random.next() < 0.8) {
      receiver.sweep(sweeps % walksEvery === 0)
      sweeps += 1
      sweptAt = time.now()
    }
    if (random.next() < 0.02) receiver.alive = !receiver.alive
    if (random.next() < 0.02) {
      await world.restart()
      // Items that only answers had shown are forgotten: the state is older, as its age says.
      for (const key of stamps.keys()) if (key.startsWith("item")) stamps.delete(key)
    }
    if (random.next() < often) await write()
    if (random.next() < 0.4) await poll()
    if (random.next() < 0.15) await transcripts()
  }
  moving = false
  await comeToRest(world, pushes, 3, poll)
  for (const poller of readLagMs > 800 ? [] : pollers)
    for (const user of alive("user"))
      if (stampOf(user) > pollers[0]!.cursor - 30 * minute && stampOf(user) > Date.UTC(2026, 10, 27, 10))
        expect(poller.seen.get(String(user["id"])) ?? 0, where(`user ${user["id"]}`)).toBeGreaterThanOrEqual(
          stampOf(user)
        )
  expect(world.wrong).toEqual([])
  for (const target of ["/v2/users", `/v2/users/${String(alive("user")[0]!["id"])}/conversations`]) {
    await world.ask(target)
    await world.ask(target, { key: "another" })
    expect((await world.ask(target, { key: "another" })).reason).toBe("principal")
  }
  expect(world.direct("/v2/users", ownKey).status).toBe(200)
  return hits
}

it("reaches each poller, and claims nothing that is not so", { timeout: 900_000 }, async () => {
  const hits: Record<string, number> = {}
  for (let seed = 1; seed <= histories; seed++)
    for (const [kind, count] of Object.entries(await play(seed))) hits[kind] = (hits[kind] ?? 0) + count
  if (process.env["HOOKSHIFT_MIRROR_REASONS"] !== undefined) console.log(hits)
  for (const kind of [
    "/v2/users",
    "/v2/users/{id}/conversations",
    "/v2/conversations/{id}",
    "/v2/conversations/{id}/messages"
  ])
    expect(hits[kind] ?? 0, kind).toBeGreaterThan(histories * 5)
})
