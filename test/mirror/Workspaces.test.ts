/** Freshservice's tickets: what the mirror reads to know the primary workspace, and when it lets requests through. */
import { expect, it } from "vitest"
import { inWorkspace } from "../../src/simulator/freshservice/Api.js"
import { mirrorWorld } from "./mirrorWorld.js"

const minute = 60_000
type Fields = Readonly<Record<string, unknown>>

const settled = async (workspaces: number) => {
  const world = mirrorWorld({ product: "freshservice", entities: 120, workspaces, recheckMs: 999 * minute })
  world.time.advance(minute)
  world.receiver.sweep()
  await world.load()
  world.time.advance(2 * minute)
  const since = new Date(world.time.now() - 10 * minute).toISOString().replace(".000Z", "Z")
  const list = `/api/v2/tickets?updated_since=${since}&per_page=100&page=1`
  const tickets = world.product.world.readable("ticket").map((one) => inWorkspace(one, workspaces))
  const of = (workspace: number): Fields => tickets.find((one) => (one["workspace_id"] ?? 1) === workspace)!
  // Any list teaches which workspace is the primary one.
  await world.ask("/api/v2/tickets?updated_since=2026-10-01T00:00:00Z&per_page=3")
  return { world, list, of }
}

const same = async ({ world }: Awaited<ReturnType<typeof settled>>, path: string) => {
  const { body, from, reason } = await world.ask(path)
  expect(body, path).toEqual(world.direct(path).body)
  return from === "state" ? "" : reason
}

it.each([1, 3])("an account of %i: a change costs one list, and none that no list shows", async (workspaces) => {
  const one = await settled(workspaces)
  const { list, of, world } = one
  const { receiver, time } = world
  expect(await same(one, list)).toBe("")
  const change = (ticket: Fields, fields: Fields, names: ReadonlyArray<string>): void => {
    const changed = world.change("ticket", "update", Number(ticket["id"]), fields)!
    receiver.push("ticket", inWorkspace(changed, workspaces), false, names)
    time.advance(minute)
  }
  change(of(1), { status: 4 }, ["status"])
  const before = world.calls()
  const shown = await world.ask(list)
  expect([shown.from, world.calls() - before]).toEqual(["state", 1])
  expect((shown.body as { tickets: ReadonlyArray<Fields> }).tickets).toMatchObject([
    { id: of(1)["id"], status: 4, custom_fields: { cost_centre: null } }
  ])
  expect(await same(one, list)).toBe("")
  if (workspaces === 1) return
  const calls = world.calls()
  change(of(2), { status: 5 }, ["status"])
  expect((await world.ask(list)).from).toBe("state")
  expect(world.calls()).toBe(calls)
  expect(await same(one, list)).toBe("")
  // Moved away, which a push without the field does not say: its own page does.
  const moved = world.change("ticket", "update", Number(of(1)["id"]), { workspace_id: 3 })!
  const { workspace_id: _, ...told } = moved
  receiver.push("ticket", told, false, null)
  time.advance(minute)
  const read = await world.ask(list)
  expect([read.from, read.body]).toEqual(["state", { tickets: [] }])
})

it("by id: any workspace's, once it was read so, and for as long as the bound", async () => {
  const one = await settled(3)
  const { of, world } = one
  const item = `/api/v2/tickets/${String(of(2)["id"])}`
  expect([await same(one, item), await same(one, item)]).toEqual(["incomplete", ""])
  for (let hour = 0; hour < 5; hour++) {
    world.time.advance(60 * minute)
    world.receiver.sweep()
  }
  world.time.advance(minute)
  expect([await same(one, item), await same(one, item)]).toEqual(["stale", ""])
})

it("all of it goes through where lists without a workspace show several", async () => {
  const one = await settled(3)
  const { list, of, world } = one
  const type = world.state().of("acme", "ticket")!
  type.takeRead("1", { ...of(2), id: 1 }, Date.now(), Date.now(), "list")
  world.change("ticket", "update", Number(of(2)["id"]), { status: 4 })
  world.receiver.sweep()
  world.time.advance(minute)
  expect(await same(one, list)).toBe("incomplete")
})
