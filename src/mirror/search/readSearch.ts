/** Reads a search as a question: which conditions pass with time, and which move only with a change. Pure. */
import type { SearchRule } from "../../providers/index.js"
import type { Reason, SearchQuestion } from "../Question.js"
import { parseSearch, type SearchQuery, type Term, termsOf } from "./SearchQuery.js"

export const readSearch = (
  rule: SearchRule,
  parameters: URLSearchParams
): Pick<SearchQuestion, "query" | "stem"> | Reason => {
  if ([...parameters.keys()].some((name) => !["query", "page"].includes(name))) return "parameter"
  // In which order results stand is not documented: only those that fit on a page are answered.
  if ((parameters.get("page") ?? "1") !== "1") return "pages"
  const text = parameters.get("query") ?? ""
  const inner = /^"(.*)"$/s.exec(text)?.[1]
  const query = inner === undefined || text.length > rule.longest ? null : parseSearch(inner)
  if (query === null) return "value"
  const terms = termsOf(query)
  // A program that asks for what changed since its last search would lose what comes late.
  if (terms.some(({ name, operator }) => operator !== "<" && isCursor(rule, name))) return "newest-first"
  if (!terms.every((term) => isUnderstood(rule, term))) return "value"
  const stem = stemOf(rule, query)
  return stem === null ? "value" : { query, stem }
}

const isCursor = ({ fields }: SearchRule, name: string): boolean =>
  ["updated_at", "created_at"].includes(fields[name]?.field ?? "")

const isMoment = ({ fields }: SearchRule, { name }: Term): boolean => fields[name]?.kind === "moment"

const isUnderstood = (rule: SearchRule, { name, operator, quoted, value }: Term): boolean => {
  const kind = rule.fields[name]?.kind ?? (/^cf_/.test(name) ? "custom" : null)
  if (!quoted && value === "null") return operator === "" && kind !== null
  if (kind === "moment")
    return (
      operator !== "" && quoted && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(value) && !Number.isNaN(Date.parse(value))
    )
  if (kind === "number") return !quoted && isNumber(value)
  if (kind === "text" || kind === "texts") return quoted && operator === ""
  // An account's own field: text, a number or a checkbox.
  if (kind === "custom") return operator === "" && (quoted || isNumber(value) || value === "true" || value === "false")
  return false
}

const isNumber = (text: string): boolean => /^-?\d{1,15}$/.test(text)

/** `null` where nothing would be left of it, or a moment is one of several ways to be found. */
const stemOf = (rule: SearchRule, query: SearchQuery): SearchQuery | null => {
  const parts = query.kind === "and" ? query.parts : [query]
  const kept = parts.filter((part) => part.kind !== "term" || !isMoment(rule, part))
  if (kept.length === 0 || kept.some((part) => termsOf(part).some((term) => isMoment(rule, term)))) return null
  return kept.length === 1 ? kept[0]! : { kind: "and", parts: kept }
}
