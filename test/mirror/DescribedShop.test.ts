/** A described provider behind the mirror: what its description says is answered as the API answers, all else goes through. */
import { describe, expect, it } from "vitest"
import { mirrorRule } from "../../src/mirror/RecordedRequests.js"
import { readDescription } from "../../src/providers/described/readDescription.js"
import { addProvider, describe as providerFrom, replaceDescribed } from "../../src/providers/index.js"
import { type Fields, makeShop, type Shop, shopDescription } from "../support/shopApi.js"
import { dice, type MadeAccount, mirrorWorld, ownKey } from "./mirrorWorld.js"
import { asOf, minute, pushesOnTheirWay, second } from "./motion.js"

const accounts = Number(process.env["HOOKSHIFT_MIRROR_ACCOUNTS"] ?? 12)
const base = "/v1"
type Entity = "order" | "customer" | "coupon"

const descriptionOf = (change: (json: ReturnType<typeof shopDescription>) => void = () => undefined) => {
  const json = shopDescription(base)
  change(json)
  const read = readDescription("shop.json", json)
  if (typeof read === "string") throw new Error(read)
  return read
}

const shopWorld = (seed: number, entities: number, change?: Parameters<typeof descriptionOf>[0]) => {
  let shop: Shop | undefined
  const world = mirrorWorld({
    seed,
    wholePages: true,
    everyMs: 20 * minute,
    made: (time) => {
      shop = makeShop({ now: time.now, seed, entities, base })
      return {
        provider: providerFrom(descriptionOf(change)),
        handle: shop.handle,
        world: shop
      } as unknown as MadeAccount
    }
  })
  return { world, shop: shop! }
}

const moments = (random: ReturnType<typeof dice>): string => {
  const at = Date.UTC(2026, 10, 27, 10) - random.below(30 * 86_400) * 1_000 + random.pick([0, 0, 500])
  const text = new Date(at).toISOString()
  return random.pick([text, text.replace(/\.\d+Z$/, "Z"), text.slice(0, 10), text.replace("Z", "456Z")])
}

const request = (random: ReturnType<typeof dice>, shop: Shop): string => {
  const entity: Entity = random.pick(["order", "order", "customer", "coupon"])
  const parameters: Array<string> = []
  const add = (chance: number, make: () => string): void => {
    if (random.next() < chance) parameters.push(make())
  }
  const form = random.next()
  const id = random.next() < 0.1 ? "99999" : shop.idOf(entity, random.pick(shop.all(entity)))
  if (form < 0.2) return `${base}/${entity}s/${id}${random.next() < 0.1 ? "?fields=all" : ""}`
  if (form < 0.3)
    return random.pick([
      `${base}/notes`,
      `${base}/notes/${shop.idOf("note", shop.all("note")[0]!)}`,
      `${base}/orders/?state=all`,
      `${base}//orders?state=all`,
      `${base}/orders`,
      `${base}/orders?state=paid`,
      `${base}/orders?state=all&p=0`,
      `${base}/orders?state=all&p=21`,
      `${base}/orders?state=all&size=51`,
      `${base}/orders?state=all&state=all`,
      `${base}/orders?state=all&sort=changed_at`,
      `${base}/orders?state=all&dir=up`,
      `${base}/coupons?state=gone`,
      `${base}/customers?since=2026-11-20T00:00:00Z`,
      `/v2/orders?state=all`
    ])
  add(0.5, () => `p=${random.pick([1, 1, 2, 3, 4, 19])}`)
  add(0.6, () => `size=${random.pick([1, 7, 10, 25, 50])}`)
  if (entity === "order") {
    parameters.push("state=all")
    // Also the very moment of a change: a time filter shows it, or leaves it out.
    const moment = String(random.pick(shop.all("order"))["changed_at"])
    add(0.5, () => `changed_from=${random.pick([moments(random), moment])}`)
    add(0.6, () => `sort=${random.pick(["made", "changed", "total"])}`)
    add(0.5, () => `dir=${random.pick(["asc", "desc"])}`)
  } else if (entity === "coupon") {
    const moment = String(random.pick(shop.all("coupon"))["updated_at"])
    add(0.5, () => `since=${random.pick([moments(random), moment])}`)
  }
  return `${base}/${entity}s?${parameters.join("&")}`
}

/** Each place of a list once, as a program that reads it to its end. */
const begins = ["orders?state=all", "customers?", "coupons?", "orders?state=all&size=50", "coupons?size=50"].flatMap(
  (path) => [1, 2, 3, 4, 5, 6, 7, 8, 9].map((page) => `${base}/${path}&p=${page}`)
)

describe("a described account at rest", () => {
  it("is answered as its API answers, or by it", { timeout: 600_000 }, async () => {
    let [hits, all] = [0, 0]
    const reasons: Record<string, number> = {}
    const answered = new Set<string>()
    for (let seed = 1; seed <= accounts; seed++) {
      const random = dice(seed)
      const { shop, world } = shopWorld(seed, 25 + random.below(60))
      world.time.advance(minute)
      world.receiver.sweep()
      await world.load()
      world.time.advance(minute)
      for (let n = 0; n < begins.length + 150; n++) {
        const target = begins[n] ?? request(random, shop)
        const mirrored = await world.ask(target)
        const { body, link, status } = world.direct(target, ownKey)
        all += 1
        if (mirrored.from === "state") {
          hits += 1
          answered.add(target.split("?")[0]!.replace(/[\d-][\da-f-]{2,}$|[\da-f]{8}-[\da-f-]+$/, "{}"))
        } else reasons[mirrored.reason] = (reasons[mirrored.reason] ?? 0) + 1
        expect({ target, seed, status: mirrored.status, body: mirrored.body, link: mirrored.link }).toEqual({
          target,
          seed,
          status,
          body,
          link
        })
        // JSON of the same text, which `toEqual` does not tell: the order of the keys.
        expect(JSON.stringify(mirrored.body)).toBe(JSON.stringify(body))
        world.time.advance(second)
      }
    }
    if (process.env["HOOKSHIFT_MIRROR_REASONS"] !== undefined) console.log(hits, all, reasons, answered)
    expect(hits / all).toBeGreaterThan(0.3)
    expect([...answered].sort()).toEqual(
      ["/coupons", "/customers", "/customers/{}", "/orders", "/orders/{}"].map((path) => base + path)
    )
    expect(Object.keys(reasons)).toEqual(
      expect.arrayContaining(["endpoint", "parameter", "value", "view", "pages", "order"])
    )
  })

  it("goes through where the description does not say the rules", async () => {
    const { world } = shopWorld(1, 30, (json) => {
      for (const { list } of Object.values(json.entities)) delete (list as { mirror?: unknown }).mirror
    })
    world.time.advance(minute)
    world.receiver.sweep()
    await world.load()
    for (const path of ["orders?state=all", "orders/101", "coupons", "customers", "notes"])
      for (let n = 0; n < 3; n++)
        expect(await world.ask(`${base}/${path}`)).toMatchObject({ from: "provider", reason: "endpoint" })
  })

  it("is asked itself for other media types, and where a header changes its answers", async () => {
    const { world } = shopWorld(3, 15)
    world.time.advance(minute)
    world.receiver.sweep()
    await world.load()
    const target = `${base}/orders?state=all`
    await world.ask(target)
    world.time.advance(minute)
    const asked = async (headers: Record<string, string>) => (await world.ask(target, { headers })).reason
    expect(await asked({ accept: "application/json, text/plain, */*" })).toBe("")
    expect(await asked({ accept: "application/vnd.shop.raw+json" })).toBe("headers")
    expect(await asked({ "x-shop-version": "2" })).toBe("headers")
  })
})

describe("a described account in motion", () => {
  it("is answered as it was at the answer's age, or as it is", { timeout: 600_000 }, async () => {
    let hits = 0
    for (let seed = 1; seed <= accounts; seed++) {
      const random = dice(1_000 + seed)
      const { shop, world } = shopWorld(seed, 20)
      const { receiver, time } = world
      time.advance(minute)
      receiver.sweep()
      await world.load()
      let [sweptAt, sweeps] = [time.now(), 0]
      const pushes = pushesOnTheirWay(random, time)
      const targets = [
        "orders?state=all&size=50",
        "orders?state=all&size=50&sort=changed&dir=asc",
        "customers?size=50",
        "coupons?size=50"
      ]
      for (let step = 0; step < 150; step++) {
        time.advance((5 + random.below(40)) * second)
        pushes.arrive()
        if (random.next() < 0.6) {
          const entity: Entity = random.pick(["order", "customer", "coupon"])
          const kind = random.next()
          const known = random.pick(shop.all(entity))
          const action = kind < 0.6 ? "update" : kind < 0.8 ? "create" : "delete"
          const fields = { order: { total: random.below(99) }, customer: { name: `N ${step}` }, coupon: { share: 0.5 } }
          const record = shop.change(
            entity,
            action,
            action === "create" ? null : shop.idOf(entity, known),
            action === "delete" ? {} : fields[entity]
          )
          if (record !== null) pushes.send(() => () => receiver.push(entity, record, action === "delete"))
        }
        if (time.now() - sweptAt > 20 * minute) {
          receiver.sweep(sweeps++ % 2 === 0)
          sweptAt = time.now()
        }
        const target = `${base}/${random.pick(targets)}`
        const answer = await world.ask(target)
        if (answer.from !== "state") continue
        hits += 1
        const entity = /\/(\w+)s\?/.exec(target)![1] as Entity
        const moved = new Set(
          shop.truth.filter((one) => one.entity === entity && one.at > asOf(world, answer)).map(({ id }) => id)
        )
        const still = (body: unknown): ReadonlyArray<Fields> =>
          (Array.isArray(body) ? body : (body as { orders: [] }).orders).filter(
            (one: Fields) => !moved.has(shop.idOf(entity, one))
          )
        expect(still(answer.body), `seed ${seed} step ${step} ${target}`).toEqual(still(world.direct(target).body))
      }
      expect(world.wrong).toEqual([])
    }
    expect(hits).toBeGreaterThan(accounts * 30)
  })
})

describe("what JSON or a moment cannot hold exactly", () => {
  it("goes through", async () => {
    const { shop, world } = shopWorld(3, 15)
    const answered = async (path: string): Promise<string> => {
      const target = `${base}/${path}`
      await world.ask(target)
      world.time.advance(minute)
      const mirrored = await world.ask(target)
      expect(JSON.stringify(mirrored.body)).toBe(JSON.stringify(world.direct(target).body))
      return mirrored.reason
    }
    const begin = async (): Promise<void> => {
      world.time.advance(minute)
      world.receiver.sweep()
      await world.restart()
      world.time.advance(minute)
    }
    await begin()
    expect([await answered("orders?state=all"), await answered("coupons?size=50")]).toEqual(["", ""])
    shop.change("order", "create", null, { note: "12345678901234567890" })
    const coupon = shop.change("coupon", "create", null, {})!
    await begin()
    // A text of so many digits may stand for a number.
    expect(await answered("orders?state=all")).toBe("shape")
    shop.put("coupon", { ...coupon, updated_at: String(coupon["updated_at"]).replace("Z", "456Z") })
    await begin()
    expect(await answered("coupons?size=50")).toBe("order")
  })
})

describe("a forecast of requests as a recording tells of them", () => {
  it("says where values that are not kept leave it open", () => {
    addProvider(providerFrom(descriptionOf()))
    const rule = mirrorRule(1, new Set()).of("shop")
    const reason = (target: string) => rule({ integration: "till", method: "GET", target: base + target }).reason
    expect([
      reason("/customers"),
      reason("/customers/00000000-0000-4000-8000-000000000000"),
      reason("/orders?state=%3F&size=%3F"),
      reason("/orders"),
      reason("/notes"),
      reason("/notes?since=%3F")
    ]).toEqual([null, null, "unrecorded", "view", "endpoint", "endpoint"])
    replaceDescribed([])
  })
})
