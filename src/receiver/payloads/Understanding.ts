/** From verified bytes to an event. What is not understood goes to quarantine: a retry would not mend it. Pure. */

import type { PushedEvent } from "../../domain/Event.js"
import { isRecord } from "../../domain/Json.js"
import { isTooDeep, maxDepth } from "../../domain/JsonDepth.js"
import { parseUntrustedJson } from "../../domain/UntrustedJson.js"
import { appBody } from "./appBody.js"
import { describedPayload } from "./describedPayload.js"
import { freshchatAction } from "./freshchatAction.js"
import type { Reading, Sender } from "./Payload.js"
import { productEvent } from "./productEvent.js"
import { ruleWebhook } from "./ruleWebhook.js"

export type Understood =
  | { readonly understood: true; readonly event: PushedEvent }
  | { readonly understood: false; readonly reason: string }

const no = (reason: string): Understood => ({ understood: false, reason })

/** The last one takes what is left, and says what it lacks. */
const readings: ReadonlyArray<Reading> = [ruleWebhook, freshchatAction, productEvent, appBody]

/** Reads a body in whichever of the known shapes it has. Never throws: a body that breaks its reading is not understood. */
export const understand = (body: Buffer, sender: Sender): Understood => {
  try {
    return read(body, sender)
  } catch {
    return no("a body that its reading could not deal with")
  }
}

const read = (body: Buffer, sender: Sender): Understood => {
  const text = body.toString("utf8")
  if (isTooDeep(text)) return no(`nested deeper than ${maxDepth} levels`)
  let parsed: unknown
  try {
    parsed = parseUntrustedJson(text)
  } catch {
    return no(body.length === 0 ? "an empty body" : "no JSON")
  }
  if (!isRecord(parsed)) return no("no JSON object")
  // What reconciliation puts into the inbox has our own shape, whoever the provider is.
  const described = sender.provider?.described !== undefined && parsed["snapshot"] === undefined
  for (const reading of described ? [describedPayload] : readings) {
    const made = reading(parsed, sender)
    if (typeof made === "string") return no(made)
    if (made !== null) return { understood: true, event: made }
  }
  return no("a shape that is not known")
}

/** One spelling for equal JSON values, told apart by their lengths instead of by escapes: half the work of canonical JSON. */
export const plainSpelling = (value: unknown): string => {
  if (typeof value === "string") return `"${value.length}:${value}`
  if (value === null || typeof value !== "object") return `${value};`
  if (Array.isArray(value)) return `[${value.map(plainSpelling).join("")}]`
  const record = value as Record<string, unknown>
  let text = "{"
  for (const key of Object.keys(record).sort()) text += plainSpelling(key) + plainSpelling(record[key])
  return `${text}}`
}
