import { describe, expect, it } from "vitest"
import { realTime } from "../../src/domain/Time.js"
import { freshworksProducts, providerOf } from "../../src/providers/index.js"
import { modelOf } from "../../src/simulator/Product.js"
import { makeWorld } from "../../src/simulator/World.js"

describe("a simulated account", () => {
  it.each(freshworksProducts)("of %s has the entity types of its catalogue", (product) => {
    const { entities, sweeps } = providerOf(product)!
    const simulated = Object.keys(modelOf(product).entities)
    expect(new Set(simulated)).toEqual(new Set(Object.keys(entities)))
    expect(simulated).toEqual(expect.arrayContaining(Object.keys(sweeps)))
  })
})

describe("a change", () => {
  it("has one moment, however the clock moves on while it is made", () => {
    let now = Date.parse("2026-03-02T10:00:00Z")
    const time = { ...realTime, now: () => (now += 1) }
    const world = makeWorld({ model: modelOf("freshchat"), seed: 1, entities: 10, changesPerHour: 0, time })
    const made = world.change("conversation", "create", null, { user_id: world.readable("user")[0]!["id"] })!
    expect(made["updated_time"]).toBe(made["created_time"])
    const line = world.change("message", "create", null, { conversation_id: made["conversation_id"] })!
    expect(world.truth.at(-1)).toMatchObject({ entity: "message", updatedAt: line["created_time"] })
  })
})
