/**
 * An event that reconciliation found, as the inbox keeps it: the event itself, field by field. No sender's body is
 * read this way. Rows of earlier versions hold such an event as the body that our app posts.
 */
import type { PushedEvent } from "../../domain/Event.js"
import { isRecord } from "../../domain/Json.js"
import { isMoment } from "../../domain/Time.js"
import { appBody } from "./appBody.js"
import { bodyJson } from "./BodyJson.js"
import { idOf, isName, type Json, type Sender } from "./Payload.js"
import type { ParsedPayload } from "./PayloadParser.js"

export const foundBody = (event: PushedEvent): Buffer => Buffer.from(JSON.stringify({ found: event }))

/** Never throws. An event that the inbox cannot keep, such as one with a NUL in its id, is not understood. */
export const parseFound = (body: Buffer): ParsedPayload => {
  const json = bodyJson(body)
  if (typeof json === "string") return { understood: false, reason: json }
  const { found } = json
  const event = isRecord(found) ? eventIn(found) : appBody(json, writtenByUs)
  return event === null || typeof event === "string"
    ? { understood: false, reason: event ?? "a shape that is not known" }
    : { understood: true, event }
}

const writtenByUs: Sender = { provider: null, header: () => undefined }

const isMomentOrNull = (value: unknown): value is number | null => value === null || isMoment(value)

const textOrNull = (value: unknown): string | null => (typeof value === "string" ? value : null)

const eventIn = ({
  account,
  actor,
  entity,
  entityId,
  event,
  occurredAt = null,
  ...rest
}: Json): PushedEvent | string => {
  const { shownBy, snapshot, updatedAt } = rest
  const id = idOf(entityId)
  if (!isName(event) || !isName(entity) || id === null) return "no event, entity type or id"
  if (!isMomentOrNull(updatedAt) || !isMomentOrNull(occurredAt)) return "a time that no clock shows"
  if (snapshot !== null && !isRecord(snapshot)) return "a snapshot that is not an object"
  return {
    event,
    entity,
    entityId: id,
    updatedAt,
    occurredAt,
    account: textOrNull(account),
    actor: textOrNull(actor),
    ...(shownBy === "item" || shownBy === "list" ? { shownBy } : {}),
    snapshot
  }
}
