/** The program's default name in reports: package name and script, `crm-sync poll.mjs`. */
import { existsSync, readFileSync } from "node:fs"
import { basename, dirname, join, resolve } from "node:path"
import { textOf } from "../../domain/Text.js"

export const programName = (): string => {
  const script = process.argv[1]
  if (script === undefined) return "node"
  for (let folder = dirname(resolve(script)); ; folder = dirname(folder)) {
    const manifest = join(folder, "package.json")
    if (existsSync(manifest)) {
      try {
        const name: unknown = JSON.parse(textOf(readFileSync(manifest))).name
        if (typeof name === "string") return `${name} ${basename(script)}`
      } catch {
        // The manifest is unreadable: one in a folder above may have a name.
      }
    }
    if (folder === dirname(folder)) return basename(script)
  }
}
