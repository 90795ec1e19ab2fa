/** Whether a program can be started, before anything is made for it. */
import { accessSync, constants, statSync } from "node:fs"
import { delimiter, join } from "node:path"

const problemOf = (file: string): string | null => {
  try {
    accessSync(file, constants.X_OK)
    return statSync(file).isFile() ? null : "EACCES"
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? "unknown error"
  }
}

/** The system's code of what is wrong; `null` where it can be started, or where only its start can tell. */
export const startProblem = (command: string, path: string | undefined): string | null => {
  // There a shell looks for it, and it may be a script with an ending of its own.
  if (process.platform === "win32" || path === undefined) return null
  if (command.includes("/")) return problemOf(command)
  const problems = path.split(delimiter).map((folder) => problemOf(join(folder === "" ? "." : folder, command)))
  return problems.some((problem) => problem === null)
    ? null
    : (problems.find((problem) => problem !== "ENOENT" && problem !== "ENOTDIR") ?? "ENOENT")
}
