/**
 * Whole syncs of accounts that change while they are read: once, then once more with an overlap, as reconciliation
 * does. Every item has to be there at its last version. `npm run simulate:sync` plays a thousand.
 */
import { HttpClient } from "@effect/platform"
import { describe, expect, it } from "@effect/vitest"
import { Effect, Redacted, Stream } from "effect"
import { makeReader } from "../../src/providers/clients.js"
import { providerOf } from "../../src/providers/index.js"
import type { SimulatedProductName } from "../../src/simulator/index.js"
import { randomStream } from "../../src/simulator/Randomness.js"
import { httpInto, inProcess, manualTime } from "../support/inProcess.js"

const worlds = Number(process.env["WORLDS"] ?? 200)
const start = Date.parse("2026-03-02T08:00:00Z")

const cases: ReadonlyArray<{
  readonly product: SimulatedProductName
  readonly entity: string
  readonly fields: (n: number) => Record<string, unknown>
}> = [
  { product: "freshdesk", entity: "ticket", fields: (n) => ({ status: 2 + (n % 4) }) },
  { product: "freshservice", entity: "ticket", fields: (n) => ({ status: 2 + (n % 4) }) },
  { product: "freshservice", entity: "change", fields: (n) => ({ status: 1 + (n % 6) }) },
  { product: "freshsales", entity: "contact", fields: (n) => ({ lead_score: n }) },
  { product: "freshsales", entity: "deal", fields: (n) => ({ deal_stage_id: n }) },
  { product: "freshchat", entity: "user", fields: (n) => ({ phone: `+1555${n}` }) }
]

/** The stamps of what the API shows, by id. */
const lastVersions = (product: ReturnType<typeof inProcess>, entity: string): Map<string, string> => {
  const type = product.provider.entities[entity]!
  return new Map(
    product.world
      .readable(entity)
      .filter((record) => record["deleted"] !== true)
      .map((record) => [String(record[type.idField]), String(record[type.updatedAtField])])
  )
}

const syncOneWorld = (index: number) =>
  Effect.gen(function* () {
    const { entity, fields, product: name } = cases[index % cases.length]!
    const random = randomStream(index, "a world that changes while it is read")
    const time = manualTime(start)
    const product = inProcess(name, { seed: index, entities: 40 + random.below(700), time })
    const { world, provider } = product
    const ids = () => world.readable(entity).filter((record) => record["deleted"] !== true)
    const type = provider.entities[entity]!
    let reading = true
    const between = () => {
      // Now and then several within one second, mostly some seconds apart.
      time.advance(random.next() < 0.3 ? random.below(400) : 500 + random.below(4_000))
      if (!reading) return
      for (let n = random.below(4); n > 0; n--) {
        const alive = ids()
        const id = random.pick(alive)[type.idField] as number | string
        const what = random.next()
        if (what < 0.75) world.change(entity, "update", id, fields(random.below(1_000)))
        else if (what < 0.92) world.change(entity, "create", null, { ...fields(1), owner_id: 1 })
        else if (alive.length > 5) world.change(entity, "delete", id, {})
      }
    }
    const reader = yield* makeReader(providerOf(name)!, {
      baseUrl: "http://acme.example",
      authentication: { scheme: provider.defaultScheme, secret: Redacted.make("key") }
    }).pipe(Effect.provideService(HttpClient.HttpClient, httpInto(product, between)))
    const held = new Map<string, string>()
    const take = (item: Readonly<Record<string, unknown>>) =>
      Effect.sync(() => void held.set(String(item[type.idField]), String(item[type.updatedAtField])))
    const began = time.now()
    yield* Stream.runForEach(reader.changed(entity, start - 400 * 86_400_000), take)
    // What changed in the last seconds of the reading comes with the overlap of the next.
    reading = false
    time.advance(5_000)
    yield* Stream.runForEach(reader.changed(entity, began - 120_000), take)
    const missing = [...lastVersions(product, entity)].filter(([id, version]) => held.get(id) !== version)
    product.close()
    return { name, entity, missing, held: held.size }
  })

describe("a full sync while items change", () => {
  it.effect(
    `has every item at its last version in ${worlds} random worlds`,
    () =>
      Effect.gen(function* () {
        for (let index = 0; index < worlds; index++) {
          const { entity, held, missing, name } = yield* syncOneWorld(index)
          // The test runner asks for signs of life, and a world is all microtasks.
          yield* Effect.promise(() => new Promise((next) => setImmediate(next)))
          expect(held, `world ${index}`).toBeGreaterThan(0)
          expect(missing, `world ${index}: ${name} ${entity}`).toEqual([])
        }
      }),
    600_000
  )
})
