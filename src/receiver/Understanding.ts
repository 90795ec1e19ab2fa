/** From verified bytes to an event. What is not understood goes to quarantine: a retry would not mend it. Pure. */

import { canonicalJson } from "../domain/CanonicalJson.js"
import type { PushedEvent } from "../domain/Event.js"
import { isRecord } from "../domain/Json.js"
import { appBody } from "./payloads/appBody.js"
import { describedPayload } from "./payloads/describedPayload.js"
import { freshchatAction } from "./payloads/freshchatAction.js"
import type { Reading, Sender } from "./payloads/Payload.js"
import { productEvent } from "./payloads/productEvent.js"
import { ruleWebhook } from "./payloads/ruleWebhook.js"

export type Understood =
  | { readonly understood: true; readonly event: PushedEvent }
  | { readonly understood: false; readonly reason: string }

/** No provider nests this deep; what does is an attack on whoever walks it. */
const maxDepth = 100

const no = (reason: string): Understood => ({ understood: false, reason })

/** The last one takes what is left, and says what it lacks. */
const readings: ReadonlyArray<Reading> = [ruleWebhook, freshchatAction, productEvent, appBody]

/** Reads a body in whichever of the known shapes it has. */
export const understand = (body: Buffer, sender: Sender): Understood => {
  if (tooDeep(body)) return no(`nested deeper than ${maxDepth} levels`)
  let parsed: unknown
  try {
    parsed = JSON.parse(body.toString("utf8"))
  } catch {
    return no("no JSON")
  }
  if (!isRecord(parsed)) return no("no JSON object")
  // What reconciliation puts into the inbox has our own shape, whoever the provider is.
  const described = sender.provider?.described !== undefined && parsed["snapshot"] === undefined
  for (const reading of described ? [describedPayload] : readings) {
    const read = reading(parsed, sender)
    if (typeof read === "string") return no(read)
    if (read !== null) return { understood: true, event: read }
  }
  return no("a shape that is not known")
}

/** Whether there are more than `most` opening brackets at all, strings included: most bodies end here, at native speed. */
const manyBrackets = (body: Buffer, most: number): boolean => {
  let count = 0
  for (const bracket of [0x5b, 0x7b]) {
    for (let at = body.indexOf(bracket); at !== -1; at = body.indexOf(bracket, at + 1)) if (++count > most) return true
  }
  return false
}

/** Counts brackets outside strings, so that nothing recursive ever meets such a body. */
const tooDeep = (body: Buffer): boolean => {
  if (!manyBrackets(body, maxDepth)) return false
  let depth = 0
  let inString = false
  for (let index = 0; index < body.length; index++) {
    const byte = body[index]
    if (inString) {
      if (byte === 0x5c) index += 1
      else if (byte === 0x22) inString = false
    } else if (byte === 0x22) inString = true
    else if (byte === 0x5b || byte === 0x7b) {
      if (++depth > maxDepth) return true
    } else if (byte === 0x5d || byte === 0x7d) depth -= 1
  }
  return false
}

/**
 * What makes two deliveries the same: source, entity type, id, event, updated_at and the snapshot. Freshworks sends no
 * delivery id, and `updated_at` has whole seconds, so two changes can share one (FRESHWORKS.md, "Webhooks").
 */
export const dedupeParts = (source: string, event: PushedEvent): string =>
  [source, event.entity, event.entityId, event.event, event.updatedAt ?? "", canonicalJson(event.snapshot)].join("\0")
