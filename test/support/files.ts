/** Folders that a test may fill; they go when it ends. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { onTestFinished } from "vitest"

/** Tests that run side by side say which of them it is for. */
export const temporaryFolder = (finished: typeof onTestFinished = onTestFinished): string => {
  const folder = mkdtempSync(join(tmpdir(), "hookshift-test-"))
  finished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }))
  return folder
}

/** Every file below a folder, with its bytes as latin1 text: what a canary is searched in. */
export const everyFile = (folder: string): ReadonlyArray<{ readonly file: string; readonly text: string }> =>
  readdirSync(folder).flatMap((name) => {
    const file = join(folder, name)
    return statSync(file).isDirectory() ? everyFile(file) : [{ file, text: readFileSync(file, "latin1") }]
  })

export const root = new URL("../..", import.meta.url).pathname
