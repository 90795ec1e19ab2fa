/** Prints the help of all commands, or of one. */
import { styleText } from "node:util"
import * as Effect from "effect/Effect"
import { version } from "../../version.js"
import { hasColours, print } from "../Output.js"
import { builtInsOf, type Group, nodeOf } from "./CommandTree.js"
import { commandText, type Mark, overviewText } from "./HelpText.js"

export const about =
  "Finds what an integration polls, proves what webhooks would save, sets them up, and shows that nothing is lost."

/** `path` names a command: `["inbox", "list"]`; all of them where it is empty. */
export const helpOf = (groups: ReadonlyArray<Group>, path: ReadonlyArray<string>, mark: Mark): string => {
  const drawn = groups.map(({ commands, title }) => ({ title, commands: commands.map((one) => nodeOf(one)) }))
  const nodes = drawn.flatMap(({ commands }) => commands)
  if (path.length === 0) {
    const [first] = groups.flatMap(({ commands }) => commands)
    const builtIns = first === undefined ? [] : builtInsOf(first).flatMap(({ names }) => names)
    return overviewText({ about: `hookshift ${version}. ${about}`, groups: drawn, builtIns }, mark)
  }
  const [top, ...below] = path
  const node = below.reduce(
    (at, name) => at?.subcommands.find((one) => one.name === name),
    nodes.find(({ name }) => name === top)
  )
  return node === undefined ? "" : commandText(node, mark)
}

export const printHelp = (groups: ReadonlyArray<Group>, path: ReadonlyArray<string>): Effect.Effect<void> =>
  Effect.suspend(() => {
    const coloured = hasColours(process.stdout)
    return print(helpOf(groups, path, (text) => (coloured ? styleText("bold", text, { validateStream: false }) : text)))
  })
