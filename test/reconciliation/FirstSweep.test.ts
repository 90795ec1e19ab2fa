/**
 * The events that a first sweep hands over: none of the past, and all since the receiver's first start.
 */
import { join } from "node:path"
import Sqlite from "better-sqlite3"
import { describe, expect, it } from "vitest"
import { temporaryFolder } from "../support/files.js"
import { account, reconciling, stampAt } from "../support/reconciling.js"

const day = 86_400_000

interface Ticket {
  readonly id: number
  readonly status: number
  readonly created_at: string
  readonly updated_at: string
}

const desk = () => {
  const longAgo = Date.now() - 2 * day
  const tickets = new Map<number, Ticket>()
  const replies = new Map<number, Array<Record<string, unknown>>>()
  const contacts = new Map<number, Record<string, unknown>>()
  let failing = false
  const put = (id: number, at: number, more: Partial<Ticket> = {}) => {
    const known = tickets.get(id)
    tickets.set(id, { id, status: 2, created_at: known?.created_at ?? stampAt(at), updated_at: stampAt(at), ...more })
  }
  return {
    longAgo,
    put,
    contacts,
    reply: (ticket: number, id: number, at: number) => {
      const one = { id, ticket_id: ticket, body: `reply ${id}`, created_at: stampAt(at), updated_at: stampAt(at) }
      replies.set(ticket, [...(replies.get(ticket) ?? []), one])
      put(ticket, Math.max(at, Date.parse(tickets.get(ticket)!.updated_at)), {
        created_at: tickets.get(ticket)!.created_at
      })
    },
    fail: (on: boolean) => {
      failing = on
    },
    answer: (path: string, query: URLSearchParams): unknown => {
      const [, , , collection, id] = path.split("/")
      if (collection === "contacts") return [...contacts.values()]
      if (collection !== "tickets") return 404
      if (id !== undefined) return replies.get(Number(id)) ?? []
      if (failing) return 500
      if (query.has("filter")) return []
      const since = query.get("updated_since") ?? ""
      return [...tickets.values()]
        .filter(({ updated_at }) => updated_at >= since)
        .sort((a, b) => (a.updated_at < b.updated_at ? -1 : 1))
    }
  }
}

const start = async (world: ReturnType<typeof desk>, more: Partial<Parameters<typeof reconciling>[0]> = {}) => {
  const { url } = await account(world.answer)
  const options = {
    db: join(temporaryFolder(), "inbox.db"),
    product: "freshdesk",
    baseUrl: url,
    entities: ["ticket"],
    ...more
  }
  return { options, running: await reconciling(options) }
}

const told = ({ handed }: { readonly handed: ReadonlyArray<{ event: string; entityId: string }> }) =>
  handed.map(({ entityId, event }) => `${event} ${entityId}`).sort()

describe("a first sweep", () => {
  it("fills the state and hands nothing of the past over; what comes later is handed over with its before", async () => {
    const world = desk()
    for (let id = 1; id <= 30; id++) world.put(id, world.longAgo + id * 1_000)
    const { running } = await start(world)
    expect(running.handed).toEqual([])
    expect(running.receiver.inbox.states("s", "ticket")).toHaveLength(30)
    world.put(7, Date.now() + 1_000, { status: 5 })
    world.put(31, Date.now() + 2_000)
    await running.sweep()
    expect(told(running)).toEqual(["ticket_create 31", "ticket_update 7"])
    expect(running.handed.find(({ entityId }) => entityId === "7")).toMatchObject({
      before: { status: 2 },
      after: { status: 5 },
      changed: ["status"],
      origin: "reconciliation"
    })
  })
  it("hands the past over where that is asked for", async () => {
    const world = desk()
    for (let id = 1; id <= 3; id++) world.put(id, world.longAgo + id * 1_000)
    const { running } = await start(world, { backfill: true })
    expect(told(running)).toEqual(["ticket_create 1", "ticket_create 2", "ticket_create 3"])
  })
  it("that comes late hands over what was made and changed since the first start", async () => {
    const world = desk()
    world.put(1, world.longAgo)
    world.put(2, world.longAgo)
    world.fail(true)
    const { options, running } = await start(world)
    expect(running.failures()).toBeGreaterThan(0)
    await running.stop()
    // The provider was out of order from the first start on; in between this happened.
    world.put(2, Date.now() + 1_000, { status: 4 })
    world.put(3, Date.now() + 1_000)
    world.fail(false)
    const again = await reconciling(options)
    expect(told(again)).toEqual(["ticket_create 3", "ticket_update 2"])
  })
  it("of a type that joins later takes up that type's past, and no other's", async () => {
    const world = desk()
    world.put(1, world.longAgo)
    world.contacts.set(8, { id: 8, name: "a", created_at: stampAt(world.longAgo), updated_at: stampAt(world.longAgo) })
    const { options, running } = await start(world)
    await running.stop()
    world.put(1, Date.now() + 1_000, { status: 5 })
    const again = await reconciling({ ...options, entities: ["ticket", "contact"] })
    expect(told(again)).toEqual(["ticket_update 1"])
    expect(again.receiver.inbox.states("s", "contact")).toHaveLength(1)
    world.contacts.set(9, {
      id: 9,
      name: "b",
      created_at: stampAt(Date.now() + 1_000),
      updated_at: stampAt(Date.now() + 1_000)
    })
    await again.sweep()
    expect(told(again)).toEqual(["contact_create 9", "ticket_update 1"])
  })
  it("takes up old replies whenever their ticket is read for the first time, and hands over new ones", async () => {
    const world = desk()
    world.put(1, world.longAgo)
    for (let id = 101; id <= 105; id++) world.reply(1, id, world.longAgo + id)
    const { running } = await start(world, { entities: ["ticket", "conversation"] })
    expect(running.handed).toEqual([])
    world.reply(1, 106, Date.now() + 1_000)
    await running.sweep()
    expect(told(running)).toEqual(["conversation_create 106"])
    expect(running.receiver.inbox.states("s", "conversation")).toHaveLength(6)
  })
})

describe("an inbox of an earlier version", () => {
  it("hands over what changed while the new version was put in place", async () => {
    const world = desk()
    world.put(1, world.longAgo)
    world.put(2, world.longAgo)
    const { options, running } = await start(world, { entities: ["ticket", "conversation"] })
    await running.stop()
    // As it was before: how far sweeps came is known, and since when a type is watched is not.
    const database = new Sqlite(options.db)
    database.exec("DELETE FROM reconciliation WHERE entity <> 'ticket'")
    database.exec("UPDATE reconciliation SET began_at = swept_to, filled_at = swept_to")
    database.close()
    world.reply(1, 101, Date.now() + 1_000)
    world.put(3, Date.now() + 1_000)
    const again = await reconciling(options)
    expect(told(again)).toEqual(["conversation_create 101", "ticket_create 3"])
  })
})
