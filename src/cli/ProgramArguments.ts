/** `hookshift record … -- CMD…`: what stands after `--` is another program's, and none of our options. */
const separator = process.argv.indexOf("--")

/** Our own part of the command line. */
export const ownArguments: ReadonlyArray<string> = separator < 0 ? process.argv : process.argv.slice(0, separator)

/** The other program and its arguments. */
export const programArguments: ReadonlyArray<string> = separator < 0 ? [] : process.argv.slice(separator + 1)
