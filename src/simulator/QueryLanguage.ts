/** The search language: `"priority:3 AND (status:2 OR tag:'vip')"`, comparisons on dates included. */
import type { Entity } from "./Entity.js"

type Predicate = (ticket: Entity) => boolean

const token = /\s*(\(|\)|AND\b|OR\b|([a-z_]+):(>|<)?('[^']*'|[^\s()]+))/y

/** `null` when the query cannot be understood. */
export const parseQuery = (query: string): Predicate | null => {
  const text = /^"(.*)"$/s.exec(query.trim())?.[1]
  if (text === undefined) return null
  const tokens: Array<RegExpExecArray> = []
  token.lastIndex = 0
  while (token.lastIndex < text.trimEnd().length) {
    const next = token.exec(text)
    if (next === null) return null
    tokens.push(next)
  }
  let at = 0
  const term = (): Predicate | null => {
    const next = tokens[at++]
    if (next === undefined) return null
    if (next[1] === "(") {
      const inner = either()
      return tokens[at++]?.[1] === ")" ? inner : null
    }
    if (next[2] === undefined) return null
    const value = next[4]!
    if (value === "null") return next[3] === undefined ? without(next[2]) : null
    return comparison(next[2], next[3], value.replace(/^'|'$/g, ""))
  }
  const both = (): Predicate | null => {
    let left = term()
    while (left !== null && tokens[at]?.[1] === "AND") {
      at += 1
      const [a, b] = [left, term()]
      left = b === null ? null : (ticket) => a(ticket) && b(ticket)
    }
    return left
  }
  const either = (): Predicate | null => {
    let left = both()
    while (left !== null && tokens[at]?.[1] === "OR") {
      at += 1
      const [a, b] = [left, both()]
      left = b === null ? null : (ticket) => a(ticket) || b(ticket)
    }
    return left
  }
  const whole = either()
  return at === tokens.length ? whole : null
}

const fieldNames: Readonly<Record<string, string>> = { agent_id: "responder_id", tag: "tags" }

const valueOf = (ticket: Entity, name: string): unknown => {
  const field = fieldNames[name] ?? name
  return ticket[field] ?? (ticket["custom_fields"] as Record<string, unknown> | undefined)?.[field]
}

/** `tag:null`: no value is assigned [docs]. */
const without =
  (name: string): Predicate =>
  (ticket) => {
    const actual = valueOf(ticket, name)
    return actual === undefined || actual === null || (Array.isArray(actual) && actual.length === 0)
  }

/** `:>` is greater than or equal to, `:<` less than or equal to [docs]. */
const comparison = (name: string, operator: string | undefined, value: string): Predicate => {
  const field = fieldNames[name] ?? name
  return (ticket) => {
    const actual = valueOf(ticket, name)
    if (Array.isArray(actual)) return actual.includes(value)
    if (operator === undefined) return String(actual) === value
    // No value is neither early nor late.
    if (actual === undefined || actual === null) return false
    const [a, b] = /_(?:at|by|time)$/.test(field)
      ? [Date.parse(String(actual)), Date.parse(value)]
      : [Number(actual), Number(value)]
    return operator === ">" ? a >= b : a <= b
  }
}
