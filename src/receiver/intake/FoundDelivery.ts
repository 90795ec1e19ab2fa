/** An event that the receiver's own reconciliation found, as the delivery that would have told of it. */
import type { PushedEvent } from "../../domain/Event.js"
import type { EpochMillis } from "../../domain/Time.js"
import type { IncomingDelivery } from "../inbox/Delivery.js"

export const foundDelivery = (source: string, found: PushedEvent, receivedAt: EpochMillis): IncomingDelivery => {
  const { account, entity, entityId, event, occurredAt, shownBy, snapshot, updatedAt } = found
  const body = Buffer.from(
    JSON.stringify({
      event,
      entity,
      id: entityId,
      updated_at: updatedAt === null ? null : new Date(updatedAt).toISOString(),
      occurred_at: occurredAt ?? null,
      account,
      ...(shownBy === undefined ? {} : { shown_by: shownBy }),
      snapshot
    })
  )
  return { source, origin: "reconciliation", receivedAt, body, deliveryId: null, headers: {} }
}
