/**
 * Sweeps against maps in place of an inbox and a list in place of a provider: what becomes an event, and how far a
 * sweep came.
 */
import { Duration, Effect, Stream, TestClock, TestContext } from "effect"
import { describe, expect, it } from "vitest"
import { toWholeSecondIso } from "../../src/domain/Time.js"
import { overlapMs, policy } from "../../src/policy/index.js"
import { type EntityReader, type Item, ProviderError } from "../../src/providers/clients.js"
import { type OwnIntervals, providerOf, sweepSchedule } from "../../src/providers/index.js"
import { makeDeferredReads, type Skipped } from "../../src/reconciliation/DeferredReads.js"
import { makeFindings } from "../../src/reconciliation/Findings.js"
import { makeSweep } from "../../src/reconciliation/Sweep.js"
import { makeWatchStarts } from "../../src/reconciliation/WatchStarts.js"
import { mapPort } from "../support/mapPort.js"

const freshdesk = providerOf("freshdesk")!
const hour = 3_600_000
const begin = Date.UTC(2026, 2, 1)
const iso = toWholeSecondIso

const failed = (reason: ProviderError["reason"], status: number) =>
  new ProviderError({ product: "freshdesk", reason, status, message: `answered ${status}` })

/** Tickets of an account, and what their list is asked for. */
const account = () => {
  const tickets = new Map<number, Item>()
  const conversations = new Map<string, ReadonlyArray<Item>>()
  const stats = new Map<unknown, Item>()
  const asked: Array<string> = []
  let failure: ProviderError | null = null
  let deleted: Effect.Effect<ReadonlyArray<Item>> = Effect.succeed([])
  const reader: EntityReader = {
    changed: (entity, since, hidden, embed) => {
      asked.push(
        `${entity} ${hidden ?? "list"} ${since === null ? "whole" : since}${embed === undefined ? "" : ` with ${embed}`}`
      )
      if (failure !== null) return Stream.fail(failure)
      if (hidden === "deleted") return Stream.fromIterableEffect(deleted)
      if (hidden !== undefined) return Stream.empty
      return Stream.fromIterable(
        [...tickets.values()]
          .filter(({ updated_at: at }) => Date.parse(String(at)) >= (since ?? 0))
          .map((ticket) => (embed === undefined ? ticket : { ...ticket, [embed]: stats.get(ticket["id"]) ?? {} }))
      )
    },
    get: (_, id) => {
      const ticket = tickets.get(Number(id))
      return ticket === undefined ? Effect.fail(failed("notFound", 404)) : Effect.succeed(ticket)
    },
    children: (_, id) => {
      asked.push(`conversations of ${id}`)
      return Stream.fromIterable(conversations.get(id) ?? [])
    }
  }
  return {
    reader,
    conversations,
    stats,
    asked: () => asked.splice(0),
    failWith: (error: ProviderError | null) => {
      failure = error
    },
    /** The list of deleted tickets is read so. */
    deletedAre: (read: Effect.Effect<ReadonlyArray<Item>>) => {
      deleted = read
    },
    change: (id: number, at: number, fields: Item = {}) =>
      tickets.set(id, {
        ...(tickets.get(id) ?? { id, created_at: toWholeSecondIso(at) }),
        ...fields,
        updated_at: toWholeSecondIso(at)
      })
  }
}

const sweeping = (
  entities: ReadonlyArray<string>,
  deletionsEvery?: Duration.Duration,
  own: OwnIntervals = {},
  told: ReadonlyArray<string> = [],
  /** Another process, that goes on with what this one left. */
  before?: { readonly store: ReturnType<typeof mapPort>; readonly provider: ReturnType<typeof account> }
) =>
  Effect.gen(function* () {
    if (before === undefined) yield* TestClock.setTime(begin)
    const store = before?.store ?? mapPort()
    const provider = before?.provider ?? account()
    const skipped: Array<Skipped> = []
    const { port } = store
    const watchStarts = yield* makeWatchStarts({
      source: "s",
      port,
      overlapMs,
      backfill: false,
      write: (entity, at) => findings.note("setBeganAt", "s", entity, at)
    })
    const findings = makeFindings(port, {
      source: "s",
      account: "acme",
      provider: freshdesk,
      policy,
      beganAt: watchStarts.of,
      onUnreadable: (entity, reason) =>
        Effect.sync(() => void skipped.push({ entity, fate: "later", status: null, unexpected: reason }))
    })
    const sweep = makeSweep({
      source: "s",
      provider: freshdesk,
      port,
      policy,
      findings,
      watchStarts,
      deferredReads: makeDeferredReads({
        source: "s",
        port,
        everyMs: hour,
        set: (read) => findings.note("setUnread", "s", read),
        clear: (target) => findings.note("clearUnread", "s", target),
        onSkipped: (one) => Effect.sync(() => void skipped.push(one))
      }),
      sweeper: provider.reader,
      hydrator: provider.reader,
      takeUnreadable: () => [],
      told: new Set(told),
      overlapMs,
      deletionsEvery
    })
    const [root] = sweepSchedule(freshdesk, entities, hour, own)
    return { store, provider, skipped, sweep: sweep(root!) }
  })

const run = <A, E>(effect: Effect.Effect<A, E>): Promise<A> =>
  Effect.runPromise(effect.pipe(Effect.provide(TestContext.TestContext)))

describe("a sweep", () => {
  it("fills the states with the past first, and makes events of what changes later", () =>
    run(
      Effect.gen(function* () {
        const { provider, store, sweep } = yield* sweeping(["ticket"])
        provider.change(1, begin - 30 * hour, { subject: "old" })
        provider.change(2, begin - 20 * hour, { subject: "old" })
        yield* sweep
        expect(store.taken()).toEqual([])
        expect(store.port.states("s", "ticket")).toHaveLength(2)
        yield* TestClock.adjust(Duration.hours(1))
        provider.change(2, begin + hour / 2, { subject: "new" })
        provider.change(3, begin + hour / 2, { subject: "made" })
        yield* sweep
        expect(store.taken()).toEqual(["ticket_update 2", "ticket_create 3"])
        yield* TestClock.adjust(Duration.hours(1))
        yield* sweep
        expect(store.taken()).toEqual([])
      })
    ))
  it("asks from the newest stamp that it saw, less the overlap", () =>
    run(
      Effect.gen(function* () {
        const { provider, sweep } = yield* sweeping(["ticket"])
        provider.change(1, begin - hour)
        yield* sweep
        expect(provider.asked()).toEqual(["ticket list whole"])
        yield* TestClock.adjust(Duration.hours(1))
        yield* sweep
        const [list] = provider.asked()
        expect(list).toBe(`ticket list ${begin - hour - overlapMs}`)
      })
    ))
  it("misses nothing that changed between two of its lists, however long the second one takes", () =>
    run(
      Effect.gen(function* () {
        const { provider, store, sweep } = yield* sweeping(["ticket"])
        provider.change(1, begin - hour, { subject: "old" })
        yield* sweep
        // A limit holds the list of deleted tickets up; the plain one has been read, and shows the change no more.
        provider.deletedAre(
          Effect.gen(function* () {
            provider.change(1, begin + 2 * 60_000, { subject: "new" })
            yield* TestClock.adjust(Duration.minutes(14))
            return [
              { id: 2, created_at: toWholeSecondIso(begin - hour), updated_at: toWholeSecondIso(begin + 13 * 60_000) }
            ]
          })
        )
        yield* sweep
        expect(store.taken()).toEqual(["ticket_delete 2"])
        provider.deletedAre(Effect.succeed([]))
        yield* TestClock.adjust(Duration.hours(1))
        yield* sweep
        expect(store.taken()).toEqual(["ticket_update 1"])
      })
    ))
  it("leaves its cursor where a page fails, and finds the change the next time", () =>
    run(
      Effect.gen(function* () {
        const { provider, store, sweep } = yield* sweeping(["ticket"])
        provider.change(1, begin - hour, { subject: "old" })
        yield* sweep
        yield* TestClock.adjust(Duration.hours(1))
        provider.change(1, begin + hour / 2, { subject: "new" })
        provider.failWith(failed("rejected", 500))
        const before = store.port.sweptTo("s", "ticket")
        expect((yield* Effect.flip(sweep))._tag).toBe("ProviderError")
        expect(store.port.sweptTo("s", "ticket")).toBe(before)
        provider.failWith(null)
        yield* sweep
        expect(store.taken()).toEqual(["ticket_update 1"])
      })
    ))
  it("ends where the inbox takes nothing, and loses nothing by it", () =>
    run(
      Effect.gen(function* () {
        const { provider, store, sweep } = yield* sweeping(["ticket"])
        provider.change(1, begin - hour, { subject: "old" })
        yield* sweep
        yield* TestClock.adjust(Duration.hours(1))
        provider.change(1, begin + hour / 2, { subject: "new" })
        store.putAnswers("unavailable")
        expect((yield* Effect.flip(sweep))._tag).toBe("InboxUnavailable")
        store.putAnswers("stored")
        yield* sweep
        expect(store.taken()).toEqual(["ticket_update 1"])
      })
    ))
  it("compares ids where asked to: what a whole list lacks and the API does not know is a deletion", () =>
    run(
      Effect.gen(function* () {
        const { provider, store, sweep } = yield* sweeping(["ticket"], Duration.hours(1))
        provider.change(1, begin - hour)
        yield* sweep
        store.known("s", "ticket", "9", { updatedAt: begin - 2 * hour })
        yield* TestClock.adjust(Duration.hours(2))
        provider.asked()
        yield* sweep
        expect(store.taken()).toEqual(["ticket_delete 9"])
        expect(provider.asked()[0]).toBe("ticket list 0")
      })
    ))
  it("reads the dependants of a parent that changed, and of no other", () =>
    run(
      Effect.gen(function* () {
        const { provider, store, sweep } = yield* sweeping(["ticket", "conversation"])
        provider.change(1, begin - 20 * hour)
        provider.change(2, begin - 30 * hour)
        yield* sweep
        yield* TestClock.adjust(Duration.hours(1))
        const stamp = toWholeSecondIso(begin + hour / 2)
        const reply = (id: number, ticket: number): Item => ({
          id,
          ticket_id: ticket,
          created_at: stamp,
          updated_at: stamp
        })
        provider.conversations.set("1", [reply(11, 1)])
        provider.conversations.set("2", [reply(22, 2)])
        provider.change(1, begin + hour / 2)
        yield* sweep
        expect(store.taken().filter((event) => event.startsWith("conversation"))).toEqual(["conversation_create 11"])
      })
    ))
  it("reads, in a first one that comes late, the dependants of what changed since it was begun", () =>
    run(
      Effect.gen(function* () {
        const { provider, store, sweep } = yield* sweeping(["ticket", "conversation"])
        provider.change(1, begin - 30 * hour)
        provider.failWith(failed("rejected", 503))
        yield* Effect.ignore(sweep)
        provider.change(1, begin + hour / 2)
        provider.conversations.set("1", [
          {
            id: 11,
            ticket_id: 1,
            created_at: toWholeSecondIso(begin + hour / 2),
            updated_at: toWholeSecondIso(begin + hour / 2)
          }
        ])
        yield* TestClock.adjust(Duration.hours(5))
        provider.failWith(null)
        yield* sweep
        expect(store.taken()).toContain("conversation_create 11")
      })
    ))
  it("reads replies that are due more seldom beneath a ticket that was deleted since they were read", () =>
    run(
      Effect.gen(function* () {
        const { provider, store, sweep } = yield* sweeping(["ticket", "conversation"], undefined, {
          conversation: 4 * hour
        })
        provider.change(1, begin - 30 * hour)
        provider.change(2, begin - 20 * hour)
        yield* sweep
        yield* TestClock.adjust(Duration.hours(1))
        provider.change(2, begin + hour / 2)
        provider.conversations.set("1", [
          { id: 7, ticket_id: 1, body: "a", created_at: iso(begin + hour / 2), updated_at: iso(begin + hour / 2) }
        ])
        provider.deletedAre(Effect.succeed([{ id: 1, updated_at: iso(begin + hour / 2 + 60_000), deleted: true }]))
        yield* sweep
        expect(store.taken()).toEqual(["ticket_delete 1"])
        yield* TestClock.adjust(Duration.hours(1))
        provider.change(2, begin + 2 * hour)
        yield* sweep
        yield* TestClock.adjust(Duration.hours(2))
        provider.asked()
        yield* sweep
        // Half an hour after the start the ticket was deleted: its list is read from before that.
        const from = Number(
          provider
            .asked()
            .find((one) => one.startsWith("ticket deleted"))!
            .split(" ")[2]
        )
        expect(from).toBeLessThan(begin + hour / 2)
        expect(store.taken()).toContain("conversation_create 7")
      })
    ))
  it("reads replies with an interval of their own at once after an outage, from where they came to, and then at their turn", () =>
    run(
      Effect.gen(function* () {
        const { provider, store, sweep } = yield* sweeping(["ticket", "conversation"], undefined, {
          conversation: 168 * hour
        })
        provider.change(1, begin - 30 * hour)
        yield* sweep
        provider.change(1, begin + hour / 2)
        yield* TestClock.adjust(Duration.hours(1))
        yield* sweep
        yield* TestClock.adjust(Duration.hours(1))
        provider.change(2, begin + 1.5 * hour)
        provider.asked()
        yield* sweep
        expect(provider.asked().filter((one) => one.startsWith("conversations"))).toEqual([])
        store.comesBack(begin + 2.5 * hour)
        yield* TestClock.adjust(Duration.hours(1))
        yield* sweep
        expect(provider.asked().filter((one) => one.startsWith("conversations"))).toEqual([
          "conversations of 1",
          "conversations of 2"
        ])
        yield* TestClock.adjust(Duration.hours(1))
        provider.change(2, begin + 3.5 * hour)
        yield* sweep
        expect(provider.asked().filter((one) => one.startsWith("conversations"))).toEqual([])
      })
    ))
  describe("of replies that pushes tell, between their own turns", () => {
    const reply = (id: number, ticket: number, at: number): Item => ({
      id,
      ticket_id: ticket,
      body: "a",
      created_at: iso(at),
      updated_at: iso(at)
    })
    /** Two tickets that were swept twice, with replies that are due once a week. */
    const begun = Effect.gen(function* () {
      const parts = yield* sweeping(["ticket", "conversation"], undefined, { conversation: 168 * hour }, [
        "conversation"
      ])
      const { provider, store, sweep } = parts
      provider.change(1, begin - 30 * hour)
      provider.change(2, begin - 20 * hour)
      yield* sweep
      yield* TestClock.adjust(Duration.hours(1))
      return { ...parts, at: begin + hour / 2, store, provider }
    })
    const readBeneath = (asked: ReadonlyArray<string>) => asked.filter((one) => one.startsWith("conversations"))

    it("reads those of a ticket whose stamp nothing explains, and of no other", () =>
      run(
        Effect.gen(function* () {
          const { at, provider, store, sweep } = yield* begun
          provider.change(1, at)
          provider.change(2, at)
          provider.conversations.set("2", [reply(22, 2, at)])
          // The push of the second ticket's reply came.
          store.known("s", "conversation", "22", { updatedAt: at })
          store.known("s", "ticket", "2", { ...store.port.state("s", "ticket", "2")!, touchedAt: at })
          provider.asked()
          yield* sweep
          expect(readBeneath(provider.asked())).toEqual(["conversations of 1"])
        })
      ))
    it("reads those of all that changed once a reply turns out to be lost: another may hide", () =>
      run(
        Effect.gen(function* () {
          const { at, provider, store, sweep } = yield* begun
          // A later change of ticket 2 was pushed, and hides the reply that was not.
          provider.change(2, at + 60_000)
          store.known("s", "ticket", "2", { ...store.port.state("s", "ticket", "2")!, updatedAt: at + 60_000 })
          provider.conversations.set("2", [reply(22, 2, at)])
          provider.asked()
          yield* sweep
          expect(readBeneath(provider.asked())).toEqual([])
          yield* TestClock.adjust(Duration.hours(1))
          const later = at + hour
          provider.change(2, later)
          store.known("s", "ticket", "2", { ...store.port.state("s", "ticket", "2")!, updatedAt: later })
          provider.change(1, later)
          provider.conversations.set("1", [reply(11, 1, later)])
          yield* sweep
          expect(readBeneath(provider.asked())).toEqual(["conversations of 1", "conversations of 2"])
          expect(store.taken().filter((event) => event.startsWith("conversation"))).toEqual([
            "conversation_create 11",
            "conversation_create 22"
          ])
        })
      ))
    it("reads those of all that changed once an outage has ended, and only once", () =>
      run(
        Effect.gen(function* () {
          const { at, provider, store, sweep } = yield* begun
          const pushed = (id: number, when: number) => {
            provider.change(id, when)
            store.known("s", "ticket", String(id), { ...store.port.state("s", "ticket", String(id))!, updatedAt: when })
          }
          pushed(2, at)
          store.comesBack(at + 60_000)
          provider.asked()
          yield* sweep
          expect(readBeneath(provider.asked())).toEqual(["conversations of 2"])
          yield* TestClock.adjust(Duration.hours(1))
          pushed(1, at + hour)
          yield* sweep
          expect(readBeneath(provider.asked())).toEqual([])
        })
      ))
    it("reads those of a ticket whose list tells of a public reply that no push told, whatever its stamp", () =>
      run(
        Effect.gen(function* () {
          const { at, provider, store, sweep } = yield* begun
          const known = (id: string, tells: Readonly<Record<string, number>>) =>
            store.known("s", "ticket", id, { ...store.port.state("s", "ticket", id)!, updatedAt: at + 60_000, tells })
          provider.change(1, at + 60_000)
          provider.change(2, at + 60_000)
          known("1", { agent_responded_at: at - hour })
          known("2", { agent_responded_at: at, requester_responded_at: at })
          for (const id of [1, 2])
            provider.stats.set(id, { agent_responded_at: iso(at), requester_responded_at: iso(at - 100 * hour) })
          provider.asked()
          yield* sweep
          const asked = provider.asked()
          expect(asked[0]).toMatch(/with stats$/)
          expect(readBeneath(asked)).toEqual(["conversations of 1"])
          // What the list shows besides is no part of the ticket.
          expect(store.port.state("s", "ticket", "1")!.snapshot).not.toHaveProperty("stats")
        })
      ))
    it("reads them in the next sweep where the reading was cut off behind the ticket's own finding", () =>
      run(
        Effect.gen(function* () {
          const { at, provider, store, sweep } = yield* begun
          provider.change(1, at, { subject: "new" })
          provider.conversations.set("1", [reply(11, 1, at)])
          // The ticket is stored, and its reply is not.
          const put = store.port.put
          Object.assign(store.port, {
            put: (source: string, event: { readonly entity: string }) =>
              event.entity === "conversation" ? Promise.resolve("unavailable") : put(source, event as never)
          })
          expect((yield* Effect.flip(sweep))._tag).toBe("InboxUnavailable")
          Object.assign(store.port, { put })
          yield* sweep
          expect(store.taken()).toEqual(["ticket_update 1", "conversation_create 11"])
        })
      ))
    it("goes on behind a ticket whose state cannot be read", () =>
      run(
        Effect.gen(function* () {
          const { at, provider, skipped, store, sweep } = yield* begun
          provider.change(1, at)
          provider.change(2, at, { subject: "new" })
          const state = store.port.state
          Object.assign(store.port, {
            rowFailure: () => "it cannot be read",
            state: (source: string, entity: string, id: string) => {
              if (entity === "ticket" && id === "1") throw new Error("damaged")
              return state(source, entity, id)
            }
          })
          yield* sweep
          expect(store.taken()).toEqual(["ticket_update 2"])
          expect(skipped).toMatchObject([{ entity: "ticket", unexpected: "it cannot be read" }])
        })
      ))
    it("reads those from before they were told, once they are", () =>
      run(
        Effect.gen(function* () {
          const untold = yield* sweeping(["ticket", "conversation"], undefined, { conversation: 4 * hour })
          untold.provider.change(1, begin - 30 * hour)
          yield* untold.sweep
          // Nothing pushed the reply, and an ordinary sweep has taken the ticket's stamp up.
          untold.provider.change(1, begin + 600_000)
          untold.provider.conversations.set("1", [reply(11, 1, begin + 600_000)])
          yield* TestClock.adjust(Duration.hours(2))
          yield* untold.sweep
          expect(untold.store.taken()).toEqual([])
          const told = yield* sweeping(
            ["ticket", "conversation"],
            undefined,
            { conversation: 168 * hour },
            ["conversation"],
            untold
          )
          yield* told.sweep
          expect(untold.store.taken()).toEqual(["conversation_create 11"])
        })
      ))
    it("takes a reply whose push may still be on its way for no loss", () =>
      run(
        Effect.gen(function* () {
          const { at, provider, store, sweep } = yield* begun
          provider.change(2, at)
          store.known("s", "ticket", "2", { ...store.port.state("s", "ticket", "2")!, updatedAt: at })
          const justNow = begin + hour - 40_000
          provider.change(1, justNow)
          provider.conversations.set("1", [reply(11, 1, justNow)])
          provider.asked()
          yield* sweep
          expect(readBeneath(provider.asked())).toEqual(["conversations of 1"])
          expect(store.taken()).toContain("conversation_create 11")
        })
      ))
    it("reads once more what was read too early to be whole", () =>
      run(
        Effect.gen(function* () {
          const { provider, sweep } = yield* begun
          provider.change(1, begin + hour - 2_000)
          provider.asked()
          yield* sweep
          expect(readBeneath(provider.asked())).toEqual(["conversations of 1"])
          yield* TestClock.adjust(Duration.minutes(1))
          yield* sweep
          expect(readBeneath(provider.asked())).toEqual(["conversations of 1"])
          yield* TestClock.adjust(Duration.minutes(1))
          yield* sweep
          expect(readBeneath(provider.asked())).toEqual([])
        })
      ))
    it("reads those of all that changed at their own turn", () =>
      run(
        Effect.gen(function* () {
          const { at, provider, store, sweep } = yield* begun
          provider.change(2, at)
          store.known("s", "ticket", "2", { ...store.port.state("s", "ticket", "2")!, updatedAt: at })
          provider.conversations.set("2", [reply(22, 2, at)])
          yield* sweep
          expect(store.taken()).toEqual([])
          yield* TestClock.adjust(Duration.hours(168))
          yield* sweep
          expect(store.taken()).toContain("conversation_create 22")
        })
      ))
  })
  it("passes an entity by whose own row cannot be written, and goes on", () =>
    run(
      Effect.gen(function* () {
        const { provider, skipped, store, sweep } = yield* sweeping(["ticket"])
        provider.change(1, begin - hour)
        yield* sweep
        yield* TestClock.adjust(Duration.hours(1))
        provider.change(1, begin - hour / 2)
        const broken = { ...store.port.state("s", "ticket", "1")! }
        Object.defineProperty(broken, "snapshot", {
          get: () => {
            throw new TypeError("damaged")
          }
        })
        store.known("s", "ticket", "1", {})
        provider.change(2, begin + hour / 2)
        const { port } = store
        const state = port.state
        Object.assign(port, {
          state: (source: string, entity: string, id: string) => (id === "1" ? broken : state(source, entity, id))
        })
        yield* sweep
        expect(store.taken()).toEqual(["ticket_create 2"])
        expect(skipped).toEqual([{ entity: "ticket", fate: "later", status: null, unexpected: "it cannot be read" }])
      })
    ))
})
