import { existsSync, mkdirSync, statSync } from "node:fs"
import { dirname, resolve } from "node:path"

/**
 * Makes a folder and its parents, one by one. Node's own `recursive` never returns where a parent exists and accepts no
 * folders, as in `/proc`.
 */
export const makeFolder = (folder: string): void => {
  const missing: Array<string> = []
  for (let at = resolve(folder); !existsSync(at) && at !== dirname(at); at = dirname(at)) missing.unshift(at)
  for (const one of missing) {
    try {
      mkdirSync(one)
    } catch (error) {
      // Another process may have made it meanwhile.
      if ((error as NodeJS.ErrnoException).code !== "EEXIST" || !statSync(one).isDirectory()) throw error
    }
  }
}
