/** Checks the names of commands before they run: a misspelt name is answered with the names of its level, and the nearest. */
import * as CommandDescriptor from "@effect/cli/CommandDescriptor"
import * as HashMap from "effect/HashMap"
import * as HashSet from "effect/HashSet"
import { nearestName } from "../domain/NearestName.js"

interface Described {
  readonly descriptor: CommandDescriptor.Command<unknown>
}

const sentence = (lacks: string, name: string, known: ReadonlyArray<string>): string => {
  const near = nearestName(name, known)
  const names = new Intl.ListFormat("en").format(known)
  return `${lacks} "${name}"${near === null ? "" : `, perhaps "${near}" is meant`}: the names are ${names}`
}

/** `args` without node and the script. `null` where the names are right, or where an option comes first. */
export const unknownCommand = (commands: ReadonlyArray<Described>, args: ReadonlyArray<string>): string | null => {
  const [first, second] = args
  const isName = (word: string | undefined): word is string => word !== undefined && !word.startsWith("-")
  if (!isName(first)) return null
  const names = commands.map(({ descriptor }) => [...HashSet.toValues(CommandDescriptor.getNames(descriptor))])
  const command = commands[names.findIndex((all) => all.includes(first))]
  if (command === undefined) return sentence("there is no command", first, names.flat())
  const below = [...HashMap.keys(CommandDescriptor.getSubcommands(command.descriptor))].filter((name) => name !== first)
  // A command without subcommands may take words of its own.
  if (below.length === 0 || !isName(second) || below.includes(second)) return null
  return sentence(`${first} has no subcommand`, second, below.sort())
}
