/** What is wrong with a file of settings, in one sentence. */
import { ParseResult } from "effect"

/** The first problem in words: an unknown key before all others, since it may be why another is missing. */
export const problemOf = (
  error: ParseResult.ParseError,
  docs: string,
  nearest: (path: ReadonlyArray<PropertyKey>) => string | null
): string => {
  const issues = ParseResult.ArrayFormatter.formatErrorSync(error)
  const issue = issues.find(({ _tag }) => _tag === "Unexpected") ?? deepest(issues)
  const path = issue.path.map(String).join(".")
  if (issue._tag === "Unexpected") {
    const near = nearest(issue.path)
    return `${path} is not a known setting: ${near === null ? `remove it, or see ${docs}` : `did you mean "${near}"?`}`
  }
  if (issue._tag === "Missing") return `${path} is missing: add it (${docs})`
  // Each member of a union has an issue of its own.
  const expected = issues
    .filter((one) => one.path.map(String).join(".") === path)
    .map(({ message }) => inWords(message.replace(/, actual .*$/s, "")))
    .filter((message) => message !== "Expected undefined")
  const [first, ...others] = new Set(expected)
  return `${path} is not valid: ${[first, ...others.map((text) => text.replace(/^Expected /, ""))].join(" or ")}`
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
      : expected
