/**
 * Freshsales in motion: views newest first, deletions and some fields that nothing tells of. A reader that stops at what
 * it knows misses no change, by either answerer; one that reads all pages sees nothing that is older than the age.
 */
import { expect, it } from "vitest"
import { type Asked, allViews, dice, mirrorWorld, ownKey } from "./mirrorWorld.js"
import { asOf, comeToRest, minute, pushesOnTheirWay, second } from "./motion.js"

const histories = Number(process.env["HOOKSHIFT_MIRROR_HISTORIES"] ?? 12)
const everyMs = 20 * minute
const view = `/crm/sales/api/deals/view/${allViews["deal"]}`

type Fields = Readonly<Record<string, unknown>>

const stampOf = (item: Fields): number => Date.parse(String(item["updated_at"]))
const dealsIn = ({ body }: Asked): ReadonlyArray<Fields> => (body as { deals: ReadonlyArray<Fields> }).deals
const metaOf = ({ body }: Asked) => (body as { meta: { total: number; total_pages: number } }).meta

const play = async (seed: number) => {
  const random = dice(seed)
  const readLagMs = random.pick([0, 800])
  const world = mirrorWorld({
    product: "freshsales",
    seed,
    entities: 140,
    everyMs,
    readLagMs,
    recheckMs: 30 * minute,
    wholePages: "book"
  })
  const { product, receiver, time } = world
  time.advance(minute)
  receiver.sweep()
  await world.load()
  await world.ask("/crm/sales/api/deals/filters")
  let sweeps = 1
  let sweptAt = time.now()
  let moving = true
  const pushes = pushesOnTheirWay(random, time)
  const often = random.pick([0.01, 0.15])
  const hits = { board: 0, book: 0, item: 0 }
  const deletedAt = new Map<string, number>()
  /** Until when a deal had this age: a field that moves by itself. */
  const agesUntil = new Map<string, number>()
  const deals = (): ReadonlyArray<Fields> => product.world.readable("deal").filter((one) => one["deleted"] !== true)

  const push = (record: Fields | null, changed: ReadonlyArray<string> | null): void => {
    if (record === null) return
    pushes.send(() => {
      const names = pushes.named(changed)
      return () => receiver.push("deal", record, false, names)
    })
  }
  const change = (): void => {
    const deal = random.pick(deals())
    const id = Number(deal["id"])
    const kind = random.next()
    if (kind < 0.5) push(world.change("deal", "update", id, { deal_stage_id: random.below(1e6) }), ["deal_stage_id"])
    else if (kind < 0.7) push(world.change("deal", "create", null, { ...deal, id: undefined, age: 0 }), null)
    else if (kind < 0.9) {
      agesUntil.set(`${id} ${String(deal["age"])}`, time.now())
      // In place: no stamp, no event.
      Object.assign(deal, { age: 1 + random.below(1e6) })
    } else if (deals().length > 20) {
      world.change("deal", "delete", id, {})
      deletedAt.set(String(id), time.now())
    }
    // Of two changes in a second such a reader misses one by itself.
    time.advance(second)
  }
  /** Each item that the answer shows was so at its age, or later. */
  const isTrue = (item: Fields, answer: Asked): void => {
    const id = String(item["id"])
    expect(deletedAt.get(id) ?? time.now(), `seed ${seed}: ${id} is deleted`).toBeGreaterThan(asOf(world, answer))
    const until = agesUntil.get(`${id} ${String(item["age"])}`) ?? time.now()
    expect(until, `seed ${seed}: ${id} had this age`).toBeGreaterThan(asOf(world, answer))
  }
  const changedBy = (at: number) =>
    world.truth().filter((one) => one.entity === "deal" && one.action !== "delete" && one.at <= at)

  /** Newest change first, down to the first that is known already: what stands below is not looked at. */
  const known = new Map<string, number>()
  const board = async (): Promise<void> => {
    const headers: Record<string, string> = random.next() < often ? { "cache-control": "no-cache" } : {}
    for (let page = 1; ; page++) {
      const answer = await world.ask(`${view}?page=${page}&sort=updated_at&sort_type=desc`, {
        agent: "board/1",
        headers
      })
      expect(answer.status).toBe(200)
      const listed = dealsIn(answer)
      if (answer.from === "state") hits.board += 1
      const end = listed.findIndex((deal) => known.get(String(deal["id"])) === stampOf(deal))
      const fresh = end < 0 ? listed : listed.slice(0, end)
      for (const deal of fresh) known.set(String(deal["id"]), stampOf(deal))
      if (fresh.length < listed.length || page >= metaOf(answer).total_pages) {
        if (answer.from === "state")
          for (const { after, id } of changedBy(asOf(world, answer)))
            if (!deletedAt.has(String(id)))
              expect(known.get(String(id)) ?? 0, `seed ${seed}: ${id}`).toBeGreaterThanOrEqual(stampOf(after))
        return
      }
    }
  }
  const stamps = new Map<string, number>()
  const book = async (): Promise<void> => {
    const answers: Array<Asked> = []
    for (let page = 1; answers.length < 1 || page <= metaOf(answers[0]!).total_pages; page++) {
      const answer = await world.ask(`${view}?page=${page}`, { agent: "book/1" })
      expect(answer.status).toBe(200)
      answers.push(answer)
      if (moving && answer.from === "state" && random.next() < 0.3) change()
    }
    if (!answers.every(({ from }) => from === "state")) return
    hits.book += 1
    const all = answers.flatMap(dealsIn)
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length)
    for (const answer of answers) expect(metaOf(answer).total).toBe(all.length)
    for (const deal of all) {
      const id = String(deal["id"])
      isTrue(deal, answers[0]!)
      expect(stampOf(deal), `seed ${seed}: ${id} falls`).toBeGreaterThanOrEqual(stamps.get(id) ?? 0)
      stamps.set(id, stampOf(deal))
    }
    for (const { after, id } of changedBy(asOf(world, answers[0]!)))
      if (!deletedAt.has(String(id)))
        expect(stamps.get(String(id)) ?? 0, `seed ${seed}: ${id}`).toBeGreaterThanOrEqual(stampOf(after))
  }
  const items = async (): Promise<void> => {
    for (let n = 0; n < 3; n++) {
      const id = String(random.pick(deals().slice(0, 8))["id"])
      const answer = await world.ask(`/crm/sales/api/deals/${id}`, { agent: "card/1" })
      if (answer.from !== "state") continue
      hits.item += 1
      const { deal } = answer.body as { deal: Fields }
      isTrue(deal, answer)
      for (const one of changedBy(asOf(world, answer)))
        if (String(one.id) === id)
          expect(stampOf(deal), `seed ${seed}: ${id}`).toBeGreaterThanOrEqual(stampOf(one.after))
    }
  }

  for (let step = 0; step < 130; step++) {
    time.advance((5 + random.below(50)) * second)
    const now = time.now()
    pushes.arrive()
    if (random.next() < 0.25) change()
    if (now - sweptAt > everyMs && random.next() < 0.8) {
      receiver.sweep(sweeps % 3 === 0)
      sweeps += 1
      sweptAt = time.now()
    }
    if (random.next() < 0.02) receiver.alive = !receiver.alive
    if (random.next() < 0.02) {
      await world.restart()
      stamps.clear()
    }
    if (random.next() < often / 3) {
      const target = `/crm/sales/api/deals/${String(random.pick(deals())["id"])}`
      const name = `Own ${random.below(1e6)}`
      const written = await world.ask(target, { method: "PUT", body: { deal: { name } } })
      const read = written.status === 200 ? await world.ask(target) : written
      if (read.from === "state") expect((read.body as { deal: Fields }).deal["name"]).toBe(name)
    }
    if (random.next() < 0.5) await board()
    if (random.next() < 0.3) await book()
    if (random.next() < 0.3) await items()
  }
  moving = false
  await comeToRest(world, pushes, 3, async () => {
    await board()
    await book()
  })
  for (const deal of deals())
    expect(known.get(String(deal["id"])), `seed ${seed}: the board never saw deal ${String(deal["id"])} as it is`).toBe(
      stampOf(deal)
    )
  expect(world.wrong).toEqual([])
  await world.ask(view, { key: "another" })
  expect((await world.ask(view, { key: "another" })).reason).toBe("principal")
  expect(world.direct(view, ownKey).status).toBe(200)
  return hits
}

it("reaches the reader that stops at what it knows, and claims nothing that is not so", {
  timeout: 900_000
}, async () => {
  const hits = { board: 0, book: 0, item: 0 }
  for (let seed = 1; seed <= histories; seed++) {
    const played = await play(seed)
    for (const kind of ["board", "book", "item"] as const) hits[kind] += played[kind]
  }
  if (process.env["HOOKSHIFT_MIRROR_REASONS"] !== undefined) console.log(hits)
  for (const count of Object.values(hits)) expect(count).toBeGreaterThan(histories * 2)
})

it("knows views by lists of views that went through, and only the default one of all", async () => {
  const world = mirrorWorld({ product: "freshsales", entities: 60, wholePages: true, readsViews: false })
  world.time.advance(minute)
  world.receiver.sweep()
  await world.load()
  world.time.advance(minute)
  const reason = async (target: string) => (await world.ask(target)).reason
  expect([await reason(view), await reason(view)]).toEqual(["credential", "view"])
  // A key that may see a part teaches nothing.
  await world.ask("/crm/sales/api/deals/filters", { key: "another" })
  expect(await reason(view)).toBe("view")
  await world.ask("/api/deals/filters")
  expect([await reason(view), await reason(view)]).toEqual(["shape", ""])
  expect(await reason(view.replace("4012", "4011"))).toBe("view")
  expect(await reason("/crm/sales/api/contacts/view/4002")).toBe("view")
})

it("asks for them itself, once: a program may have asked before the mirror was there", async () => {
  const world = mirrorWorld({ product: "freshsales", entities: 60, wholePages: true })
  world.time.advance(minute)
  world.receiver.sweep()
  await world.load()
  world.time.advance(minute)
  const before = world.calls()
  const reasons: Array<string> = []
  for (let n = 0; n < 3; n++) reasons.push((await world.ask(view)).reason)
  expect(reasons).toEqual(["credential", "shape", ""])
  expect(world.calls() - before).toBe(3)
})
