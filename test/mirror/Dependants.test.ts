/** Dependants of an entity: no older than its `Age`, though an edit or a deletion does not move the entity. */
import { describe, expect, it } from "vitest"
import { mirrorWorld, ownKey } from "./mirrorWorld.js"

const hourMs = 3_600_000

const settled = async () => {
  const world = mirrorWorld({ everyMs: hourMs, entities: 60, recheckMs: 24 * hourMs })
  world.time.advance(60_000)
  world.receiver.sweep()
  await world.load()
  world.time.advance(60_000)
  await world.ask("/api/v2/agents/me")
  return world
}

type World = Awaited<ReturnType<typeof settled>>

/** A ticket with a reply, and the reply's id. */
const replied = (world: World): { readonly path: string; readonly reply: number } => {
  for (let id = 1; id < 60; id++) {
    const path = `/api/v2/tickets/${id}/conversations`
    const { body, status } = world.direct(path)
    const [reply] = status === 200 ? (body as ReadonlyArray<{ readonly id: number }>) : []
    if (reply !== undefined) return { path, reply: reply.id }
  }
  throw new Error("no ticket has a reply")
}

describe("conversations", () => {
  it.each(["update", "delete"] as const)("after an %s that nothing tells of", async (action) => {
    const world = await settled()
    const { path, reply } = replied(world)
    await world.ask(path)
    const before = await world.ask(path)
    expect(before).toMatchObject({ from: "state", body: world.direct(path).body })
    const changedAt = world.time.now()
    world.change("conversation", action, reply, action === "update" ? { body: "<div>edited</div>" } : {})
    let stale = 0
    for (let minute = 0; minute < 180; minute++) {
      world.time.advance(60_000)
      if (minute % 60 === 59) world.receiver.sweep()
      const asked = await world.ask(path)
      if (JSON.stringify(asked.body) === JSON.stringify(world.direct(path, ownKey).body)) continue
      stale += 1
      expect(asked.from).toBe("state")
      // It does not claim to know of the change.
      expect(asked.age! * 1_000).toBeGreaterThanOrEqual(world.time.now() - changedAt)
    }
    expect(stale).toBeGreaterThan(0)
    expect(stale).toBeLessThan(75)
    expect((await world.ask(path)).body).toEqual(world.direct(path).body)
  })
})

describe("time entries and ratings", () => {
  it("go through: they move no ticket", async () => {
    const world = await settled()
    for (const name of ["time_entries", "satisfaction_ratings"])
      for (let n = 0; n < 3; n++)
        expect(await world.ask(`/api/v2/tickets/1/${name}`)).toMatchObject({ from: "provider", reason: "endpoint" })
  })
})
