/**
 * Looks at the arguments before a command runs: whether help is asked for, anywhere on the line, and whether each
 * command, subcommand and option exists and is given once, with a value. A misspelt name is answered with the nearest.
 */
import { nearestName } from "../domain/NearestName.js"
import { builtInsOf, type CommandNode, type Described, type Entry, nameOf, nodeOf } from "./help/CommandTree.js"

export type Look =
  | { readonly tag: "run"; readonly path: ReadonlyArray<string> }
  /** Of a command, or of all where the path is empty. */
  | { readonly tag: "help"; readonly path: ReadonlyArray<string> }
  | { readonly tag: "wrong"; readonly path: ReadonlyArray<string>; readonly sentence: string }

const unknownName = (lacks: string, name: string, known: ReadonlyArray<string>): string => {
  const near = nearestName(name, known)
  const names = new Intl.ListFormat("en").format(known)
  return `${lacks} "${name}"${near === null ? "" : `, perhaps "${near}" is meant`}: the names are ${names}`
}

const unknownOption = ({ options, path }: CommandNode, name: string): string => {
  const near = nearestName(
    name,
    options.map((option) => option.name)
  )
  const command = path.join(" ")
  return `${command} has no option "${name}"${near === null ? "" : `, perhaps "${near}" is meant`}: see hookshift help ${command}`
}

/** Names of values that are lists: GOALS, ROUTES, LIST. */
const isList = ({ value }: Entry): boolean => value !== null && /^(?:LIST|[A-Z]+S)$/.test(value)

const givenAgain = ({ path }: CommandNode, option: Entry): string =>
  `${option.name} is given more than once: give it once${isList(option) ? ", with commas between its values" : ""}; see hookshift help ${path.join(" ")}`

/** Nothing, or nothing between commas: most likely a shell variable that is not set. */
const emptyValue = /^[\s,]*$/

const givenEmpty = ({ path }: CommandNode, option: Entry): string =>
  `${option.name} is given without a value (a shell variable that is not set?): name ${isList(option) ? "its values" : "it"}${option.optional ? ", or leave the option out" : ""}; see hookshift help ${path.join(" ")}`

/** Commands that take another program behind `--`. */
const withProgram = new Set(["record", "init"])

/** The program's words without the `--` before them. */
const unseparated = ({ path: [command = ""] }: CommandNode, word: string): string =>
  `the program of ${command} stands behind "--": put -- before "${word}", as in hookshift ${command} -- node app.js`

const isOption = (word: string): boolean => /^--?[a-z]/i.test(word)

/** `args` without node and the script, and without those of another program. */
export const lookAt = (commands: ReadonlyArray<Described>, args: ReadonlyArray<string>): Look => {
  const builtIns = commands[0] === undefined ? [] : builtInsOf(commands[0])
  let node: CommandNode | null = null
  let help = args.length === 0
  let builtIn = false
  let wrong: string | null = null
  const given = new Set<Entry>()
  for (let at = 0; at < args.length; at += 1) {
    const word = args[at]!
    if (word === "--help" || word === "-h") {
      help = true
    } else if (isOption(word)) {
      const [name = ""] = word.split("=")
      const own = builtIns.find(({ names }) => names.includes(name))
      const option = optionOf(node, name)
      builtIn ||= own !== undefined
      if (own === undefined && option === null)
        wrong ??=
          node === null
            ? `the option "${name}" stands before the command: name the command first, as in hookshift audit --db FILE`
            : unknownOption(node, name)
      if (node !== null && option !== null) {
        if (given.has(option) && !option.repeated) wrong ??= givenAgain(node, option)
        given.add(option)
      }
      const takesValue = own?.takesValue === true || option?.value != null
      if (takesValue && !word.includes("=")) at += 1
      const value = word.includes("=") ? word.slice(word.indexOf("=") + 1) : args[at]
      if (node !== null && option?.value != null && value !== undefined && emptyValue.test(value))
        wrong ??= givenEmpty(node, option)
      if (at === args.length) wrong ??= `${name} needs a value: see hookshift help ${node?.path.join(" ") ?? ""}`.trim()
    } else if (node === null) {
      const names = commands.map(nameOf)
      const found = names.indexOf(word)
      if (found < 0)
        return { tag: "wrong", path: [], sentence: wrong ?? unknownName("there is no command", word, names) }
      node = nodeOf(commands[found]!)
    } else if (withProgram.has(node.path.join(" ")) && !mayBeSubcommand(node, word)) {
      return { tag: "wrong", path: node.path, sentence: wrong ?? unseparated(node, word) }
    } else if (node.subcommands.length > 0) {
      // No command takes both subcommands and words of its own.
      const { path, subcommands }: CommandNode = node
      const names = subcommands.map(({ name }) => name)
      const found = subcommands.find(({ name }) => name === word)
      if (found === undefined)
        return {
          tag: "wrong",
          path,
          sentence: wrong ?? unknownName(`${path.join(" ")} has no subcommand`, word, names)
        }
      node = found
    }
  }
  const path = node?.path ?? []
  if (help) return { tag: "help", path }
  if (wrong !== null) return { tag: "wrong", path, sentence: wrong }
  // A group does nothing by itself.
  const isGroup = node !== null && node.subcommands.length > 0 && node.options.length === 0
  return isGroup && !builtIn ? { tag: "help", path } : { tag: "run", path }
}

const mayBeSubcommand = ({ subcommands }: CommandNode, word: string): boolean => {
  const names = subcommands.map(({ name }) => name)
  return names.includes(word) || nearestName(word, names) !== null
}

/** As the parser takes it: whatever its case, or by its alias. */
const optionOf = (node: CommandNode | null, name: string) =>
  node?.options.find((option) => [option.name, ...option.aliases].includes(name.toLowerCase())) ?? null
