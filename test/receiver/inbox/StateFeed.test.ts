/** The states of an inbox as a reader beside the receiver follows them. */
import { join } from "node:path"
import { expect, it, onTestFinished } from "vitest"
import { openStateFeed } from "../../../src/receiver/index.js"
import { PushRows } from "../../../src/store/index.js"
import { deliveryBody } from "../../support/deliveries.js"
import { temporaryFolder } from "../../support/files.js"
import { inboxKey, openInboxIn, stampAt, ticketEvent } from "../../support/memoryInbox.js"

it("tells since which version pushes have carried all that changed, and which fields", () => {
  const file = join(temporaryFolder(), "inbox.db")
  const { apply } = openInboxIn(file)
  const feed = openStateFeed(file, inboxKey)
  onTestFinished(() => feed.close())
  const found = () => feed.find("fd", "ticket", "42")!
  const carrying = (n: number, status: number) =>
    ticketEvent(n, { status, priority: 1 }, { changed: ["status"], occurredAt: stampAt(n) })
  apply([ticketEvent(1, { status: 2 })])
  const { version } = found()
  expect(found()).toMatchObject({ carriedSince: null, carried: [] })
  apply([carrying(2, 3)])
  apply([carrying(3, 4)])
  expect(found()).toMatchObject({ carriedSince: version, carried: ["status", "priority"] })
  // A late push: its change is not in the state.
  apply([ticketEvent(2, { status: 2 }, { occurredAt: stampAt(2) + 1 })])
  expect(found()).toMatchObject({ carriedSince: null, updatedAt: stampAt(3) })
  const after = found().version
  apply([carrying(4, 5)])
  expect(found().carriedSince).toBe(after)
  // A reply moves the ticket's stamp, and does not show the ticket.
  apply([ticketEvent(9, { ticket_id: 42 }, { event: "conversation_create", entity: "conversation", entityId: "7" })])
  expect(found()).toMatchObject({ carriedSince: null, carried: [], touchedAt: stampAt(9) })
})

it("tells how many pushes of each event came when, and what reconciliation found that no push has told of", () => {
  const file = join(temporaryFolder(), "inbox.db")
  const { apply, file: opened } = openInboxIn(file)
  const feed = openStateFeed(file, inboxKey)
  onTestFinished(() => feed.close())
  apply([ticketEvent(1, { status: 2 }), ticketEvent(2, { status: 3 })])
  apply([ticketEvent(3, { status: 4 }, { event: "ticket_create", entityId: "43" })])
  const one = { slot: 0, source: "fd", lastAt: 1_001 }
  expect(feed.pushSlots(0)).toEqual([
    { ...one, event: "ticket_create", lastAt: 1_002, pushes: 1, newest: stampAt(3) },
    { ...one, event: "ticket_update", pushes: 2, newest: stampAt(2) }
  ])
  expect(feed.pushSlots(1)).toEqual([])
  const healed = (updatedAt: number) => ({ source: "fd", event: "ticket_update", entity: "ticket", updatedAt })
  expect(feed.healed(0)).toEqual([])
  const [told, lost] = [ticketEvent(10, { status: 5 }), ticketEvent(20, { status: 6 })]
  // As its sweep stores it: these are found by their stamp.
  const stamped = ({ deliveryId }: { readonly deliveryId: number }, updatedAt: number) =>
    opened.database
      .prepare("UPDATE delivery SET updated_at = ?, event = 'ticket_update', entity = 'ticket' WHERE id = ?")
      .run(updatedAt, deliveryId)
  stamped(apply([told], "reconciliation")[0]!, stampAt(10))
  stamped(apply([lost], "reconciliation")[0]!, stampAt(20))
  expect(feed.healed(0)).toEqual([
    { ...healed(stampAt(20)), changed: ["status"] },
    { ...healed(stampAt(10)), changed: ["status"] }
  ])
  expect(feed.healed(stampAt(10))).toEqual([{ ...healed(stampAt(20)), changed: ["status"] }])
  expect(feed.pushSlots(0)).toHaveLength(2)
  // The push of the last one comes late: it was on its way.
  apply([lost])
  expect(feed.healed(stampAt(10))).toEqual([])
})

it("leaves room for a rare kind of healed changes beside a busy one", () => {
  const path = join(temporaryFolder(), "inbox.db")
  const { apply, file } = openInboxIn(path)
  const feed = openStateFeed(path, inboxKey)
  onTestFinished(() => feed.close())
  apply([ticketEvent(1, { status: 2 })], "reconciliation")
  const copy = file.database.prepare(
    `INSERT INTO delivery (source, origin, received_at, body, state, applied, dedupe_key, body_sha256, event,
       entity, entity_id, updated_at, changed)
     SELECT source, 'reconciliation', received_at, body, state, applied, CAST(? AS BLOB), body_sha256, ?, 'ticket', ?, ?, ?
     FROM delivery LIMIT 1`
  )
  const put = (event: string, seconds: number, changed: string) =>
    copy.run(`${event} ${seconds} ${changed}`, event, String(seconds), stampAt(seconds), JSON.stringify([changed]))
  for (let at = 10; at < 15; at++) {
    put("ticket_create", at, "status")
    put("ticket_update", at, "priority")
  }
  for (let at = 20; at < 2_010; at++) put("ticket_update", at, "tags")
  for (let at = 20; at < 2_520; at++) put("contact_update", at, "name")
  const found = feed.healed(stampAt(5))
  expect(found).toHaveLength(2_000)
  const of = (event: string, changed: string) =>
    found.flatMap((one) => (one.event === event && one.changed?.[0] === changed ? [one.updatedAt] : []))
  const rare = [14, 13, 12, 11, 10].map(stampAt)
  expect([of("ticket_create", "status"), of("ticket_update", "priority")]).toEqual([rare, rare])
  // Of the busy ones the newest.
  const busy = [of("ticket_update", "tags"), of("contact_update", "name")]
  expect(busy.map((all) => [all.length, all[0], all.at(-1)])).toEqual([
    [995, stampAt(2_009), stampAt(1_015)],
    [995, stampAt(2_519), stampAt(1_525)]
  ])
})

it("takes what moved without a stamp for told: a push of that stamp has come", () => {
  const path = join(temporaryFolder(), "inbox.db")
  const { inbox } = openInboxIn(path)
  const feed = openStateFeed(path, inboxKey)
  onTestFinished(() => feed.close())
  const put = (origin: "webhook" | "reconciliation", id: string, seconds: number, score: number) => {
    const event = ticketEvent(seconds, { id, score, updated_at: new Date(stampAt(seconds)).toISOString() })
    const found = { ...event, entityId: id, occurredAt: null }
    const pushed = { event: event.event, entity: "ticket", id, updated_at: new Date(stampAt(seconds)).toISOString() }
    const body =
      origin === "webhook" ? deliveryBody({ ...pushed, snapshot: event.snapshot }) : JSON.stringify({ found })
    const delivery = { source: "fd", origin, receivedAt: 1_000, body: Buffer.from(body), deliveryId: null, headers: {} }
    expect(inbox.putAll([delivery])).toEqual(["stored"])
    inbox.applyAll([{ id: inbox.newest(), event: found }])
  }
  put("webhook", "7", 10, 1)
  // A sweep finds another score, under the same stamp; of another ticket it finds what no push has told.
  put("reconciliation", "7", 10, 2)
  put("reconciliation", "8", 10, 2)
  put("reconciliation", "7", 11, 3)
  expect(feed.healed(0).map(({ updatedAt }) => updatedAt)).toEqual([stampAt(11), stampAt(10)])
})

it("keeps the counts of an event for four weeks behind its newest push", () => {
  const path = join(temporaryFolder(), "inbox.db")
  const { file } = openInboxIn(path)
  const feed = openStateFeed(path, inboxKey)
  onTestFinished(() => feed.close())
  const count = PushRows.countPush(file.database)
  const day = 86_400_000
  for (const [event, at] of [
    ["ticket_update", 0],
    ["ticket_update", 28 * day],
    ["contact_update", 0]
  ] as const)
    count("fd", event, at, at)
  const kept = () => feed.pushSlots(0).map(({ event, lastAt }) => `${event} ${lastAt / day}`)
  expect(kept()).toEqual(["contact_update 0", "ticket_update 0", "ticket_update 28"])
  count("fd", "ticket_update", 29 * day, 29 * day)
  expect(kept()).toEqual(["contact_update 0", "ticket_update 28", "ticket_update 29"])
})
