/** Readings of senders' bodies: one file for each shape, tried in turn. */
import type { PushedEvent } from "../../domain/Event.js"
import { type EpochMillis, isMoment } from "../../domain/Time.js"
import type { Provider } from "../../providers/index.js"

/** The sender of a body, as far as its reading depends on it. */
export interface Sender {
  readonly provider: Provider | null
  /** A header of the delivery; `undefined` once only the body is left of it. */
  readonly header: (name: string) => string | null | undefined
}

export type Json = Readonly<Record<string, unknown>>

/**
 * Reads a body of one shape. `null`: the body has another shape. A text says why a body of this shape is not
 * understood.
 */
export type Reading = (body: Json, sender: Sender) => PushedEvent | string | null

const entityName = /^[a-z][a-z0-9_]{0,63}$/

export const isName = (value: unknown): value is string => typeof value === "string" && entityName.test(value)

/**
 * An entity's id as text; `null` for an invalid one. A number with a fraction, or that has lost digits, names
 * nothing. Half a surrogate pair would not come back from the database as it went in, and a NUL ends a text for many
 * programs.
 */
export const idOf = (value: unknown): string | null => {
  if (typeof value === "number") return Number.isSafeInteger(value) ? String(value) : null
  if (typeof value !== "string") return null
  return value === "" || value.length > 128 || /[\p{Surrogate}\0]/u.test(value) ? null : value
}

/** `data.ticket` in a body. */
export const at = (body: Json, path: string): unknown => {
  let value: unknown = body
  for (const part of path.split(".")) {
    // Own fields only: a path never leads into a prototype.
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, part)) return undefined
    value = (value as Json)[part]
  }
  return value
}

/**
 * A text, number or truth value as text; empty for anything else: an object of a sender's may have a `toString` of
 * its own.
 */
export const wordOf = (value: unknown): string =>
  typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? String(value) : ""

/** A number that a sender gives for a moment; a text says that it is not valid. Any other value counts as not given. */
export const momentOf = (value: unknown): EpochMillis | null | string =>
  typeof value !== "number" ? null : isMoment(value) ? value : "a time that no clock shows"
