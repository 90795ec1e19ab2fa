/** The configuration: read from its file once, validated, with its descriptions of providers made known. */
import { dirname, resolve } from "node:path"
import { Effect, ParseResult, Schema } from "effect"
import { teachProviders } from "../providers/service.js"
import { type ConfigError, configError } from "./ConfigError.js"
import { defaultConfigFile, readConfigFile } from "./ConfigFile.js"
import { ConfigFile } from "./ConfigSchema.js"
import { nearestKey } from "./UnknownKey.js"

export type Config = typeof ConfigFile.Type
export type SourceConfig = Config["sources"][string]

/** The file's settings; an absent default file is an empty configuration, an absent named one an error. */
export const loadConfig = (file: string | undefined): Effect.Effect<Config, ConfigError> =>
  Effect.gen(function* () {
    const name = file ?? defaultConfigFile
    const found = readConfigFile(name)
    if (found.state === "unusable") return yield* configError(found.problem)
    if (found.state === "absent") {
      if (file !== undefined)
        return yield* configError(`there is no configuration at ${file}: check the path given with --config`)
      return Schema.decodeUnknownSync(ConfigFile)({})
    }
    const config = yield* Schema.decodeUnknown(ConfigFile, { onExcessProperty: "error" })(found.json).pipe(
      Effect.mapError((error) => configError(`${name}: ${problemOf(error)}`))
    )
    const problem = teachProviders(config.providers, dirname(resolve(name)))
    return problem === null ? config : yield* configError(problem)
  })

/** The first problem in words: an unknown key before all others, since it may be why another is missing. */
const problemOf = (error: ParseResult.ParseError): string => {
  const issues = ParseResult.ArrayFormatter.formatErrorSync(error)
  const issue = issues.find(({ _tag }) => _tag === "Unexpected") ?? deepest(issues)
  const path = issue.path.map(String).join(".")
  if (issue._tag === "Unexpected") {
    const near = nearestKey(issue.path)
    return `${path} is not a known setting: ${near === null ? "remove it, or see docs/configuration.md" : `did you mean "${near}"?`}`
  }
  if (issue._tag === "Missing") return `${path} is missing: add it (docs/configuration.md)`
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
