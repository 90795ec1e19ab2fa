/**
 * A product event as the platform hands it to an app, for apps of one's own that pass it on as it is (FRESHWORKS.md,
 * route 1).
 */

import { entityOf } from "../../domain/Event.js"
import { withArticle } from "../../domain/Figures.js"
import { isRecord } from "../../domain/Json.js"
import { parseTimestamp } from "../../domain/Time.js"
import { at, idOf, momentOf, type Reading } from "./Payload.js"

export const productEvent: Reading = (body, { provider }) => {
  const { event: productName, timestamp } = body
  if (typeof productName !== "string" || !/^on[A-Z]/.test(productName) || provider === null) return null
  const known = Object.entries(provider.appEvents).find(([, event]) => event.productEvent === productName)
  if (known === undefined) return `a product event that ${provider.product} is not known to have`
  const [event, { payloadAt }] = known
  const entity = entityOf(event)
  const found = at(body, `data.${payloadAt}`)
  const type = provider.entities[entity]
  const id = isRecord(found) && type !== undefined ? idOf(found[type.idField]) : null
  if (!isRecord(found) || type === undefined || id === null) return `${withArticle(productName)} without its ${entity}`
  const moment = momentOf(timestamp)
  if (typeof moment === "string") return moment
  const { changes = at(body, "data.changes.model_changes"), ...snapshot } = found
  const others = at(body, "data.changes.system_changes")
  const actor = at(body, "data.actor.id")
  return {
    event,
    entity,
    entityId: id,
    occurredAt: moment,
    updatedAt: parseTimestamp(found[type.updatedAtField]) ?? moment,
    account: typeof body["domain"] === "string" ? body["domain"] : null,
    actor: idOf(actor),
    // The products' maps of changes: the names are the keys.
    ...(isRecord(changes)
      ? { changed: [...Object.keys(changes), ...Object.keys(isRecord(others) ? others : {})] }
      : {}),
    snapshot
  }
}
