/** `hookshift record … -- CMD…`: arguments after `--` belong to the recorded program. */
const separator = process.argv.indexOf("--")

/** hookshift's own arguments. */
export const ownArguments: ReadonlyArray<string> = separator < 0 ? process.argv : process.argv.slice(0, separator)

/** The other program and its arguments. */
export const programArguments: ReadonlyArray<string> = separator < 0 ? [] : process.argv.slice(separator + 1)
