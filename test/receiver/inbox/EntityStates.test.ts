/** The states of entities in an inbox: the rows that each event leaves, and merges without an event. */
import { describe, expect, it } from "vitest"
import { showerBit } from "../../../src/domain/Shown.js"
import { openMemoryInbox, stampAt, ticketEvent } from "../../support/memoryInbox.js"

const state = (inbox: ReturnType<typeof openMemoryInbox>["inbox"], id = "42") => inbox.state("fd", "ticket", id)

describe("moving states by deliveries", () => {
  it("marks each delivery by what its event did", () => {
    const { apply, inbox, row } = openMemoryInbox()
    const applied = apply([
      ticketEvent(1, { status: 2 }),
      ticketEvent(3, { status: 3 }),
      ticketEvent(2, { status: 9 }),
      ticketEvent(4, null, { event: "ticket_delete" }),
      ticketEvent(5, null, { event: "ticket_delete" })
    ])
    expect(applied.map(({ duplicate, late }) => [late, duplicate])).toEqual([
      [false, false],
      [false, false],
      [true, false],
      [false, false],
      [false, true]
    ])
    const rows = applied.map(({ deliveryId }) => row(deliveryId))
    expect(rows.map((one) => one["changed"])).toEqual(['["status"]', '["status"]', "null", '["status"]', "[]"])
    expect(rows.map((one) => [one["state"], one["applied"], one["next_attempt_at"]])).toEqual([
      ...Array.from({ length: 4 }, () => ["stored", 1, 0]),
      ["delivered", 1, null]
    ])
    expect(rows.map((one) => one["undo"] !== null)).toEqual([true, true, false, true, false])
    expect(state(inbox)).toMatchObject({ updatedAt: stampAt(5), deleted: true, snapshot: { status: 3 } })
  })
  it("counts a duplicate and its copies with the delivery that told first", () => {
    const { aside, file, inbox, row, store } = openMemoryInbox()
    const creation = ticketEvent(1, { status: 2 }, { event: "ticket_create" })
    const [first, second] = store([creation, creation])
    file.database.prepare("UPDATE delivery SET duplicates = 3 WHERE id = ?").run(second)
    inbox.applyAll([
      { id: first!, event: creation },
      { id: second!, event: creation }
    ])
    expect(row(first!)["duplicates"]).toBe(4)
    expect(row(second!)).toMatchObject({ duplicate_of: first, state: "delivered", delivered_at: 1_001 })
    expect(aside.news()).toEqual([])
  })
  it("tells an echo by its actor, also a late one, and by the integration's last write", () => {
    const { apply, inbox, row } = openMemoryInbox({ serviceAccountOf: () => "7" })
    inbox.noteWrite("fd", "ticket", "42", { status: 3 }, 1)
    const applied = apply([
      ticketEvent(1, { status: 2, subject: "a" }),
      ticketEvent(2, { status: 3 }),
      ticketEvent(3, { status: 4 }),
      ticketEvent(4, { status: 3, subject: "b" }),
      ticketEvent(5, { status: 5 }, { actor: "7" }),
      ticketEvent(2, { status: 3 }, { actor: "7" })
    ])
    expect(applied.map(({ deliveryId }) => row(deliveryId)["echo"])).toEqual([
      null,
      "lastWrite",
      null,
      null,
      "actor",
      "actor"
    ])
  })
  it("notes at a ticket the newest reply that moved its stamp", () => {
    const { apply, inbox } = openMemoryInbox()
    const reply = (seconds: number) =>
      ticketEvent(
        seconds,
        { ticket_id: 42 },
        { event: "conversation_create", entity: "conversation", entityId: `${seconds}` }
      )
    apply([ticketEvent(1, { status: 2 }), reply(5), reply(3)])
    expect(state(inbox)).toMatchObject({ touchedAt: stampAt(5), updatedAt: stampAt(1) })
  })
  it("sets aside the delivery whose entity cannot be read, and moves all others", () => {
    const { apply, aside, file, inbox, row, store } = openMemoryInbox()
    apply([ticketEvent(1, { status: 2 }, { entityId: "1" })])
    file.database.prepare("UPDATE entity_state SET snapshot = ?").run(Buffer.from("broken"))
    const events = ["2", "1", "3"].map((entityId) => ticketEvent(2, { status: 4 }, { entityId }))
    const ids = store(events)
    const applied = inbox.applyAll(events.map((event, at) => ({ id: ids[at]!, event })))
    expect(applied.map(({ event }) => event.entityId)).toEqual(["2", "3"])
    expect(row(ids[1]!)).toMatchObject({ state: "dead", applied: 0 })
    expect(aside.news()).toMatchObject([{ rows: 1, damaged: false }])
    expect(state(inbox, "3")?.snapshot).toEqual({ status: 4 })
  })
  it("lists the states of a type", () => {
    const { apply, inbox } = openMemoryInbox()
    apply([
      ticketEvent(1, {}, { entityId: "1" }),
      ticketEvent(2, null, { entityId: "2", event: "ticket_delete" }),
      ticketEvent(3, {}, { entity: "contact", event: "contact_update", entityId: "3" })
    ])
    expect(inbox.states("fd", "ticket")).toEqual([
      { entityId: "1", updatedAt: stampAt(1), deleted: false },
      { entityId: "2", updatedAt: stampAt(2), deleted: true }
    ])
    expect(inbox.states("other", "ticket")).toEqual([])
  })
})

describe("a state without an event", () => {
  it("is filled where nothing is known, and only there", () => {
    const { inbox } = openMemoryInbox()
    inbox.fillState("fd", "ticket", "42", stampAt(1), { status: 2 }, stampAt(1) + 9, "list")
    inbox.fillState("fd", "ticket", "42", stampAt(8), { status: 3 }, null, "item")
    expect(state(inbox)).toEqual({
      updatedAt: stampAt(1),
      deleted: false,
      touchedAt: null,
      tells: {},
      occurredAt: stampAt(1) + 9,
      shownBy: showerBit.list,
      snapshot: { status: 2 }
    })
    expect(state(inbox, "43")).toBeNull()
  })
  it("takes up further fields, and the next event still names the change before it", () => {
    const { apply, inbox } = openMemoryInbox()
    apply([ticketEvent(1, { status: 2 })])
    inbox.mergeState("fd", "ticket", "42", stampAt(2), { tags: [] }, state(inbox)!, stampAt(2) + 9)
    expect(state(inbox)).toMatchObject({
      updatedAt: stampAt(2),
      occurredAt: stampAt(2) + 9,
      shownBy: showerBit.push | showerBit.list,
      snapshot: { status: 2, tags: [] }
    })
  })
  it.each([
    ["its stamp has moved", { updatedAt: stampAt(0), snapshot: { status: 2 } }],
    ["its content has changed within the second", { updatedAt: stampAt(1), snapshot: { status: 1 } }]
  ])("is not merged where %s since it was looked at", (_, looked) => {
    const { apply, inbox } = openMemoryInbox()
    apply([ticketEvent(1, { status: 2 })])
    const before = state(inbox)
    inbox.mergeState("fd", "ticket", "42", stampAt(2), { tags: [] }, looked, null)
    inbox.mergeState("fd", "ticket", "43", stampAt(2), { tags: [] }, looked, null)
    expect(state(inbox)).toEqual(before)
    expect(state(inbox, "43")).toBeNull()
  })
})
