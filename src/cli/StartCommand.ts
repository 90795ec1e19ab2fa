/** The command that starts an integration, as a user writes it: split into words, checked, and written again. */
import { accessSync, constants, existsSync, statSync } from "node:fs"
import { delimiter, extname, isAbsolute, join } from "node:path"

import { isSensitiveName } from "../domain/SensitiveNames.js"

export interface StartCommand {
  readonly command: string
  readonly args: ReadonlyArray<string>
}

/** Characters that only a shell understands; a leading assignment is one as well. */
const needsShell = (text: string): boolean => /[|&;<>()$`*?~\n]/.test(text) || /^\s*[A-Za-z_]\w*=/.test(text)

/** Words between white space; quotes keep it in. `null` where a quote is not closed. */
const wordsOf = (text: string): ReadonlyArray<string> | null => {
  const rest = text.replace(/(?:"(?:[^"\\]|\\.)*"|'[^']*'|\\.|[^\s"'\\])+|\s+/gs, "")
  if (rest !== "") return null
  return (text.match(/(?:"(?:[^"\\]|\\.)*"|'[^']*'|\\.|[^\s"'\\])+/gs) ?? []).map((word) =>
    word.replace(/"((?:[^"\\]|\\.)*)"|'([^']*)'|\\(.)/gs, (_, double, single, escaped) =>
      double !== undefined ? double.replace(/\\(["\\])/g, "$1") : (single ?? escaped)
    )
  )
}

/** A sentence in place of a command that cannot be started. */
export const startCommandOf = (text: string): StartCommand | string => {
  if (text.trim() === "")
    return "the start command is empty: give the one that starts the integration, such as 'node poller.js'"
  if (needsShell(text))
    return process.platform === "win32"
      ? { command: text.trim(), args: [] }
      : { command: "sh", args: ["-c", text.trim()] }
  const words = wordsOf(text)
  if (words === null) return `the start command has a quote that is not closed: ${text}`
  return startable({ command: words[0]!, args: words.slice(1) })
}

/** The command itself, or a sentence that says what of it is missing. */
export const startable = (start: StartCommand): StartCommand | string => {
  if (!isExecutable(start.command))
    return `there is no program "${start.command}" to start: check its name, and that it is on the PATH`
  const script = scriptOf(start)
  return script === null || isScript(script)
    ? start
    : `${start.command} would be started with ${script}, which does not exist here: check the path, and run hookshift in the program's folder`
}

/** As a POSIX shell takes it. */
export const shellText = ({ args, command }: StartCommand): string => [command, ...args].map(shellWord).join(" ")

/** As `startCommandOf` takes it back. */
export const startText = (start: StartCommand): string =>
  start.command === "sh" && start.args[0] === "-c" && start.args.length === 2 ? start.args[1]! : shellText(start)

/** Name of a value in a command that may be a secret; `null` without one. */
export const secretIn = ({ args, command }: StartCommand): string | null => {
  const words = [command, ...args]
  for (const [at, word] of words.entries()) {
    const named = [
      ...word.matchAll(/(?<=^|[\s;&|"'(])(?:--?([A-Za-z][\w-]*)(?==\S|\s+[^\s-])|([A-Za-z_]\w*)(?==\S))/g)
    ].map(([, name, variable]) => name ?? variable!)
    const option = /^--?([A-Za-z][\w-]*)$/.exec(word)?.[1]
    const next = words[at + 1]
    const names = option === undefined || next === undefined || next.startsWith("-") ? named : [...named, option]
    const secret = names.find((name) => isSensitiveName(name) && !/[-_](?:env|file|path)$/i.test(name))
    if (secret !== undefined) return secret
    if (/:\/\/[^\s/@"']+@/.test(word)) return "the user of a URL"
    if (/authorization\s*[:=]/i.test(word)) return "Authorization"
    if (/(?:^|\s)(?:-u|--user)(?:[=\s]|$)/.test(word) && /\S:\S/.test(`${word} ${next ?? ""}`)) return "--user"
  }
  return null
}

export const shellWord = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() === true

const isExecutable = (command: string): boolean => {
  const endings = process.platform === "win32" ? ["", ...(process.env["PATHEXT"] ?? "").split(";")] : [""]
  const folders =
    isAbsolute(command) || /[\\/]/.test(command) ? [""] : (process.env["PATH"] ?? "").split(delimiter).filter(Boolean)
  return folders.some((folder) =>
    endings.some((ending) => {
      const path = folder === "" ? command + ending : join(folder, command + ending)
      try {
        accessSync(path, constants.X_OK)
        return isFile(path)
      } catch {
        return false
      }
    })
  )
}

/** The script of a plain `node app.js`; `null` where options of Node make it hard to tell, or another program runs. */
const scriptOf = ({ args, command }: StartCommand): string | null =>
  /(?:^|[\\/])node(?:\.exe)?$/i.test(command) &&
  args[0] !== undefined &&
  !args[0].startsWith("-") &&
  args[0] !== "inspect"
    ? args[0]
    : null

/** Node finds `app` where `app.js`, or a folder with an `index.js`, is. */
const isScript = (path: string): boolean => existsSync(path) || (extname(path) === "" && existsSync(`${path}.js`))
