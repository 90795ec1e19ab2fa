/** Dependants that move no stamp: repeated until something tells of what they do not show. */
import { expect, it } from "vitest"
import { mirrorWorld } from "./mirrorWorld.js"

const minute = 60_000
const hour = 60 * minute
type Fields = Readonly<Record<string, unknown>>

const settled = async (more: Parameters<typeof mirrorWorld>[0] = {}) => {
  const world = mirrorWorld({ product: "freshchat", entities: 60, everyMs: hour, recheckMs: 99 * hour, ...more })
  world.time.advance(minute)
  world.receiver.sweep()
  await world.load()
  world.time.advance(2 * minute)
  await world.ask("/v2/users?items_per_page=1")
  const [conversation] = world.product.world.readable("conversation") as [Fields]
  const id = String(conversation["conversation_id"])
  const messages = `/v2/conversations/${id}/messages?items_per_page=20`
  const names = `/v2/users/${String(conversation["user_id"])}/conversations`
  const say = (): Fields =>
    world.change("message", "create", null, {
      conversation_id: id,
      user_id: conversation["user_id"],
      message_parts: [],
      interaction_id: null
    })!
  const open = (): Fields =>
    world.change("conversation", "create", null, { ...conversation, conversation_id: undefined })!
  for (const path of [messages, names]) expect((await world.ask(path)).reason, path).toBe("unknown")
  return { world, conversation, id, messages, names, say, open }
}
type Settled = Awaited<ReturnType<typeof settled>>

const asked = async ({ world }: Settled, path: string) => {
  const { body, from, reason } = await world.ask(path)
  return { from, reason, same: JSON.stringify(body) === JSON.stringify(world.direct(path).body) }
}
const fromState = { from: "state", reason: "", same: true }
const through = (reason: string) => ({ from: "provider", reason, same: true })

it("are repeated, and are as old as the answer that is repeated", async () => {
  const one = await settled()
  for (const path of [one.messages, one.names]) expect(await asked(one, path)).toEqual(fromState)
  one.world.time.advance(10 * minute)
  expect((await one.world.ask(one.messages)).age).toBe(10 * 60 + 30)
  // Another question is another answer.
  expect(await asked(one, one.messages.replace("20", "10"))).toEqual(through("unknown"))
})

it("end with a push of what they do not show, and with no other", async () => {
  const one = await settled()
  const { receiver, time } = one.world
  const message = one.say()
  expect(await asked(one, one.messages)).toEqual({ ...fromState, same: false })
  receiver.push("message", message, false)
  time.advance(1_000)
  expect(await asked(one, one.messages)).toEqual(through("unknown"))
  // That answer shows what was told: it is repeated at once.
  expect(await asked(one, one.messages)).toEqual(fromState)
  receiver.push("message", message, false)
  receiver.push("conversation", { ...one.conversation, status: "resolved" }, false)
  time.advance(1_000)
  for (const path of [one.messages, one.names]) expect(await asked(one, path)).toEqual(fromState)
  receiver.push("conversation", one.open(), false)
  time.advance(1_000)
  expect(await asked(one, one.messages)).toEqual(fromState)
  expect(await asked(one, one.names)).toEqual(through("unknown"))
  // One whose user is not told may be anyone's.
  await one.world.ask(one.names)
  const { user_id: _, ...nameless } = one.open()
  receiver.push("conversation", nameless, false)
  time.advance(1_000)
  expect(await asked(one, one.names)).toEqual(through("unknown"))
})

it("are not kept where an answer may not show yet what was told, or what was before the start", async () => {
  const one = await settled({ readLagMs: 20_000 })
  const { receiver, time } = one.world
  const message = one.say()
  receiver.push("message", message, false)
  let kept = 0
  for (let n = 0; n < 40; n++) {
    time.advance(1_000)
    if ((await asked(one, one.messages)).from === "state") {
      kept += 1
      expect(JSON.stringify((await one.world.ask(one.messages)).body)).toContain(String(message["id"]))
    }
  }
  expect(kept).toBeGreaterThan(5)
  receiver.push("message", one.say(), false)
  await one.world.restart()
  await one.world.ask(one.names)
  expect(await asked(one, one.messages)).toEqual(through("unknown"))
  expect(await asked(one, one.messages)).toEqual(through("unknown"))
  time.advance(minute)
  await asked(one, one.messages)
  expect(await asked(one, one.messages)).toEqual(fromState)
})

it("end with what a walk of the receiver finds: a lost message, an edited one", async () => {
  const one = await settled()
  const { receiver, time } = one.world
  const first = one.say()
  time.advance(minute)
  receiver.sweep(false)
  expect(await asked(one, one.messages)).toEqual({ ...fromState, same: false })
  receiver.sweep()
  time.advance(minute)
  expect(await asked(one, one.messages)).toEqual(through("unknown"))
  expect(await asked(one, one.messages)).toEqual(fromState)
  one.world.change("message", "update", first["id"] as number, { message_parts: ["edited"] })
  receiver.sweep()
  time.advance(minute)
  expect(await asked(one, one.messages)).toEqual(through("unknown"))
})

it("end with own writes, and for all that may be meant", async () => {
  const one = await settled()
  const { world } = one
  const { time } = world
  const write = async (method: string, path: string, ends: ReadonlyArray<string>): Promise<void> => {
    time.advance(2 * minute)
    for (const kept of [one.messages, one.names]) {
      await world.ask(kept)
      expect(await asked(one, kept), path).toEqual(fromState)
    }
    await world.ask(path, { method, body: { message_parts: [], status: "resolved" } })
    for (const kept of [one.messages, one.names]) {
      const answer = await asked(one, kept)
      expect([kept, answer.same, answer.from], path).toEqual([kept, true, ends.includes(kept) ? "provider" : "state"])
    }
  }
  const item = `/v2/conversations/${one.id}`
  await write("POST", `${item}/messages`, [one.messages])
  await write("PUT", item, [one.messages])
  await write("POST", "/v2/conversations", [one.names])
  await write("POST", `${item}/unknown`, [one.messages, one.names])
  await write("PUT", `/v2/users/${String(one.conversation["user_id"])}`, [one.names])
})

it("are not repeated beyond the bound of the walks, nor without them", async () => {
  const one = await settled()
  const { receiver, time } = one.world
  for (let n = 0; n < 8; n++) {
    time.advance(hour)
    receiver.sweep(false)
    expect((await asked(one, one.messages)).reason).toBe(n < 6 ? "" : "stale")
  }
  receiver.sweep()
  time.advance(1_000)
  expect((await asked(one, one.messages)).from).toBe("state")
  receiver.backAt = time.now()
  time.advance(minute)
  expect((await asked(one, one.messages)).reason).toBe("outage")
})
