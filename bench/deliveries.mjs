// Signed deliveries of tickets, as the app posts them.
import { createHmac } from "node:crypto"

export const secret = "bench-secret"

export const signatureOf = (body) => createHmac("sha256", secret).update(body).digest("hex")

/** A change of a ticket; `fields` are the snapshot's. */
export const ticketBody = (id, stamp, fields) =>
  JSON.stringify({
    event: "ticket_update",
    entity: "ticket",
    id,
    updated_at: stamp,
    account: "acme.freshdesk.com",
    actor: { type: "agent", id: 7 },
    snapshot: { id, status: 2, subject: "A ticket", updated_at: stamp, ...fields }
  })

/** To a receiver of this process, as its listener would; the status of its answer. */
export const deliver = (receiver, body) => {
  const head = {
    method: "POST",
    source: "fd",
    headers: { "x-freshworks-signature": signatureOf(body) },
    remoteAddress: ""
  }
  return new Promise((resolve) => receiver.intake.deliver(head, body, ({ status }) => resolve(status)))
}
