/** How an event changes an entity's state: each case of the decision, and that no event is lost from the state's past. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { Origin, PushedEvent, Snapshot } from "../../../src/domain/Event.js"
import { same, showerBit } from "../../../src/domain/Shown.js"
import { policy } from "../../../src/policy/index.js"
import { applyReverse, visible } from "../../../src/receiver/inbox/ReversePatch.js"
import { changeBy, type StateChange, type StoredState } from "../../../src/receiver/inbox/StateChange.js"
import { stampAt, ticketEvent } from "../../support/memoryInbox.js"

const by = (event: PushedEvent, state: StoredState | null, origin: Origin = "webhook", deliveryId = 9): StateChange =>
  changeBy({ deliveryId, event, origin, receivedAt: 1_000, updatedAtField: "updated_at" }, state, policy)

/** A push of second 5 has told of it: delivery 1, which was its creation. */
const known = (more: Partial<StoredState> = {}): StoredState => ({
  updatedAt: stampAt(5),
  deleted: false,
  occurredAt: null,
  shownBy: showerBit.push,
  toldBy: 1,
  toldAt: stampAt(5),
  toldAs: showerBit.push,
  createdBy: 1,
  pushedAt: 900,
  carried: null,
  snapshot: { id: 42, status: 2, updated_at: "5" },
  ...more
})

const moved = (change: StateChange) => {
  if (change.kind !== "moved") throw new Error(`it is ${change.kind}`)
  return change
}

describe("a thin event whose entity is gone", () => {
  const gone = (n: number): PushedEvent => ({ ...ticketEvent(n, null), shownBy: "item" })
  const found = known({ shownBy: showerBit.list, toldAs: showerBit.list, toldBy: 3 })

  it("tells nothing of a change that a list has told of", () => {
    expect(by(gone(5), found)).toMatchObject({ kind: "duplicate", of: 3 })
  })
  it("is an event of its own where its stamp is newer, or where nothing was to be fetched", () => {
    expect(by(gone(6), found).kind).toBe("moved")
    expect(by(ticketEvent(5, null), found).kind).toBe("moved")
  })
})

describe("when a push last told of an entity", () => {
  it("is noted, until the provider's own answer shows it whole", () => {
    const read: PushedEvent = { ...ticketEvent(6, { id: 42, status: 3 }), shownBy: "item" }
    expect(moved(by(ticketEvent(6, { id: 42, status: 3 }), known())).next.pushedAt).toBe(1_000)
    expect(moved(by(read, known())).next.pushedAt).toBeNull()
    expect(moved(by(ticketEvent(6, { id: 42, status: 3 }), known(), "reconciliation")).next.pushedAt).toBeNull()
  })
  describe("of an entity that was whole", () => {
    const whole = known({ pushedAt: null })
    const pushed = (changed: ReadonlyArray<string> | undefined, snapshot: Snapshot, state = whole) =>
      moved(by({ ...ticketEvent(6, snapshot), ...(changed === undefined ? {} : { changed }) }, state)).next.pushedAt

    it("is not noted where the push names what has changed, and carries all of it", () => {
      expect(pushed(["status"], { id: 42, status: 3 })).toBeNull()
    })
    it.each([
      ["says nothing of it", undefined, { id: 42, status: 3 }],
      ["names no field", [], { id: 42, status: 3 }],
      ["has cut another text", ["status"], { id: 42, status: 3, description: "a", is_description_truncated: true }],
      ["lacks one of them", ["status", "custom_fields"], { id: 42, status: 3 }],
      ["has cut it", ["description"], { id: 42, status: 3, description: "a", is_description_truncated: true }]
    ])("is noted where it %s", (_, changed, snapshot) => {
      expect(pushed(changed, snapshot)).toBe(1_000)
    })
    it("is noted for a text that it has cut: it stays as it was, and may have changed behind the cut", () => {
      const cut = { id: 42, status: 3, description: "a long", is_description_truncated: true }
      const state = known({ pushedAt: null, snapshot: { id: 42, status: 2, description: "a long text" } })
      const change = moved(by({ ...ticketEvent(6, cut), changed: ["status"] }, state))
      expect(change.next).toMatchObject({ pushedAt: 1_000, carried: null })
      expect(change.next.snapshot).toEqual({ ...cut, description: "a long text" })
      expect(change.changed).toEqual(["status"])
    })
    it("stays noted where the entity was not whole before, or was deleted", () => {
      expect(pushed(["status"], { id: 42, status: 3 }, known())).toBe(900)
      expect(pushed(["status"], { id: 42, status: 3 }, known({ pushedAt: null, deleted: true }))).toBe(1_000)
    })
    it("is not noted by a second delivery of the change that adds nothing", () => {
      const told = known({
        pushedAt: null,
        toldAs: showerBit.item,
        toldBy: 3,
        toldAt: stampAt(6),
        updatedAt: stampAt(6)
      })
      const again = by({ ...ticketEvent(6, { id: 42, status: 2 }), changed: ["status"] }, told)
      expect(again).toMatchObject({ kind: "duplicate", next: { pushedAt: null } })
      expect(by(ticketEvent(6, { id: 42, status: 2 }), told)).toMatchObject({ next: { pushedAt: 1_000 } })
    })
  })
})

describe("the fields that pushes carry", () => {
  const status = (n: number, snapshot: Snapshot, changed = ["status"]) => ({ ...ticketEvent(n, snapshot), changed })

  it("add up, until one tells in part, or the provider's own answer shows the entity", () => {
    const first = moved(by(status(6, { id: 42, status: 3 }), known())).next
    expect(first.carried).toEqual(["id", "status"])
    const state = { ...known(), ...first, snapshot: first.snapshot }
    expect(moved(by(status(7, { status: 4, tags: [] }), state)).next.carried).toEqual(["id", "status", "tags"])
    expect(moved(by(ticketEvent(7, { status: 4 }), state)).next.carried).toBeNull()
    expect(moved(by(status(7, { status: 4 }, ["custom_fields"]), state)).next.carried).toBeNull()
    expect(moved(by(ticketEvent(7, { status: 4 }), state, "reconciliation")).next.carried).toBeNull()
    // The answer shows the same change once more.
    const again = by({ ...ticketEvent(6, { id: 42, status: 3 }), shownBy: "item" }, state)
    expect(again).toMatchObject({ kind: "duplicate", next: { carried: ["id", "status"] } })
    // Pushes have not carried the fields that a newer answer adds to a creation that was told.
    const created = { ...state, updatedAt: stampAt(5), toldAt: stampAt(5) }
    const newer = { ...ticketEvent(6, { id: 42, status: 3 }, { event: "ticket_create" }), shownBy: "item" as const }
    expect(by(newer, created)).toMatchObject({ kind: "duplicate", next: { updatedAt: stampAt(6), carried: null } })
  })
})

describe("an event that moves the state", () => {
  it("of an unknown entity names all its fields, and is taken back to nothing", () => {
    const change = moved(by(ticketEvent(5, { id: 42, status: 2 }, { event: "ticket_create" }), null))
    expect(change.changed).toEqual(["id", "status"])
    expect(change.patch).toEqual({ fresh: true })
    expect(change.next).toEqual({
      updatedAt: stampAt(5),
      deleted: false,
      occurredAt: null,
      snapshot: { id: 42, status: 2 },
      shownBy: showerBit.push,
      toldBy: 9,
      toldAt: stampAt(5),
      toldAs: showerBit.push,
      createdBy: 9,
      pushedAt: 1_000,
      carried: null
    })
  })
  it("names the fields that differ without the stamp's, and keeps those that it does not show", () => {
    const change = moved(by(ticketEvent(6, { status: 3, updated_at: "6" }), known()))
    expect(change.changed).toEqual(["status"])
    expect(change.patch).toEqual({ set: { status: 2, updated_at: "5" } })
    expect(change.next.snapshot).toEqual({ id: 42, status: 3, updated_at: "6" })
    expect(change.next).toMatchObject({ toldBy: 9, createdBy: 1, updatedAt: stampAt(6) })
  })
  it("names a text that the push says has changed, though it has cut it before the change", () => {
    const before = known({ snapshot: { id: 42, description: "a long text", is_description_truncated: false } })
    const cut = { id: 42, description: "a long", is_description_truncated: true }
    expect(moved(by({ ...ticketEvent(6, cut), changed: ["description"] }, before)).changed).toContain("description")
  })
  it.each([
    ["says so", ticketEvent(6, null, { event: "ticket_delete" })],
    ["is an update that shows it", ticketEvent(6, { deleted: true })]
  ])("deletes the entity where it %s", (_, event) => {
    const change = moved(by(event, known()))
    expect(change.next.deleted).toBe(true)
    expect(change.patch.deleted).toBe(false)
    expect(visible(change.next)).toBeNull()
  })
  it("brings a deleted entity back only where it shows it", () => {
    const deleted = known({ deleted: true })
    expect(moved(by(ticketEvent(6, { status: 2 }), deleted)).next.deleted).toBe(false)
    expect(moved(by(ticketEvent(6, null), deleted)).next.deleted).toBe(true)
  })
  it("of a list names fields that no look had shown, where nothing else explains the newer stamp", () => {
    const shows = { id: 42, status: 2, tags: ["a"] }
    expect(moved(by(ticketEvent(6, shows), known(), "reconciliation")).changed).toEqual(["tags"])
    const listed = known({ shownBy: showerBit.push | showerBit.list, snapshot: { ...shows, tags: ["b"] } })
    expect(moved(by(ticketEvent(6, shows), listed, "reconciliation")).changed).toEqual(["tags"])
  })
})

describe("an event that is late", () => {
  it("leaves the state, and a creation is noted", () => {
    expect(by(ticketEvent(4, { status: 9 }), known())).toEqual({ kind: "late", createdBy: 1, inPart: true })
    const unknownCreation = known({ createdBy: null })
    const creation = ticketEvent(4, { status: 9 }, { event: "ticket_create" })
    expect(by(creation, unknownCreation)).toEqual({ kind: "late", createdBy: 9, inPart: false })
  })
  it("has told of it in part unless it carries what has changed, or is the provider's own answer", () => {
    expect(by({ ...ticketEvent(4, { status: 9 }), changed: ["status"] }, known())).toMatchObject({ inPart: false })
    expect(by({ ...ticketEvent(4, { status: 9 }), changed: ["tags"] }, known())).toMatchObject({ inPart: true })
    expect(by({ ...ticketEvent(4, { status: 9 }), shownBy: "item" }, known())).toMatchObject({ inPart: false })
  })
})

describe("an event of a change that another has told of", () => {
  it.each([
    ["a list shows what a push told", ticketEvent(5, { id: 42, status: 2 }), "reconciliation", 1],
    ["a list shows other content of the same second", ticketEvent(5, { status: 3 }), "reconciliation", null],
    ["a second push of the same second", ticketEvent(5, { status: 2 }), "webhook", null],
    ["a second creation", ticketEvent(5, { status: 2 }, { event: "ticket_create" }), "webhook", 1]
  ] as const)("%s", (_, event, origin, first) => {
    const change = by(event, known(), origin)
    expect(change.kind === "duplicate" ? change.of : null).toBe(first)
  })
  it("a deletion is told once until the entity is back", () => {
    const deletion = ticketEvent(7, null, { event: "ticket_delete" })
    expect(by(deletion, known({ deleted: true, toldBy: 4 }))).toMatchObject({ kind: "duplicate", of: 4 })
    expect(by(deletion, known()).kind).toBe("moved")
  })
  it("adds the fields and the finer time that it alone knows", () => {
    const event = ticketEvent(5, { id: 42, status: 2, tags: [] }, { occurredAt: stampAt(5) + 300 })
    expect(by(event, known(), "reconciliation")).toEqual({
      kind: "duplicate",
      of: 1,
      next: {
        ...known(),
        occurredAt: stampAt(5) + 300,
        snapshot: { id: 42, status: 2, updated_at: "5", tags: [] },
        shownBy: showerBit.push | showerBit.list
      }
    })
  })
  it("adds nothing where it is older, and no content to a deleted entity", () => {
    const older = ticketEvent(4, { status: 2, updated_at: "5" }, { event: "ticket_create" })
    expect(by(older, known())).toEqual({ kind: "duplicate", of: 1, next: null })
    const deletion = ticketEvent(6, { status: 2 }, { event: "ticket_delete" })
    const next = by(deletion, known({ deleted: true }))
    expect(next).toMatchObject({
      kind: "duplicate",
      next: { snapshot: null, updatedAt: stampAt(6), toldAt: stampAt(6) }
    })
  })
})

const snapshots: fc.Arbitrary<Snapshot> = fc.dictionary(
  fc.constantFrom("status", "tags", "subject", "deleted"),
  fc.constantFrom<unknown>(1, 2, null, ["a"], { x: 1 }, { x: 2 }, true)
)
const events = fc.array(
  fc.record({
    seconds: fc.integer({ min: 0, max: 6 }),
    snapshot: fc.option(snapshots),
    event: fc.constantFrom("ticket_create", "ticket_update", "ticket_delete"),
    origin: fc.constantFrom<Origin>("webhook", "reconciliation")
  }),
  { maxLength: 12 }
)

/** What each step breaks: `null` for nothing. */
const brokenBy = (change: StateChange, before: StoredState | null, after: StoredState | null): string | null => {
  if ((after?.updatedAt ?? 0) < (before?.updatedAt ?? 0)) return "the stamp goes back"
  if (change.kind !== "moved") return null
  const taken = visible(applyReverse(change.next, change.patch))
  return same(taken, visible(before)) ? null : "the reverse patch gives another state"
}

describe("whatever comes", () => {
  it("the stamp never goes back, and each reverse patch gives the state before", () => {
    fc.assert(
      fc.property(events, (all) => {
        let state: StoredState | null = null
        const broken = all.flatMap(({ event, origin, seconds, snapshot }, at) => {
          const before: StoredState | null = state
          const change = by(ticketEvent(seconds, snapshot, { event }), before, origin, at)
          const next = change.kind === "late" ? null : change.next
          if (next !== null) state = { ...next, snapshot: next.snapshot ?? before!.snapshot }
          return brokenBy(change, before, state) ?? []
        })
        expect(broken).toEqual([])
      }),
      { numRuns: 100 }
    )
  })
})
