/**
 * Parses a verified body into an event. A body that is not understood goes to quarantine: a retry would not mend it.
 * Pure.
 */

import type { PushedEvent } from "../../domain/Event.js"
import { appBody } from "./appBody.js"
import { bodyJson } from "./BodyJson.js"
import { describedPayload } from "./describedPayload.js"
import { freshchatAction } from "./freshchatAction.js"
import type { Reading, Sender } from "./Payload.js"
import { productEvent } from "./productEvent.js"
import { ruleWebhook } from "./ruleWebhook.js"

export type ParsedPayload =
  | { readonly understood: true; readonly event: PushedEvent }
  | { readonly understood: false; readonly reason: string }

const no = (reason: string): ParsedPayload => ({ understood: false, reason })

/** The last one takes any other body, and names the field that it lacks. */
const readings: ReadonlyArray<Reading> = [ruleWebhook, freshchatAction, productEvent, appBody]

/** Parses a body of any known shape. Never throws: a body that breaks its reading is not understood. */
export const parsePayload = (body: Buffer, sender: Sender): ParsedPayload => {
  try {
    return read(body, sender)
  } catch {
    return no("a body that its reading could not deal with")
  }
}

const read = (body: Buffer, sender: Sender): ParsedPayload => {
  const json = bodyJson(body)
  if (typeof json === "string") return no(json)
  for (const reading of sender.provider?.described === undefined ? readings : [describedPayload]) {
    const made = reading(json, sender)
    if (typeof made === "string") return no(made)
    if (made !== null) return { understood: true, event: made }
  }
  return no("a shape that is not known")
}

/**
 * A single spelling for equal JSON values, told apart by their lengths instead of by escapes: half the work of
 * canonical JSON.
 */
export const plainSpelling = (value: unknown): string => {
  if (typeof value === "string") return `"${value.length}:${value}`
  if (value === null || typeof value !== "object") return `${value};`
  if (Array.isArray(value)) return `[${value.map(plainSpelling).join("")}]`
  const record = value as Record<string, unknown>
  let text = "{"
  for (const key of Object.keys(record).sort()) text += plainSpelling(key) + plainSpelling(record[key])
  return `${text}}`
}
