/** Entities that the mirror has read itself, brought up to date by pushes that carry all changed fields. */
import { describe, expect, it } from "vitest"
import { isRecord } from "../../src/domain/Json.js"
import { TypeState } from "../../src/mirror/state/TypeState.js"
import { freshdesk, freshsales, freshservice, listsOf, type Provider } from "../../src/providers/index.js"
import type { FedEntity } from "../../src/receiver/index.js"

type Fields = Readonly<Record<string, unknown>>

const second = 1_000
const minute = 60 * second
const start = Date.parse("2026-11-27T10:00:00Z")
const iso = (at: number): string => `${new Date(at).toISOString().slice(0, 19)}Z`

const shown = (at: number, more: Fields = {}): Fields => ({
  id: 1,
  created_at: iso(start),
  updated_at: iso(at),
  due_by: iso(start),
  status: 2,
  custom_fields: { cf_order: "A" },
  workspace_id: 2,
  spam: false,
  ...more
})

/** A ticket that a push told of in part a minute after the start, and that was read a little later. */
const readTicket = (provider: Provider = freshdesk) => {
  const rule = listsOf(provider).find(({ entity }) => entity === "ticket")!
  const type = new TypeState(rule, provider.entities["ticket"]!, "acme", undefined, () => null)
  let fed: FedEntity = {
    version: 5,
    source: "acme",
    entity: "ticket",
    entityId: "1",
    updatedAt: start + minute,
    deleted: false,
    touchedAt: null,
    pushedAt: start + minute,
    carriedSince: null,
    carried: [],
    text: JSON.stringify({ ...shown(start + minute), custom_fields: undefined })
  }
  const feed = (more: Partial<FedEntity>, snapshot: Fields = {}): void => {
    fed = { ...fed, ...more, version: fed.version + 1 }
    const known: unknown = JSON.parse(fed.text!)
    fed = { ...fed, text: JSON.stringify({ ...(isRecord(known) ? known : {}), ...snapshot }) }
    type.takeState(fed)
  }
  const carry = (at: number, snapshot: Fields): void => {
    const news = { ...snapshot, updated_at: iso(at) }
    const carriedSince = fed.carriedSince ?? fed.version
    feed({ updatedAt: at, carriedSince, carried: [...fed.carried, ...Object.keys(news)] }, news)
  }
  type.takeState(fed)
  const read = (at: number, stamp: number, more: Fields = {}, as: "item" | "list" = "list"): void => {
    type.takeRead("1", shown(stamp, more), stamp, at, as)
  }
  const row = () => type.rows.get("1")!
  const current = (): Fields | null => {
    const own = type.currentRead(row())
    return own?.list == null ? null : JSON.parse(own.list)
  }
  return { type, feed, carry, read, row, current }
}

describe("an answer that was read", () => {
  it("is brought up to date by pushes that carry all that changed", () => {
    const { carry, current, read, row, type } = readTicket()
    expect(type.lacking.has("1")).toBe(true)
    read(start + minute + second, start + minute)
    carry(start + 2 * minute, { status: 3 })
    carry(start + 3 * minute, { due_by: iso(start + minute), description: "no field of the list's" })
    const stamp = start + 3 * minute
    expect(current()).toEqual(shown(stamp, { status: 3, due_by: iso(start + minute) }))
    expect(Object.keys(current()!)).toEqual(Object.keys(shown(stamp)))
    expect(type.lacking.has("1")).toBe(false)
    // Older than its stamp says: it was read before.
    expect(row().own).toMatchObject({ stamp, readAt: start + minute + second, carried: true })
  })
  it("tells pollers of each of them", () => {
    const { carry, read, type } = readTicket()
    read(start + minute + second, start + minute)
    const before = type.arrivals.end
    carry(start + 2 * minute, { status: 3 })
    expect(type.arrivals.since(before)).toEqual(["1"])
  })
  it("tells pollers of a second change in one second", () => {
    const { carry, current, read, type } = readTicket()
    read(start + minute + second, start + minute)
    carry(start + 2 * minute, { status: 3 })
    const before = type.arrivals.end
    carry(start + 2 * minute, { status: 3 })
    expect(type.arrivals.since(before)).toEqual([])
    carry(start + 2 * minute, { status: 4 })
    expect(current()).toMatchObject({ status: 4 })
    expect(type.arrivals.since(before)).toEqual(["1"])
  })
  it("is not shown with a text that a push has cut", () => {
    const { carry, current, read } = readTicket()
    read(start + minute + second, start + minute, { description: "whole" })
    carry(start + 2 * minute, { description: "whole, and longer" })
    expect(current()).toMatchObject({ description: "whole, and longer" })
    carry(start + 3 * minute, { status: 3, description: "another", is_description_truncated: true })
    expect(current()).toBeNull()
  })
  it.each([
    ["tells in part", { carriedSince: null, carried: [], pushedAt: start + 2 * minute }],
    ["follows one that did, which came unseen", { carriedSince: 99, carried: ["status", "updated_at"] }],
    ["is a deletion", { carriedSince: 5, carried: ["status", "updated_at"], deleted: true }],
    ["does not carry the stamp", { carriedSince: 5, carried: ["status"] }]
  ])("is out of date where a push %s", (_, more) => {
    const { current, feed, read } = readTicket()
    read(start + minute + second, start + minute)
    feed({ updatedAt: start + 2 * minute, ...more }, { status: 3, updated_at: iso(start + 2 * minute) })
    expect(current()).toBeNull()
  })
  it("is out of date where it was not up to date before", () => {
    const { carry, current, read, row } = readTicket()
    read(start + second, start)
    expect(row().own).toBeNull()
    carry(start + 2 * minute, { status: 3 })
    expect(current()).toBeNull()
  })
  it("is out of date where the provider has said since that the entity is gone", () => {
    const { carry, current, read, type } = readTicket()
    read(start + minute + second, start + minute)
    type.takeDeletion("1", start + 1.9 * minute)
    carry(start + 2 * minute, { status: 3 })
    expect(current()).toBeNull()
    expect(type.lacking.has("1")).toBe(true)
  })
  it("stays where it was faster than the push, unless another change of that second differs", () => {
    for (const [status, stays] of [
      [3, true],
      [4, false]
    ] as const) {
      const { carry, current, read } = readTicket()
      read(start + 2 * minute + second, start + 2 * minute, { status: 3 })
      carry(start + 2 * minute, { status })
      expect(current() !== null).toBe(stays)
    }
  })
  it("stays where it shows more than the push", () => {
    const { carry, current, read } = readTicket()
    read(start + 3 * minute + second, start + 3 * minute, { status: 4 })
    carry(start + 2 * minute, { status: 3 })
    expect(current()).toMatchObject({ status: 4 })
  })
  it("is not shown with a number that the state keeps as text", () => {
    const { carry, current, read } = readTicket()
    read(start + minute + second, start + minute)
    carry(start + 2 * minute, { status: "9007199254740993" })
    expect(current()).toBeNull()
  })
})

describe("an answer that pushes brought up to date", () => {
  const carried = () => {
    const one = readTicket()
    one.read(start + minute + second, start + minute)
    one.carry(start + 2 * minute, { status: 3 })
    return one
  }
  it("gives way to what reconciliation reads under the same stamp: a push between may be lost", () => {
    const { current, feed } = carried()
    feed({ carriedSince: null, carried: [], pushedAt: null }, { custom_fields: { cf_order: "B" } })
    expect(current()).toBeNull()
  })
  it("gives way to the state once a sweep that began later has ended", () => {
    const { current, row, type } = carried()
    type.takeSweep(start + minute + 20 * second)
    expect(current()).toMatchObject({ status: 3 })
    type.takeSweep(start + 3 * minute)
    expect(current()).toBeNull()
    expect(type.isWhole(row())).toBe(true)
  })
  it("is read again then where the state cannot show the entity whole", () => {
    const { read, row, carry, current, type } = readTicket(freshservice)
    read(start + minute + second, start + minute)
    carry(start + 2 * minute, { status: 3 })
    expect(current()).toMatchObject({ status: 3 })
    expect(type.lacking.of(null, start + 3 * minute)).toEqual([])
    type.takeSweep(start + 3 * minute)
    expect(type.lacking.of(null, start + 3 * minute)).toEqual(["1"])
    expect(type.isWhole(row())).toBe(false)
  })
  it("does not hide what an answer shows under the same stamp", () => {
    const { read, current, type } = carried()
    const before = type.arrivals.end
    read(start + 3 * minute, start + 2 * minute, { status: 3, custom_fields: { cf_order: "B" } })
    expect(current()).toMatchObject({ custom_fields: { cf_order: "B" } })
    expect(type.arrivals.since(before)).toEqual(["1"])
  })
})

describe("an answer about a type whose fields move without a sign", () => {
  const type = () => {
    const rule = listsOf(freshsales).find(({ entity }) => entity === "deal")!
    return new TypeState(rule, freshsales.entities["deal"]!, "acme", undefined, () => null)
  }
  const fed = (version: number, at: number, name: string): FedEntity => ({
    version,
    source: "acme",
    entity: "deal",
    entityId: "1",
    updatedAt: at,
    deleted: false,
    touchedAt: null,
    pushedAt: null,
    carriedSince: null,
    carried: [],
    text: JSON.stringify({ id: 1, name, created_at: iso(start), updated_at: iso(at) })
  })
  const named = (name: string) => ({ id: 1, name, created_at: iso(start), updated_at: iso(start + 2 * minute) })

  it("gives way to the state under its own stamp, and not to what is older", () => {
    const state = type()
    state.takeState(fed(1, start, "first"))
    state.takeRead("1", named("third"), start + 2 * minute, start + 3 * minute, "list")
    state.takeState(fed(2, start + minute, "second, and late"))
    expect(state.rows.get("1")).toMatchObject({
      stamp: start + 2 * minute,
      own: { list: JSON.stringify(named("third")) }
    })
    state.takeState(fed(3, start + 2 * minute, "with other fields"))
    expect(state.rows.get("1")?.own).toBeNull()
  })
})
