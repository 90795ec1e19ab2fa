import { renameSync, rmSync, writeFileSync } from "node:fs"

/** Writes a file whole or not at all: an interruption leaves what was there. */
export const writeWhole = (file: string, content: string): void => {
  const unfinished = `${file}.new`
  writeFileSync(unfinished, content)
  try {
    renameSync(unfinished, file)
  } catch (error) {
    rmSync(unfinished, { force: true })
    throw error
  }
}
