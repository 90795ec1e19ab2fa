/**
 * One thing that cannot be read never ends a sweep: what lies behind it is healed, and what may be readable later is
 * tried again.
 */
import { join } from "node:path"
import { describe, expect, it, vi } from "vitest"
import { openInbox, openStateFeed } from "../../src/receiver/index.js"
import { temporaryFolder } from "../support/files.js"
import { account, reconciling, stampAt } from "../support/reconciling.js"

const day = 86_400_000
const idOf = (kind: number, n: number): string => `${kind}0000000-0000-4000-8000-${String(n).padStart(12, "0")}`

/** A Freshchat account of one user, with conversations that answer as the test says. */
const chat = (conversations: number) => {
  const old = new Date(Date.now() - 2 * day).toISOString()
  const user = { id: idOf(1, 1), first_name: "A", created_time: old, updated_time: old }
  const states = new Map(
    Array.from({ length: conversations }, (_, n) => [
      idOf(2, n + 1),
      { conversation_id: idOf(2, n + 1), user_id: user.id, status: "new", created_time: old, updated_time: old }
    ])
  )
  const messages = new Map<string, Array<unknown>>()
  const statusOf = new Map<string, number>()
  return {
    statusOf,
    conversation: (n: number) => idOf(2, n),
    change: (n: number, at = Date.now() + 1_000) => {
      const id = idOf(2, n)
      states.set(id, { ...states.get(id)!, status: "resolved", updated_time: new Date(at).toISOString() })
    },
    say: (n: number, message: number) => {
      const id = idOf(2, n)
      const at = new Date(Date.now() + 1_000).toISOString()
      const one = { id: idOf(3, message), conversation_id: id, created_time: at, message_parts: [] }
      messages.set(id, [...(messages.get(id) ?? []), one])
    },
    answer: (path: string): unknown => {
      const [, , collection, id, child] = path.split("/")
      const forced = [...statusOf].find(([place]) => path.endsWith(place))?.[1]
      if (forced !== undefined) return forced
      if (collection === "users" && id === undefined) return { users: [user] }
      if (collection === "users") return { conversations: [...states.keys()].map((one) => ({ id: one })) }
      if (child === "messages") return { messages: messages.get(id!) ?? [] }
      return states.get(id!) ?? 404
    }
  }
}

const start = async (world: ReturnType<typeof chat>) => {
  const { calls, url } = await account(world.answer)
  const options = {
    db: join(temporaryFolder(), "inbox.db"),
    product: "freshchat",
    baseUrl: url,
    entities: ["user", "conversation", "message"]
  }
  return { calls, options, running: await reconciling(options) }
}

/** Until all users have been walked once more. */
const walk = async (running: Awaited<ReturnType<typeof reconciling>>) => {
  for (let sweep = 0; sweep < 6; sweep++) await running.sweep()
}

const told = ({ handed }: { readonly handed: ReadonlyArray<{ event: string; entityId: string }> }) =>
  handed.map(({ entityId, event }) => `${event} ${entityId}`).sort()

describe("a walk", () => {
  it("goes on behind a conversation that is listed and gone, and tells that it is", async () => {
    const world = chat(3)
    const { running } = await start(world)
    world.statusOf.set(`/conversations/${world.conversation(2)}`, 404)
    world.change(1)
    world.change(3)
    world.say(3, 1)
    await walk(running)
    expect(told(running)).toEqual(
      [
        `conversation_update ${idOf(2, 1)}`,
        `conversation_update ${idOf(2, 3)}`,
        `conversation_delete ${idOf(2, 2)}`,
        `message_create ${idOf(3, 1)}`
      ].sort()
    )
    expect(running.skipped).toContainEqual({ entity: "conversation", fate: "gone", status: 404, unexpected: null })
    expect(running.failures()).toBe(0)
  })
  it.each([
    ["refused", 403],
    ["later", 500]
  ] as const)("goes on behind one that is %s (%d)", async (fate, status) => {
    const world = chat(3)
    const { running } = await start(world)
    world.statusOf.set(`/conversations/${world.conversation(2)}`, status)
    world.change(3)
    await walk(running)
    expect(told(running)).toEqual([`conversation_update ${idOf(2, 3)}`])
    expect(running.skipped).toContainEqual({ entity: "conversation", fate, status, unexpected: null })
  })
  it("reads what failed once more in the next sweep, messages included, also after a restart", async () => {
    const world = chat(3)
    const { options, running } = await start(world)
    const broken = `/conversations/${world.conversation(2)}`
    world.statusOf.set(broken, 503)
    world.change(2)
    world.say(2, 1)
    await walk(running)
    expect(told(running)).toEqual([])
    await running.stop()
    world.statusOf.delete(broken)
    // No walk is due: only what failed is asked for.
    const again = await reconciling(options)
    expect(again.receiver.inbox.unread("s").map(({ entityId, tries }) => [entityId, tries])).toEqual([
      [idOf(2, 2), expect.any(Number)]
    ])
    // Its next try is due after half an interval and more.
    const unread = again.receiver.inbox.unread("s")[0]!
    await again.stop()
    const inbox = openInbox(options.db)
    inbox.setUnread("s", { ...unread, nextAt: 0 })
    inbox.close()
    const last = await reconciling(options)
    expect(told(last)).toEqual([`conversation_update ${idOf(2, 2)}`, `message_create ${idOf(3, 1)}`].sort())
    expect(last.receiver.inbox.unread("s")).toEqual([])
  })
  it("says how far dependants are complete, and nothing while one is unread", async () => {
    const world = chat(3)
    const { options, running } = await start(world)
    const complete = () => {
      const feed = openStateFeed(options.db, undefined)
      const found = new Map(
        feed.completeness().map(({ completeAt, entity, everyMs }) => [entity, { completeAt, everyMs }])
      )
      feed.close()
      return found
    }
    // The first sweep counts as ended before it has noted how far each type is complete.
    const first = await vi.waitFor(() => {
      const found = complete()
      expect([...found.keys()].sort()).toEqual(["conversation", "message", "user"])
      return found
    })
    expect(first.get("message")!.everyMs / first.get("user")!.everyMs).toBeCloseTo(6, 1)
    world.statusOf.set(`/conversations/${world.conversation(2)}`, 503)
    await walk(running)
    const second = complete()
    expect(second.get("user")!.completeAt).toBeGreaterThan(first.get("user")!.completeAt)
    expect(second.get("message")).toEqual(first.get("message"))
    expect(second.get("conversation")).toEqual(first.get("conversation"))
  })
  it("puts the rest off without a call once the provider fails again and again", async () => {
    const world = chat(12)
    const { calls, running } = await start(world)
    for (let n = 1; n <= 12; n++) world.statusOf.set(`/conversations/${world.conversation(n)}`, 503)
    const before = calls.length
    await walk(running)
    expect(calls.slice(before).filter((path) => path.includes("/conversations/")).length).toBeLessThan(12)
    expect(running.receiver.inbox.unread("s")).toHaveLength(12)
  })
})

describe("a list", () => {
  it("is read behind an item that is not as documented", async () => {
    const old = stampAt(Date.now() - 2 * day)
    const items: Array<unknown> = [
      { id: 1, status: 2, created_at: old, updated_at: old },
      { id: 2, subject: { not: "a text" }, created_at: old, updated_at: old },
      null,
      { status: 2, created_at: old, updated_at: old },
      { id: 5, status: 2, created_at: old, updated_at: old }
    ]
    const { url } = await account((path, query) => {
      if (/\/tickets\/\d+$/.test(path)) return items[1]
      return path.endsWith("/tickets") && !query.has("filter") ? items : []
    })
    const running = await reconciling({
      db: join(temporaryFolder(), "inbox.db"),
      product: "freshdesk",
      baseUrl: url,
      entities: ["ticket"],
      backfill: true
    })
    expect(told(running)).toEqual(["ticket_create 1", "ticket_create 5"])
    expect(running.skipped).toHaveLength(3)
    expect(running.receiver.inbox.unread("s")).toMatchObject([{ entity: "ticket", entityId: "2" }])
    // The API is mended: what was put off is read by itself.
    items[1] = { id: 2, subject: "a text", created_at: old, updated_at: old }
    await running.sweep()
    expect(told(running)).toContain("ticket_create 2")
  })
  it("that this key may not see hides the others from nobody", async () => {
    const old = stampAt(Date.now() - 2 * day)
    const tickets = [{ id: 1, status: 2, created_at: old, updated_at: old }]
    const { url } = await account((path, query) => {
      if (query.get("filter") === "spam") return 403
      if (query.has("filter") || !path.endsWith("/tickets")) return []
      return tickets
    })
    const running = await reconciling({
      db: join(temporaryFolder(), "inbox.db"),
      product: "freshdesk",
      baseUrl: url,
      entities: ["ticket"]
    })
    await running.sweep()
    expect([running.failures(), running.receiver.inbox.sweepsOf("s", "ticket")]).toEqual([0, 2])
    expect(running.skipped).toEqual([{ entity: "ticket", fate: "refused", status: 403, unexpected: null }])
  })
})

it("a page that fails moves no cursor: the next sweep begins where this one did", async () => {
  const longAgo = Date.now() - 2 * day
  const tickets = [{ id: 1, status: 2, created_at: stampAt(longAgo), updated_at: stampAt(longAgo) }]
  let failing = false
  const { url } = await account((path, query) => {
    if (failing) return 500
    return path.endsWith("/tickets") && !query.has("filter") ? tickets : []
  })
  const running = await reconciling({
    db: join(temporaryFolder(), "inbox.db"),
    product: "freshdesk",
    baseUrl: url,
    entities: ["ticket"]
  })
  const sweptTo = running.receiver.inbox.sweptTo("s", "ticket")
  failing = true
  await running.sweep()
  expect([running.failures(), running.receiver.inbox.sweptTo("s", "ticket")]).toEqual([1, sweptTo])
  failing = false
  tickets[0] = { ...tickets[0]!, status: 5, updated_at: stampAt(Date.now() + 1_000) }
  await running.sweep()
  expect(told(running)).toEqual(["ticket_update 1"])
})
