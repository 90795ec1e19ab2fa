/**
 * The provider's query language: `priority:3 AND (status:2 OR tag:'vip')`, with `:>` for not less and `:<` for not
 * more. A query that mixes AND and OR without parentheses is not read: which binds first is not documented. Pure.
 */

export interface Term {
  readonly kind: "term"
  readonly name: string
  readonly operator: "" | ">" | "<"
  readonly value: string
  readonly quoted: boolean
}

export interface Joined {
  readonly kind: "and" | "or"
  readonly parts: ReadonlyArray<SearchQuery>
}

export type SearchQuery = Term | Joined

/** Parentheses nested deeper than this are in no real query. */
const deepest = 20

const token = /\s*(?:(\(|\))|(AND|OR)(?![\w:])|([a-z][a-z0-9_]*):([<>]?)(?:'([^'"\\]*)'|([\w.+-]+)))/y

interface Token {
  readonly sign: string | undefined
  readonly word: string | undefined
  readonly term: Term | null
}

/** A query without its outer quotes; `null` where it is not surely understood. */
export const parseSearch = (text: string): SearchQuery | null => {
  const tokens = tokensOf(text)
  if (tokens === null) return null
  let at = 0
  const one = (depth: number): SearchQuery | null => {
    const next = tokens[at++]
    if (next?.term != null) return next.term
    if (next?.sign !== "(" || depth > deepest) return null
    const inner = joined(depth + 1)
    return tokens[at++]?.sign === ")" ? inner : null
  }
  const joined = (depth: number): SearchQuery | null => {
    const first = one(depth)
    if (first === null) return null
    const parts = [first]
    const word = tokens[at]?.word
    while (tokens[at]?.word !== undefined) {
      if (tokens[at++]!.word !== word) return null
      const next = one(depth)
      if (next === null) return null
      parts.push(next)
    }
    return parts.length === 1 ? first : { kind: word === "AND" ? "and" : "or", parts }
  }
  const whole = joined(0)
  return at === tokens.length ? whole : null
}

const tokensOf = (text: string): ReadonlyArray<Token> | null => {
  const tokens: Array<Token> = []
  const end = text.trimEnd().length
  token.lastIndex = 0
  while (token.lastIndex < end) {
    const found = token.exec(text)
    if (found === null) return null
    const [, sign, word, name, operator, quoted, plain] = found
    const term: Term | null =
      name === undefined
        ? null
        : {
            kind: "term",
            name,
            operator: operator as Term["operator"],
            value: quoted ?? plain!,
            quoted: quoted !== undefined
          }
    tokens.push({ sign, word, term })
  }
  return tokens
}

/** The same query in one spelling. */
export const searchText = (query: SearchQuery): string => {
  if (query.kind === "term") {
    const { name, operator, quoted, value } = query
    return `${name}:${operator}${quoted ? `'${value}'` : value}`
  }
  const word = query.kind === "and" ? " AND " : " OR "
  return query.parts.map((part) => (part.kind === "term" ? searchText(part) : `(${searchText(part)})`)).join(word)
}

export const termsOf = (query: SearchQuery): ReadonlyArray<Term> =>
  query.kind === "term" ? [query] : query.parts.flatMap(termsOf)
