/**
 * What reconciliation finds is kept as the event itself: read again after a restart, one with its push, and nobody's to
 * imitate.
 */
import { join } from "node:path"
import { describe, expect, it, onTestFinished } from "vitest"
import type { PushedEvent } from "../../src/domain/Event.js"
import { openInbox } from "../../src/receiver/index.js"
import { foundBody, parseFound } from "../../src/receiver/payloads/foundEvent.js"
import { deliveryBody } from "../support/deliveries.js"
import { temporaryFolder } from "../support/files.js"

const stamp = Date.UTC(2026, 2, 2, 10)
const found: PushedEvent = {
  event: "ticket_update",
  entity: "ticket",
  entityId: "42",
  updatedAt: stamp,
  occurredAt: stamp + 250,
  account: "acme.example",
  actor: null,
  shownBy: "item",
  snapshot: { id: 42, subject: "Grüße", custom_fields: { cf: null } }
}
const delivery = (body: Buffer, origin: "webhook" | "reconciliation") => ({
  source: "s",
  origin,
  receivedAt: stamp + 1_000,
  body,
  deliveryId: null,
  headers: {}
})
/** As versions before this form wrote it. */
const asAppBody = Buffer.from(
  JSON.stringify({
    event: "ticket_update",
    entity: "ticket",
    id: "42",
    updated_at: new Date(stamp).toISOString(),
    occurred_at: stamp + 250,
    account: "acme.example",
    shown_by: "item",
    snapshot: found.snapshot
  })
)

const opening = (file = join(temporaryFolder(), "f.db")) => {
  const inbox = openInbox(file)
  onTestFinished(() => {
    inbox.close()
  })
  return { inbox, file }
}

describe("an event that reconciliation found", () => {
  it("is the same event when it is read again", () => {
    expect(parseFound(foundBody(found))).toEqual({ understood: true, event: found })
    const deletion: PushedEvent = {
      ...found,
      event: "ticket_delete",
      snapshot: null,
      updatedAt: null,
      occurredAt: null
    }
    expect(parseFound(foundBody(deletion))).toEqual({ understood: true, event: deletion })
  })
  it.each([
    ["an earlier version's row", asAppBody],
    ["a row of this version", foundBody(found)]
  ])("is read from %s by a thread that is started again, and shown and told as history", (_, body) => {
    const { file, inbox } = opening()
    expect(inbox.putAll([delivery(body, "reconciliation")])).toEqual(["stored"])
    const again = opening(file).inbox
    const { rows } = again.unapplied(0, 10)
    expect(rows).toEqual([{ id: 1, source: "s", event: found }])
    expect(again.applyAll(rows)).toMatchObject([{ origin: "reconciliation", late: false }])
    expect(again.show(1)).toMatchObject({ origin: "reconciliation", event: "ticket_update", body: body.toString() })
    expect([...again.history()].filter(({ k }) => k === "applied")).toMatchObject([{ entity: "ticket", id: "42" }])
  })
  it("has one identity, however it is written and whichever way it comes", () => {
    const { inbox } = opening()
    const pushed = Buffer.from(
      deliveryBody({ id: 42, updated_at: new Date(stamp).toISOString(), snapshot: found.snapshot })
    )
    expect(inbox.putAll([delivery(pushed, "webhook")])).toEqual(["stored"])
    inbox.applyAll(inbox.unapplied(0, 10).rows)
    expect(inbox.putAll([delivery(asAppBody, "reconciliation"), delivery(foundBody(found), "reconciliation")])).toEqual(
      ["duplicate", "duplicate"]
    )
  })
  it("cannot be posted: a sender's body of this form is in quarantine", () => {
    const { inbox } = opening()
    expect(inbox.putAll([delivery(foundBody(found), "webhook")])).toEqual(["quarantined"])
  })
  it.each([
    ["a NUL in its id", { entityId: "4\x002" }],
    ["half a surrogate pair in its id", { entityId: "\ud800" }],
    ["a time that no clock shows", { updatedAt: 9e15 }],
    ["a name that is none", { event: "Ticket!" }]
  ])("is in quarantine with %s", (_, broken) => {
    const { inbox } = opening()
    const body = foundBody({ ...found, ...broken })
    expect(inbox.putAll([delivery(body, "reconciliation")])).toEqual(["quarantined"])
  })
})
