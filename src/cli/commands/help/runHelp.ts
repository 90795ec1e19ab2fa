/** Prints the help of all commands, or of one. */
import { Effect } from "effect"
import { lookAt } from "../../CommandNames.js"
import { UsageError } from "../../Failure.js"
import type { Group } from "../../help/CommandTree.js"
import { printHelp } from "../../help/Help.js"
import type { HelpOptions } from "./HelpCommand.js"

export const runHelp =
  (groups: () => ReadonlyArray<Group>) =>
  (options: HelpOptions): Effect.Effect<void, UsageError> => {
    const look = lookAt(
      groups().flatMap(({ commands }) => commands),
      [...options.command, "--help"]
    )
    return look.tag === "wrong"
      ? Effect.fail(new UsageError({ message: look.sentence }))
      : printHelp(groups(), look.tag === "help" ? look.path : [])
  }
