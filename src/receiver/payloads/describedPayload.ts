/** The body of a provider that a data file describes (docs/providers.md). */
import { eventName, type PushedEvent } from "../../domain/Event.js"
import { isRecord } from "../../domain/Json.js"
import { parseTimestamp } from "../../domain/Time.js"
import { at, idOf, type Reading, wordOf } from "./Payload.js"

export const describedPayload: Reading = (body, { header, provider }): PushedEvent | string | null => {
  const webhook = provider?.described?.webhook
  if (provider === null || webhook === undefined) return null
  const rule = webhook.payloads.find((payload) => {
    const given = payload.header === undefined ? null : header(payload.header.name)
    // Where only the body is left, the entity in it has to tell.
    const byHeader =
      payload.header === undefined ||
      (given === undefined ? isRecord(at(body, payload.entityAt)) : given === payload.header.value)
    const byField = payload.field === undefined || wordOf(at(body, payload.field.at)) === payload.field.value
    return byHeader && byField
  })
  if (rule === undefined) return "a delivery that no payload rule of the provider's description is for"
  const found = at(body, rule.entityAt)
  const type = provider.entities[rule.entity]
  const id = isRecord(found) && type !== undefined ? idOf(found[type.idField]) : null
  if (!isRecord(found) || type === undefined || id === null) return `a delivery without its ${rule.entity}`
  const said = rule.actionAt === undefined ? "" : wordOf(at(body, rule.actionAt))
  const action = rule.creates.includes(said) ? "create" : rule.deletes.includes(said) ? "delete" : "update"
  return {
    event: eventName(rule.entity, action),
    entity: rule.entity,
    entityId: id,
    updatedAt: parseTimestamp(found[type.updatedAtField]),
    account: null,
    actor: rule.actorAt === undefined ? null : idOf(at(body, rule.actorAt)),
    snapshot: found
  }
}
