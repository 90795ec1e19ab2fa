/** Prints the completions of a shell, or writes them where the shell looks for them. */
import { homedir } from "node:os"
import { dirname, join } from "node:path"
import { Effect } from "effect"
import { writePrivately } from "../../../store/index.js"
import { UsageError } from "../../Failure.js"
import { builtInsOf, type Group, nodeOf } from "../../help/CommandTree.js"
import { completionScript, type Shell } from "../../help/Completions.js"
import { makeFolder } from "../../MakeFolder.js"
import { print } from "../../Output.js"
import type { CompletionsOptions } from "./CompletionsCommand.js"

interface Place {
  readonly file: string
  /** A further step, needed once; `null` where the shell finds the file by itself. */
  readonly once: string | null
}

/** Where each shell looks for a user's own completions. */
const placeOf = (shell: Shell, env: NodeJS.ProcessEnv): Place => {
  const home = env["HOME"] || homedir()
  const data = env["XDG_DATA_HOME"] || join(home, ".local", "share")
  switch (shell) {
    case "bash":
      return {
        file: join(data, "bash-completion", "completions", "hookshift"),
        once: `bash finds it with the package bash-completion; without that, add to ~/.bashrc: source ${join(data, "bash-completion", "completions", "hookshift")}`
      }
    case "zsh":
      return {
        file: join(data, "zsh", "site-functions", "_hookshift"),
        once: `add to ~/.zshrc, before compinit, if it is not there: fpath=(${join(data, "zsh", "site-functions")} $fpath)`
      }
    case "fish":
      return {
        file: join(env["XDG_CONFIG_HOME"] || join(home, ".config"), "fish", "completions", "hookshift.fish"),
        once: null
      }
  }
}

export const runCompletions =
  (groups: () => ReadonlyArray<Group>) =>
  ({ install, shell }: CompletionsOptions): Effect.Effect<void, UsageError> =>
    Effect.gen(function* () {
      const commands = groups().flatMap(({ commands }) => commands)
      const builtIns = commands.slice(0, 1).flatMap(builtInsOf)
      const script = completionScript(
        shell,
        commands.map((one) => nodeOf(one)),
        builtIns.flatMap(({ names }) => names)
      )
      if (!install) return yield* print(script.trimEnd())
      const { file, once } = placeOf(shell, process.env)
      yield* Effect.try({
        try: () => {
          makeFolder(dirname(file))
          writePrivately(file, script)
        },
        catch: (error) =>
          new UsageError({
            message: `${file} cannot be written (${(error as NodeJS.ErrnoException).code}): print them with hookshift completions ${shell}, and save them where your shell looks`
          })
      })
      yield* print([`written: ${file}; new shells complete hookshift`, ...(once === null ? [] : [once])].join("\n"))
    })
