/** Whether an entity is found by a query: yes, no, or not surely known. Pure. */
import { isRecord } from "../../domain/Json.js"
import { parseTimestamp } from "../../domain/Time.js"
import type { SearchRule } from "../../providers/index.js"
import type { Fields } from "../state/Shape.js"
import type { SearchQuery, Term } from "./SearchQuery.js"

/** `null`: the provider may find it or not. */
export const isFound = (rule: SearchRule, query: SearchQuery, item: Fields): boolean | null => {
  if (query.kind === "term") return meets(rule, query, item)
  let sure = true
  const decisive = query.kind === "or"
  for (const part of query.parts) {
    const found = isFound(rule, part, item)
    if (found === decisive) return decisive
    if (found === null) sure = false
  }
  return sure ? !decisive : null
}

const meets = (
  { custom, fields }: SearchRule,
  { name, operator, quoted, value }: Term,
  item: Fields
): boolean | null => {
  const named = fields[name]
  const holder = named === undefined ? item[custom] : item
  const field = named?.field ?? name
  if (!isRecord(holder) || !Object.hasOwn(holder, field)) return null
  const actual = holder[field]
  if (!quoted && value === "null") return isNothing(actual)
  if (named?.kind === "moment") {
    if (actual === null) return false
    const at = parseTimestamp(actual)
    if (at === null) return null
    return operator === ">" ? at >= Date.parse(value) : at <= Date.parse(value)
  }
  if (actual === null) return false
  if (named?.kind === "texts") return hasText(actual, value)
  if (quoted) return typeof actual === "string" ? isText(actual, value) : null
  if (value === "true" || value === "false") return typeof actual === "boolean" ? String(actual) === value : null
  if (typeof actual !== "number") return null
  return operator === ">"
    ? actual >= Number(value)
    : operator === "<"
      ? actual <= Number(value)
      : actual === Number(value)
}

/** Whether an empty text is a value is not documented. */
const isNothing = (actual: unknown): boolean | null =>
  actual === "" ? null : actual === null || (Array.isArray(actual) && actual.length === 0)

/** Whether letters' case and parts of a text count is not documented. */
const isText = (actual: string, value: string): boolean | null => {
  if (actual === value) return true
  return actual.toLowerCase().includes(value.toLowerCase()) ? null : false
}

const hasText = (actual: unknown, value: string): boolean | null => {
  if (!Array.isArray(actual)) return null
  const verdicts = actual.map((one) => (typeof one === "string" ? isText(one, value) : null))
  return verdicts.includes(true) ? true : verdicts.includes(null) ? null : false
}
