/** An inbox in memory, with its parts in reach: no file, no thread, no socket. */
import { onTestFinished } from "vitest"
import type { Origin, PushedEvent, Snapshot } from "../../src/domain/Event.js"
import { openInboxWithFile } from "../../src/receiver/inbox/Inbox.js"
import type { InboxOptions } from "../../src/receiver/inbox/InboxFile.js"
import { deliveryBody } from "./deliveries.js"

/** Whole seconds from the first stamp on. */
export const stampAt = (seconds: number): number => Date.parse("2026-03-02T10:00:00Z") + seconds * 1000

export const ticketEvent = (
  seconds: number,
  snapshot: Snapshot | null,
  more: Partial<PushedEvent> = {}
): PushedEvent => ({
  event: "ticket_update",
  entity: "ticket",
  entityId: "42",
  updatedAt: stampAt(seconds),
  account: null,
  actor: null,
  snapshot,
  ...more
})

export const openMemoryInbox = (options: InboxOptions = {}) => openInboxIn(":memory:", options)

/** The key of these inboxes. */
export const inboxKey = { text: "5".repeat(64), place: "the test" }

/** An inbox in a file, with the helpers of the one in memory. */
export const openInboxIn = (path: string, options: InboxOptions = {}) => {
  const opened = openInboxWithFile(path, { key: inboxKey, ...options })
  onTestFinished(() => opened.inbox.close())
  const { file, inbox } = opened
  let stored = 0
  /** Stores deliveries that have not moved any state yet; their numbers. */
  const store = (events: ReadonlyArray<PushedEvent>, origin: Origin = "webhook"): ReadonlyArray<number> => {
    const before = inbox.newest()
    inbox.putAll(
      events.map(({ entity, entityId, event }) => ({
        source: "fd",
        origin: "webhook",
        receivedAt: 1_000 + stored,
        body: Buffer.from(deliveryBody({ entity, event, id: entityId })),
        deliveryId: `delivery ${++stored}`,
        headers: {}
      }))
    )
    if (origin !== "webhook") file.database.prepare("UPDATE delivery SET origin = ? WHERE id > ?").run(origin, before)
    return events.map((_, at) => before + 1 + at)
  }
  /** Stores the events and moves the state by them. */
  const apply = (events: ReadonlyArray<PushedEvent>, origin: Origin = "webhook") => {
    const ids = store(events, origin)
    return inbox.applyAll(events.map((event, at) => ({ id: ids[at]!, event })))
  }
  const row = (id: number) =>
    file.database.prepare("SELECT * FROM delivery WHERE id = ?").get(id) as Readonly<Record<string, unknown>>
  return { ...opened, store, apply, row }
}
