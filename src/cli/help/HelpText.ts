/** The help in lines of at most 80 columns: the overview of all commands, and the help of one. */
import { commonOptions } from "../SharedOptions.js"
import type { CommandNode, Entry } from "./CommandTree.js"

/** Widest line. */
export const helpWidth = 80

/** Widest term that has its text beside it; a longer one stands on a line of its own. */
const widestTerm = 24

/** Marks a heading: bold on a terminal, as it is elsewhere. */
export type Mark = (heading: string) => string

export interface Overview {
  readonly about: string
  readonly groups: ReadonlyArray<{ readonly title: string; readonly commands: ReadonlyArray<CommandNode> }>
  /** The parser's own options. */
  readonly builtIns: ReadonlyArray<string>
}

/** All commands, grouped, a line each. */
export const overviewText = ({ about, builtIns, groups }: Overview, mark: Mark): string => {
  const width = Math.max(...groups.flatMap(({ commands }) => commands.map(({ name }) => name.length)))
  return [
    ...wrapped(about),
    "",
    "Usage: hookshift COMMAND [options]",
    ...groups.flatMap(({ commands, title }) => [
      "",
      mark(title),
      ...commands.flatMap(({ name, summary }) => beside(name, summary, width))
    ]),
    "",
    ...wrapped(
      "hookshift help COMMAND tells more of a command; hookshift audit --demo tries it all without an account."
    ),
    ...wrapped(`Every command also takes ${builtIns.filter((name) => name.startsWith("--")).join(", ")}.`)
  ].join("\n")
}

/** Of one command: usage, example, subcommands, options with their defaults. */
export const commandText = (node: CommandNode, mark: Mark): string => {
  const { args, details, examples, options, path, subcommands, summary } = node
  const common = options.filter(({ name }) => commonOptions.has(name))
  const own = options.filter(({ name }) => !commonOptions.has(name))
  const names = subcommands.map(({ name }) => name.length)
  return [
    ...wrapped(`${summary} ${details}`),
    "",
    ...usageOf(node),
    ...section(mark(examples.length === 1 ? "Example" : "Examples"), examples.flatMap(exampleLines)),
    ...section(
      mark("Commands"),
      subcommands.flatMap((one) => beside(one.name, one.summary, Math.max(...names)))
    ),
    ...section(mark("Arguments"), entryLines(args)),
    ...section(mark("Options"), entryLines(own)),
    ...section(mark("Common options"), entryLines(common)),
    ...(subcommands.length === 0 ? [] : ["", `hookshift help ${path.join(" ")} COMMAND tells more.`])
  ].join("\n")
}

const usageOf = ({ args, examples, options, path, subcommands }: CommandNode): ReadonlyArray<string> => {
  const words = ["hookshift", ...path].join(" ")
  const own = options.length > 0 || subcommands.length === 0
  // The parser never sees what stands behind `--`.
  const program = examples.some((example) => example.includes(" -- ")) ? " -- PROGRAM…" : ""
  const required = options
    .filter(({ optional, repeated }) => !optional && !repeated)
    .map((option) => ` ${option.name} ${placeholder(option)}`)
  const shown = args.map(({ name, optional, repeated }) => {
    const upper = `${name.slice(1, -1).toUpperCase()}${repeated ? "…" : ""}`
    return optional ? ` [${upper}]` : ` ${upper}`
  })
  return [
    ...(own ? [`${words}${shown.join("")}${required.join("")} [options]${program}`] : []),
    ...(subcommands.length > 0 ? [`${words} COMMAND [options]`] : [])
  ].map((line, at) => `${at === 0 ? "Usage:" : "      "} ${line}`)
}

const section = (title: string, lines: ReadonlyArray<string>): ReadonlyArray<string> =>
  lines.length === 0 ? [] : ["", title, ...lines]

/** A long command goes on behind a backslash, as a shell takes it; an option stays with its value. */
const exampleLines = (example: string): ReadonlyArray<string> => {
  const lines = filled(example.match(/--\S+ [^-\s]\S*|\S+/g) ?? [], 2, helpWidth - 4)
  return lines.map((line, at) => `${at === 0 ? "" : "  "}${line}${at < lines.length - 1 ? " \\" : ""}`)
}

const valueNames: Readonly<Record<string, string>> = {
  directory: "DIR",
  file: "FILE",
  float: "N",
  integer: "N",
  text: "TEXT"
}

/** Placeholder of a value: `FILE`; of a choice the option's own last word. */
const placeholder = ({ choices, name, value }: Entry): string => {
  if (value === null) return ""
  return choices.length > 0 ? name.replace(/^.*-/, "").toUpperCase() : (valueNames[value] ?? value)
}

const termOf = (entry: Entry): string => {
  if (entry.name.startsWith("<")) return entry.name.slice(1, -1).toUpperCase()
  return [entry.name, ...entry.aliases].join(", ") + (entry.value === null ? "" : ` ${placeholder(entry)}`)
}

const textOf = ({ choices, description, name, optional, repeated }: Entry): string =>
  [
    description,
    choices.length === 0 ? "" : ` (${choices.join(", ")})`,
    repeated && name.startsWith("-") ? "; may be repeated" : "",
    optional || repeated || name.startsWith("<") ? "" : "; required"
  ].join("")

const entryLines = (entries: ReadonlyArray<Entry>): ReadonlyArray<string> => {
  const width = Math.max(0, ...entries.map((entry) => termOf(entry).length).filter((size) => size <= widestTerm))
  return entries.flatMap((entry) => beside(termOf(entry), textOf(entry), width))
}

/** A term with its text to the right of it, or beneath it where the term is wider than the column. */
const beside = (term: string, text: string, width: number): ReadonlyArray<string> => {
  const indent = width + 4
  const lines = wrapped(text, indent)
  if (term.length > width) return [`  ${term}`, ...lines]
  const [first = "", ...rest] = lines
  return [`  ${term.padEnd(width)}  ${first.trimStart()}`, ...rest]
}

/**
 * Words in lines of at most `width` columns, each behind `indent` spaces. A list without spaces breaks at its commas.
 */
export const wrapped = (text: string, indent = 0, width = helpWidth): ReadonlyArray<string> =>
  filled(
    text
      .trim()
      .split(/\s+/)
      .flatMap((word) => (word.length > width - indent ? brokenAtCommas(word, width - indent) : [word])),
    indent,
    width
  )

const brokenAtCommas = (word: string, width: number): ReadonlyArray<string> =>
  filled(word.split(/(?<=,)/), 0, width, "")

const filled = (words: ReadonlyArray<string>, indent: number, width: number, gap = " "): ReadonlyArray<string> => {
  const lines: Array<string> = []
  for (const word of words) {
    const line = lines.at(-1)
    if (line === undefined || line.length + gap.length + word.length > width) lines.push(`${" ".repeat(indent)}${word}`)
    else lines[lines.length - 1] = `${line}${gap}${word}`
  }
  return lines
}
