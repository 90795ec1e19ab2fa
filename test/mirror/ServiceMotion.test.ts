/**
 * Freshservice's tickets in motion. The receiver reads all workspaces without their own fields, a plain list shows the
 * primary one whole: what is answered is never of another workspace, and never lacks a field's value.
 */
import { expect, it } from "vitest"
import { inWorkspace } from "../../src/simulator/freshservice/Api.js"
import { type Asked, dice, mirrorWorld, ownKey } from "./mirrorWorld.js"
import { asOf, comeToRest, minute, nextTarget, pushesOnTheirWay, second } from "./motion.js"

const histories = Number(process.env["HOOKSHIFT_MIRROR_HISTORIES"] ?? 12)
const everyMs = 20 * minute
const start = Date.UTC(2026, 10, 27, 10)

type Fields = Readonly<Record<string, unknown>>

const stampOf = (item: Fields): number => Date.parse(String(item["updated_at"]))
const contentOf = ({ custom_fields: custom, status }: Fields): string => JSON.stringify([status, custom])
const ticketsIn = ({ body }: Asked): ReadonlyArray<Fields> => (body as { tickets: ReadonlyArray<Fields> }).tickets

const play = async (seed: number) => {
  const random = dice(seed)
  const workspaces = random.pick([1, 3])
  const world = mirrorWorld({
    product: "freshservice",
    seed,
    entities: 60,
    everyMs,
    workspaces,
    readLagMs: random.pick([0, 800]),
    recheckMs: 30 * minute
  })
  const { product, receiver, time } = world
  time.advance(minute)
  receiver.sweep()
  await world.load()
  let sweptAt = time.now()
  let moving = true
  const pushes = pushesOnTheirWay(random, time)
  const often = random.pick([0.01, 0.15])
  /** When a ticket left the plain list: deleted, spam, or moved to another workspace. */
  const leftAt = new Map<string, number>()
  const all = (): ReadonlyArray<Fields> => product.world.readable("ticket")
  const isListed = (one: Fields): boolean =>
    one["deleted"] !== true &&
    one["spam"] !== true &&
    [1, undefined].includes(inWorkspace(one, workspaces)["workspace_id"] as number)
  const listed = (): ReadonlyArray<Fields> => all().filter(isListed)

  const push = (record: Fields | null, changed: ReadonlyArray<string> | null, deleted = false): void => {
    if (record === null) return
    if (!isListed(record)) leftAt.set(String(record["id"]), time.now())
    else leftAt.delete(String(record["id"]))
    pushes.send(() => {
      // Whether a push names the workspace is not known.
      const told = random.next() < 0.5 ? inWorkspace(record, workspaces) : record
      const names = pushes.named(changed)
      return () => receiver.push("ticket", told, deleted, names)
    })
  }
  const change = (): void => {
    const ticket = random.pick(all().filter((one) => one["deleted"] !== true))
    const id = Number(ticket["id"])
    const kind = random.next()
    const custom = { cost_centre: `CC-${random.below(1e6)}` }
    if (kind < 0.25) push(world.change("ticket", "update", id, { status: 2 + random.below(4) }), ["status"])
    else if (kind < 0.32)
      push(world.change("ticket", "update", id, { priority: 1 + random.below(4), custom_fields: custom }), [
        "priority",
        "custom_fields"
      ])
    // No event tells of custom fields.
    else if (kind < 0.47) world.change("ticket", "update", id, { custom_fields: custom })
    else if (kind < 0.67)
      push(world.change("ticket", "create", null, { ...ticket, id: undefined, subject: `${random.below(1e6)}` }), null)
    else if (kind < 0.82)
      world.change("conversation", "create", null, { ticket_id: id, body: "r", incoming: true, attachments: [] })
    else if (kind < 0.9 && workspaces > 1)
      push(world.change("ticket", "update", id, { workspace_id: 1 + random.below(workspaces) }), null)
    else if (kind < 0.95) push(world.change("ticket", "update", id, { spam: true }), ["spam"])
    else push({ ...ticket, ...world.change("ticket", "delete", id, {}) }, null, true)
  }

  interface Poller {
    readonly perPage: number
    cursor: number
    readonly stamps: Map<string, number>
    readonly hits: Map<string, number>
    readonly contents: Map<string, string>
  }
  const pollers: ReadonlyArray<Poller> = [3, 100].map((perPage) => ({
    perPage,
    cursor: time.now() - 30 * minute,
    stamps: new Map(),
    hits: new Map(),
    contents: new Map()
  }))
  let hits = 0
  const walk = async ({ cursor, perPage }: Poller): Promise<ReadonlyArray<Asked>> => {
    const answers: Array<Asked> = []
    const since = new Date(cursor).toISOString().replace(".000Z", "Z")
    const headers: Record<string, string> = random.next() < often ? { "cache-control": "no-cache" } : {}
    let target: string | null =
      `/api/v2/tickets?updated_since=${since}&order_by=updated_at&order_type=asc&per_page=${perPage}`
    while (target !== null) {
      const answer: Asked = await world.ask(target, { agent: `poller-${perPage}/1`, headers })
      expect(answer.status, `seed ${seed}: ${target}`).toBe(200)
      answers.push(answer)
      target = nextTarget(answer)
      if (moving && answer.from === "state" && random.next() < 0.2) change()
    }
    return answers
  }
  const poll = async (poller: Poller): Promise<void> => {
    const since = poller.cursor
    const answers = await walk(poller)
    const whole = answers.every(({ from }) => from === "state")
    const ids = new Set<string>()
    for (const answer of answers)
      for (const item of ticketsIn(answer)) {
        const id = String(item["id"])
        const stamp = stampOf(item)
        if (whole) {
          hits += 1
          expect(ids.has(id), `seed ${seed}: ${id} twice`).toBe(false)
          expect(stamp, `seed ${seed}: ${id} falls`).toBeGreaterThanOrEqual(poller.hits.get(id) ?? 0)
          poller.hits.set(id, stamp)
          expect([1, undefined], `seed ${seed}: ${id}`).toContain(item["workspace_id"])
          expect(leftAt.get(id) ?? time.now(), `seed ${seed}: ${id} has left`).toBeGreaterThan(asOf(world, answers[0]!))
        }
        ids.add(id)
        if (stamp >= (poller.stamps.get(id) ?? 0)) poller.contents.set(id, contentOf(item))
        poller.stamps.set(id, Math.max(poller.stamps.get(id) ?? 0, stamp))
        // The newest stamp that it saw, without any overlap.
        poller.cursor = Math.max(poller.cursor, stamp)
      }
    if (!whole) return
    for (const one of world.truth()) {
      if (
        one.entity !== "ticket" ||
        one.at > asOf(world, answers[0]!) ||
        stampOf(one.after) < since ||
        leftAt.has(String(one.id))
      )
        continue
      if (!isListed(one.after)) continue
      expect(poller.stamps.get(String(one.id)) ?? 0, `seed ${seed}: ${one.id}`).toBeGreaterThanOrEqual(
        stampOf(one.after)
      )
    }
  }

  for (let step = 0; step < 130; step++) {
    time.advance((5 + random.below(40)) * second)
    const now = time.now()
    pushes.arrive()
    if (random.next() < 0.4) change()
    if (now - sweptAt > everyMs && random.next() < 0.8) {
      receiver.sweep()
      sweptAt = time.now()
    }
    if (random.next() < 0.02) receiver.alive = !receiver.alive
    if (random.next() < 0.03) await world.restart()
    if (random.next() < often) {
      const target = `/api/v2/tickets/${String(random.pick(listed())["id"])}`
      const subject = `Own ${random.below(1e6)}`
      const written = await world.ask(target, { method: "PUT", body: { subject } })
      const read = written.status === 200 ? await world.ask(target) : written
      if (read.from === "state") expect((read.body as { ticket: Fields }).ticket["subject"]).toBe(subject)
    }
    if (random.next() < 0.6) for (const poller of pollers) await poll(poller)
  }
  moving = false
  await comeToRest(world, pushes, 4, async () => {
    for (const poller of pollers) await poll(poller)
  })
  for (const { contents, perPage, stamps } of pollers)
    for (const ticket of listed()) {
      const id = String(ticket["id"])
      if (stampOf(ticket) < start) continue
      expect(
        stamps.get(id) ?? 0,
        `seed ${seed}: poller ${perPage} never saw ticket ${id} as it is`
      ).toBeGreaterThanOrEqual(stampOf(ticket))
      expect(contents.get(id), `seed ${seed}: poller ${perPage}, ticket ${id}`).toBe(contentOf(ticket))
    }
  expect(world.wrong).toEqual([])
  // Other workspaces are the provider's to show, and so is everything to a key that may see a part.
  for (const query of ["workspace_id=0", "workspace_id=2"])
    expect((await world.ask(`/api/v2/tickets?${query}`)).reason).toBe("parameter")
  await world.ask("/api/v2/tickets", { key: "another" })
  expect((await world.ask("/api/v2/tickets", { key: "another" })).reason).toBe("principal")
  expect(world.direct("/api/v2/tickets", ownKey).status).toBe(200)
  return hits
}

it("reaches each cursor poller, whole and of the primary workspace alone", { timeout: 900_000 }, async () => {
  let hits = 0
  for (let seed = 1; seed <= histories; seed++) hits += await play(seed)
  expect(hits).toBeGreaterThan(histories * 5)
})
