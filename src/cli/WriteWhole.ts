import { renameSync, writeFileSync } from "node:fs"

/** Writes a file whole or not at all: an interruption leaves what was there. */
export const writeWhole = (file: string, content: string): void => {
  writeFileSync(`${file}.new`, content)
  renameSync(`${file}.new`, file)
}
