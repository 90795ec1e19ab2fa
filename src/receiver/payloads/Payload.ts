/** How each sender's body becomes an event: one file for each shape, asked in turn. */
import type { PushedEvent } from "../../domain/Event.js"
import type { Provider } from "../../providers/index.js"

/** Who sent a body, as far as its reading depends on it. */
export interface Sender {
  readonly provider: Provider | null
  /** A header of the delivery; `undefined` once only the body is left of it. */
  readonly header: (name: string) => string | null | undefined
}

export type Json = Readonly<Record<string, unknown>>

/** `null`: the body has another shape. A text says why a body of this shape is not understood. */
export type Reading = (body: Json, sender: Sender) => PushedEvent | string | null

const entityName = /^[a-z][a-z0-9_]{0,63}$/

export const isName = (value: unknown): value is string => typeof value === "string" && entityName.test(value)

/**
 * An entity's id as text; `null` for what is none. A number that is not a whole one, or that has lost digits, names nothing;
 * half a surrogate pair would not come back from the database as it went in.
 */
export const idOf = (value: unknown): string | null => {
  if (typeof value === "number") return Number.isSafeInteger(value) ? String(value) : null
  if (typeof value !== "string") return null
  return value === "" || value.length > 128 || /\p{Surrogate}/u.test(value) ? null : value
}

/** `data.ticket` in a body. */
export const at = (body: Json, path: string): unknown => {
  let value: unknown = body
  for (const part of path.split(".")) {
    if (typeof value !== "object" || value === null) return undefined
    value = (value as Json)[part]
  }
  return value
}
