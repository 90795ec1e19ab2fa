/** Which types pushes tell of: by the subscriptions that were applied, or by deliveries. */
import { describe, expect, it } from "vitest"
import { notAnswering } from "../../src/mirror/MirrorMetrics.js"
import { pushesOf } from "../../src/mirror/state/Pushes.js"
import { freshdesk, type Route } from "../../src/providers/index.js"
import type { PushSigns } from "../../src/receiver/index.js"
import { mirrorWorld } from "./mirrorWorld.js"

const now = Date.UTC(2026, 10, 27, 10)
const day = 86_400_000
const minute = 60_000

const by = (route: Route, event: string, more: Partial<PushSigns["subscribed"][number]> = {}) => ({
  source: "acme",
  route,
  event,
  active: true,
  off: false,
  appliedAt: null,
  watches: [],
  ...more
})
const delivered = (entity: string, lastAt = now) => ({ source: "acme", entity, lastAt })
const told = (
  entity: string,
  subscribed: PushSigns["subscribed"] = [],
  types: PushSigns["types"] = [],
  unsubscribed: PushSigns["unsubscribed"] = []
): ReturnType<typeof pushesOf> =>
  pushesOf({ subscribed, types, unsubscribed, refused: [] }, "acme", freshdesk, entity, now)

describe("updates of a type", () => {
  it("are pushed where their event is subscribed, by whatever route", () => {
    expect(told("ticket", [by("app", "ticket_update")]).untold).toBe(null)
    expect(told("ticket", [by("rule", "ticket_update", { watches: ["status"] })]).untold).toBe(null)
    expect(told("ticket", [by("app", "ticket_create"), by("app", "contact_update")]).untold).toBe("unsubscribed")
    expect(told("contact", [by("app", "ticket_update")], [delivered("contact")]).untold).toBe("unsubscribed")
    expect(told("ticket", [by("app", "ticket_update", { source: "other" })]).untold).toBe("unsubscribed")
  })
  it("are pushed by a subscription that waits for its first delivery once one has come", () => {
    const waiting = [by("app", "ticket_update", { active: false })]
    expect(told("ticket", waiting).untold).toBe("waiting")
    expect(told("ticket", waiting, [delivered("ticket")]).untold).toBe(null)
    // The app is there, as another of its events has shown; a rule shows nothing of an app.
    expect(told("ticket", [...waiting, by("app", "contact_update")]).untold).toBe(null)
    expect(told("ticket", [...waiting, by("rule", "ticket_create")]).untold).toBe("waiting")
  })
  it("are not pushed by a subscription that was found switched off, though deliveries of the type come", () => {
    const rule = by("rule", "ticket_update", { active: false, off: true })
    expect(told("ticket", [rule], [delivered("ticket")]).untold).toBe("off")
    expect(told("ticket", [rule, by("rule", "ticket_create")], [delivered("ticket")]).untold).toBe("off")
    expect(told("ticket", [rule, by("app", "ticket_update")]).untold).toBe(null)
    expect(told("ticket", [by("app", "ticket_update", { off: true }), by("app", "contact_update")]).untold).toBe("off")
  })
  it("are pushed by somebody else's subscription for as long as deliveries come", () => {
    expect(told("ticket").untold).toBe("unsubscribed")
    expect(told("ticket", [], [delivered("ticket", now - 7 * day)]).untold).toBe(null)
    expect(told("ticket", [], [delivered("ticket", now - 7 * day - 1)]).untold).toBe("unsubscribed")
    expect(told("ticket", [], [delivered("contact")]).untold).toBe("unsubscribed")
  })
  it("are not pushed by what is left over of subscriptions that were taken away", () => {
    const removed = [{ source: "acme", at: now - 2 * day }]
    expect(told("ticket", [], [delivered("ticket", now - day - 1)], removed).untold).toBe("unsubscribed")
    expect(told("ticket", [], [delivered("ticket", now - day)], removed).untold).toBe(null)
    expect(told("ticket", [], [delivered("ticket", now - day)], [{ source: "other", at: now }]).untold).toBe(null)
    expect(told("ticket", [by("app", "ticket_update")], [], removed).untold).toBe(null)
  })
  it("are not asked for of a type that no route can push", () => {
    expect(told("agent")).toEqual({ untold: null, dependants: true })
  })
})

describe("dependants that move a stamp", () => {
  it("are pushed by their own event, or by a rule that fires on them", () => {
    const tickets = by("app", "ticket_update")
    expect(told("ticket", [tickets]).dependants).toBe(false)
    expect(told("ticket", [tickets, by("app", "conversation_create")]).dependants).toBe(true)
    expect(told("ticket", [by("rule", "ticket_update")]).dependants).toBe(true)
    expect(told("ticket", [by("rule", "ticket_update", { watches: ["status"] })]).dependants).toBe(false)
    expect(told("contact", [by("app", "contact_update")]).dependants).toBe(true)
  })
})

describe("a mirror", () => {
  const list = "/api/v2/tickets?updated_since=2026-11-27T09:00:00Z&order_by=updated_at&order_type=asc"
  const started = async (options: Parameters<typeof mirrorWorld>[0], pushed: boolean) => {
    const world = mirrorWorld(options)
    world.receiver.pushed = pushed
    world.time.advance(minute)
    world.receiver.sweep()
    await world.load()
    world.time.advance(minute)
    await world.ask("/api/v2/tickets")
    return world
  }

  it("answers no type that pushes do not tell of", async () => {
    const world = await started({}, false)
    expect(await world.ask(list)).toMatchObject({ from: "provider", reason: "never-pushed" })
    expect(await world.ask("/api/v2/tickets/1")).toMatchObject({ from: "provider", reason: "never-pushed" })
    // No route tells of agents: they are answered from sweeps alone.
    await world.ask("/api/v2/groups")
    expect((await world.ask("/api/v2/groups")).from).toBe("state")
  })
  it("lets a silent type through, says so, and answers it again with the next push or sweep", async () => {
    const world = await started({}, true)
    const slotsOf = (from: number, to: number, event: string) =>
      Array.from({ length: (to - from) / (10 * minute) }, (_, n) => {
        const at = from + n * 10 * minute
        return { slot: at / (10 * minute), source: "acme", event, pushes: 10, lastAt: at + 9 * minute, newest: at }
      })
    const seen = async () => {
      const [tickets, contacts] = [await world.ask(list), await world.ask("/api/v2/contacts")]
      return [tickets.reason || tickets.from, contacts.reason || contacts.from]
    }
    await world.ask(list)
    await world.ask("/api/v2/contacts")
    const tickets = slotsOf(now - 21 * day, now, "ticket_update")
    world.receiver.slots = tickets
    world.time.advance(5 * minute)
    expect(await seen()).toEqual(["state", "state"])
    world.time.advance(20 * minute)
    expect(await seen()).toEqual(["silence", "state"])
    expect((await world.ask("/api/v2/tickets/1")).reason).toBe("silence")
    expect([...notAnswering(world.state(), world.time.now())]).toEqual([
      [
        "acme ticket",
        expect.stringMatching(/^no push of a ticket for 2\d min.*, in which some 2\d were to be expected/)
      ]
    ])
    world.receiver.slots = [...tickets, ...slotsOf(now + 20 * minute, now + 30 * minute, "ticket_update")]
    world.time.advance(minute)
    expect(await seen()).toEqual(["state", "state"])
    world.time.advance(30 * minute)
    expect(await seen()).toEqual(["silence", "state"])
    // All that there was has been told.
    world.receiver.sweep()
    world.time.advance(minute)
    expect(await seen()).toEqual(["state", "state"])
    expect(notAnswering(world.state(), world.time.now()).size).toBe(0)
  })
  it("lets a type through whose changes sweeps heal", async () => {
    const world = await started({ recheckMs: 240 * minute }, true)
    await world.ask(list)
    world.receiver.subscribed = [by("app", "ticket_update"), by("app", "contact_update")]
    world.receiver.slots = ["ticket_update", "contact_update"].map((event) => {
      const at = world.time.now()
      return { slot: Math.floor(at / (10 * minute)), source: "acme", event, pushes: 1, lastAt: at, newest: at }
    })
    world.receiver.found = [10, 20, 30, 40, 50].map((minutes) => ({
      source: "acme",
      event: "ticket_update",
      entity: "ticket",
      updatedAt: world.time.now() + minutes * minute,
      changed: ["status"]
    }))
    world.time.advance(60 * minute)
    expect((await world.ask(list)).from).toBe("state")
    world.receiver.sweep()
    world.time.advance(minute)
    expect(await world.ask(list)).toMatchObject({ from: "provider", reason: "lost-pushes" })
    expect(notAnswering(world.state(), world.time.now()).get("acme ticket")).toContain(
      "sweeps healed 5 changes that ticket_update should have told of"
    )
  })
  it("is as far behind in the dark as its answers would be", async () => {
    const world = await started({ dark: true }, true)
    await world.ask(list)
    world.change("ticket", "update", 1, { priority: 4 })
    const outcomes: Array<string> = []
    for (let poll = 0; poll < 3; poll++) {
      world.time.advance(minute)
      await world.ask(list)
      outcomes.push(world.tallies().take().samples.at(-1)?.outcome ?? "")
    }
    expect(outcomes).toEqual(["behind", "behind", "behind"])
  })
})
