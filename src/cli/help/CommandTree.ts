/**
 * The command line as data, read from the parser's own definitions (`@effect/cli`): for the help, the completions, and
 * the checks of names. Nothing is listed a second time.
 */
import * as CliConfig from "@effect/cli/CliConfig"
import * as CommandDescriptor from "@effect/cli/CommandDescriptor"
import type * as HelpDoc from "@effect/cli/HelpDoc"
import type * as Span from "@effect/cli/HelpDoc/Span"
import type * as Usage from "@effect/cli/Usage"
import * as HashMap from "effect/HashMap"
import * as HashSet from "effect/HashSet"
import * as Option from "effect/Option"

/** A command of `@effect/cli`. */
export interface Described {
  readonly descriptor: CommandDescriptor.Command<unknown>
}

/** An option or an argument. */
export interface Entry {
  /** `--db`, or `<file>`. */
  readonly name: string
  /** `-q` */
  readonly aliases: ReadonlyArray<string>
  /** The parser's name of its value: `file`, `text`, `integer`, `HOST:PORT`; `null` for a switch. */
  readonly value: string | null
  /** The values that it may have, where only some are known. */
  readonly choices: ReadonlyArray<string>
  readonly optional: boolean
  readonly repeated: boolean
  /** It names the default, where there is one. */
  readonly description: string
}

export interface CommandNode {
  readonly name: string
  /** `["inbox", "list"]` */
  readonly path: ReadonlyArray<string>
  /** The first sentence of its description. */
  readonly summary: string
  /** The sentences behind it; may be empty. */
  readonly details: string
  readonly examples: ReadonlyArray<string>
  readonly options: ReadonlyArray<Entry>
  readonly args: ReadonlyArray<Entry>
  readonly subcommands: ReadonlyArray<CommandNode>
}

/** A title of the overview, with its commands. */
export interface Group {
  readonly title: string
  readonly commands: ReadonlyArray<Described>
}

const without = { ...CliConfig.defaultConfig, showBuiltIns: false }
const withBuiltIns = { ...CliConfig.defaultConfig, showBuiltIns: true }

export const nodeOf = (command: Described, above: ReadonlyArray<string> = []): CommandNode => {
  const { descriptor } = command
  const name = nameOf(command)
  const path = [...above, name]
  const help = CommandDescriptor.getHelp(descriptor, without)
  const usage = namedIn(CommandDescriptor.getUsage(descriptor))
  const described = definitionsIn(help)
  const entryOf = (used: Used): Entry => ({
    ...used,
    description: ownWords(described.find(([term]) => nameIn(term) === used.name)?.[1] ?? [])
  })
  return {
    name,
    path,
    ...descriptionOf(help),
    options: usage.filter((one) => one.name.startsWith("-")).map(entryOf),
    args: usage.filter((one) => one.name.startsWith("<")).map(entryOf),
    subcommands: childrenOf(descriptor, name, help).map((child) => nodeOf({ descriptor: child }, path))
  }
}

export const nameOf = ({ descriptor }: Described): string =>
  HashSet.toValues(CommandDescriptor.getNames(descriptor))[0] ?? ""

/** An option of the parser's own: `--help`. */
export interface BuiltIn {
  readonly names: ReadonlyArray<string>
  readonly takesValue: boolean
}

/** The parser's own options, which every command has. */
export const builtInsOf = ({ descriptor }: Described): ReadonlyArray<BuiltIn> => {
  const own = new Set(definitionsIn(CommandDescriptor.getHelp(descriptor, without)).map(([term]) => term))
  return definitionsIn(CommandDescriptor.getHelp(descriptor, withBuiltIns))
    .map(([term]) => term)
    .filter((term) => !own.has(term))
    .map((term) => ({
      names: term.match(/--?[a-z][a-z-]*/g) ?? [],
      takesValue: / [a-z]/.test(term.replaceAll(", ", ","))
    }))
}

/** In the order of their definition, which only the help has. */
const childrenOf = (
  descriptor: CommandDescriptor.Command<unknown>,
  name: string,
  help: HelpDoc.HelpDoc
): ReadonlyArray<CommandDescriptor.Command<unknown>> => {
  const listed = partsOf(help).flatMap((part) =>
    part._tag === "Enumeration" ? part.elements.map((one) => textsOf(one).join(" ").trim()) : []
  )
  const placeOf = (child: string): number => listed.findIndex((line) => line === child || line.startsWith(`${child} `))
  // A command without subcommands has itself.
  return [...HashMap.entries(CommandDescriptor.getSubcommands(descriptor))]
    .filter(([child]) => child !== name)
    .sort(([a], [b]) => placeOf(a) - placeOf(b))
    .map(([, child]) => child)
}

type Used = Omit<Entry, "description">

/** Of `--db file`, `(-q, --quiet)` or `<product> 1+`. */
const nameIn = (term: string): string => /--[a-z][a-z-]*|<[^>]+>/.exec(term)?.[0] ?? term

const namedIn = (usage: Usage.Usage, optional = false, repeated = false): ReadonlyArray<Used> => {
  switch (usage._tag) {
    case "Named": {
      const accepted = Option.getOrNull(usage.acceptedValues)
      const [name = "", ...others] = [...usage.names].sort((a, b) => b.length - a.length)
      const choices = accepted?.includes(" | ") === true ? accepted.split(" | ") : []
      return [{ name, aliases: others, value: accepted, choices, optional, repeated }]
    }
    case "Optional":
      return namedIn(usage.usage, true, repeated)
    case "Repeated":
      return namedIn(usage.usage, optional, true)
    case "Concat":
    case "Alternation":
      return [...namedIn(usage.left, optional, repeated), ...namedIn(usage.right, optional, repeated)]
    default:
      return []
  }
}

/** Sentences that `@effect/cli` adds to a description. */
const fillers = [
  /^This setting is optional\./,
  /^This option can be set from environment variables\./,
  /^This (?:option|argument) (?:may|must) be repeated /
]

/** The first paragraph is the library's too, on the type of the value. */
const ownWords = ([, ...paragraphs]: ReadonlyArray<string>): string =>
  paragraphs.filter((text) => !fillers.some((filler) => filler.test(text))).join(" ")

/** `Analyses the recording. More on it. Examples: hookshift audit; hookshift audit --demo` */
const descriptionOf = (help: HelpDoc.HelpDoc): Pick<CommandNode, "summary" | "details" | "examples"> => {
  const parts = partsOf(help)
  const at = parts.findIndex((part) => part._tag === "Header" && textOf(part.value) === "DESCRIPTION")
  const next = parts[at + 1]
  const text = at < 0 || next?._tag !== "Paragraph" ? "" : textOf(next.value)
  const [about = "", examples = ""] = text.split(/\s*\bExamples?: /)
  const [, summary = about, details = ""] = /^(.+?\.)\s+(.*)$/s.exec(about) ?? []
  return { summary, details, examples: examples.split(/\s*;\s+/).filter((one) => one !== "") }
}

const partsOf = (help: HelpDoc.HelpDoc): ReadonlyArray<Exclude<HelpDoc.HelpDoc, HelpDoc.Sequence>> =>
  help._tag === "Sequence" ? [...partsOf(help.left), ...partsOf(help.right)] : [help]

const definitionsIn = (help: HelpDoc.HelpDoc): ReadonlyArray<readonly [term: string, texts: ReadonlyArray<string>]> =>
  partsOf(help).flatMap((part) =>
    part._tag === "DescriptionList"
      ? part.definitions.map(([term, about]) => [textOf(term), textsOf(about)] as const)
      : []
  )

/** The paragraphs of a text of the library's. */
export const textsOf = (help: HelpDoc.HelpDoc): ReadonlyArray<string> =>
  partsOf(help).flatMap((part) => (part._tag === "Paragraph" || part._tag === "Header" ? [textOf(part.value)] : []))

const textOf = (span: Span.Span): string => {
  switch (span._tag) {
    case "Text":
    case "URI":
      return span.value
    case "Sequence":
      return textOf(span.left) + textOf(span.right)
    default:
      return textOf(span.value)
  }
}
