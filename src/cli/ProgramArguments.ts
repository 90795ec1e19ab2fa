/** `hookshift record … -- CMD…`: arguments after `--` belong to the recorded program. */
const separator = process.argv.indexOf("--")

const given = separator < 0 ? process.argv : process.argv.slice(0, separator)

/**
 * The parser's own `--completions SHELL` becomes the command: the scripts that the parser writes complete no options.
 */
const withCompletions = ([node = "", script = "", ...args]: ReadonlyArray<string>): ReadonlyArray<string> => {
  const at = args.indexOf("--completions")
  const shell = args[at + 1]
  return [node, script, ...(at < 0 || shell === undefined ? args : ["completions", shell === "sh" ? "bash" : shell])]
}

/** hookshift's own arguments. */
export const ownArguments: ReadonlyArray<string> = withCompletions(given)

/** The other program and its arguments. */
export const programArguments: ReadonlyArray<string> = separator < 0 ? [] : process.argv.slice(separator + 1)
