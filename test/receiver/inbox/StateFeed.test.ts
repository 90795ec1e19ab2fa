/** The states of an inbox as a reader beside the receiver follows them. */
import { join } from "node:path"
import { expect, it, onTestFinished } from "vitest"
import { openStateFeed } from "../../../src/receiver/index.js"
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
