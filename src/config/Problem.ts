/** The fault of a file of settings, in one sentence. */
import { ParseResult } from "effect"

/** Unknown keys in one sentence; a file of another kind may have any number. */
const namedAtMost = 10

/** The unknown keys in words, all of them: each may be why another is missing. Else the first problem. */
export const problemOf = (
  error: ParseResult.ParseError,
  docs: string,
  nearest: (path: ReadonlyArray<PropertyKey>) => string | null
): string => {
  const issues = ParseResult.ArrayFormatter.formatErrorSync(error)
  const unexpected = issues.filter(({ _tag }) => _tag === "Unexpected")
  const expectations = issues.filter(({ _tag }) => _tag !== "Unexpected")
  const foreign = unexpected.filter(({ path }) => !isKnown(path, nearest))
  const unknown = new Map(
    (expectations.length === 0 ? unexpected : foreign).map(({ path }) => [path.map(String).join("."), path])
  )
  if (unknown.size > 0) return unknownSentence([...unknown], docs, nearest)
  const issue = deepest(expectations)
  const path = issue.path.map(String).join(".")
  if (issue._tag === "Missing") return `${path} is missing: add it (${docs})`
  // Each member of a union has an issue of its own.
  const expected = issues
    .filter((one) => one.path.map(String).join(".") === path)
    .map(({ message }) => inWords(message.replace(/, actual .*$/s, "")))
    .filter((message) => message !== "Expected undefined")
  const kinds = [...new Set(expected)].map((text) => text.replace(/^Expected /, ""))
  return `${path === "" ? "the file" : path} is not valid: expected ${oneOf(kinds)}`
}

/** `"off", a duration or a list` */
const oneOf = (kinds: ReadonlyArray<string>): string =>
  kinds.length < 2 ? kinds.join("") : `${kinds.slice(0, -1).join(", ")} or ${kinds.at(-1)}`

/** Where a setting may be of several kinds, a key of one kind is unexpected in the others. */
const isKnown = (
  path: ReadonlyArray<PropertyKey>,
  nearest: (path: ReadonlyArray<PropertyKey>) => string | null
): boolean => nearest(path) === String(path.at(-1))

const unknownSentence = (
  unknown: ReadonlyArray<readonly [name: string, path: ReadonlyArray<PropertyKey>]>,
  docs: string,
  nearest: (path: ReadonlyArray<PropertyKey>) => string | null
): string => {
  const [[name, path] = ["", []], ...others] = unknown
  const near = nearest(path)
  if (others.length === 0)
    return `${name} is not a known setting: ${near === null ? `remove it, or see ${docs}` : `did you mean "${near}"?`}`
  const told = unknown.slice(0, namedAtMost).map(([one, at]) => {
    const meant = nearest(at)
    return meant === null ? one : `${one} (did you mean "${meant}"?)`
  })
  const rest = unknown.length - told.length
  return `${told.join(", ")}${rest === 0 ? "" : ` and ${rest} more`} are not known settings: correct or remove them, or see ${docs}`
}

/** Where settings may be an object or a list, the member that the value is of says what is wrong within it. */
const deepest = (issues: ReadonlyArray<ParseResult.ArrayFormatterIssue>): ParseResult.ArrayFormatterIssue =>
  issues.reduce((deep, one) => {
    const within = one.path.length > deep.path.length && deep.path.every((key, at) => key === one.path[at])
    return within ? one : deep
  })

/** A schema's own notation of a type is for programmers. */
const inWords = (expected: string): string =>
  /^Expected (?:\(?\{|Struct)/.test(expected)
    ? "Expected an object of settings"
    : /^Expected (?:ReadonlyArray|readonly \[)/.test(expected)
      ? "Expected a list"
      : (plainTypes[expected] ?? expected)

const plainTypes: Readonly<Record<string, string>> = {
  "Expected string": "Expected a text",
  "Expected number": "Expected a number",
  "Expected boolean": "Expected true or false"
}
