/**
 * Whether the database at a path is still the one that was opened. An open file that was deleted, moved or replaced goes on
 * taking writes, and they are in no file that the next start would open. The WAL and its index count too: commits are in them.
 */
import { statSync } from "node:fs"
import { StoreError } from "./Database.js"

/** Of the database, its WAL and the WAL's index, as device and inode numbers; `null` where one of them is not there. */
export const fileIdentity = (file: string): string | null => {
  const parts: Array<string> = []
  for (const path of [file, `${file}-wal`, `${file}-shm`]) {
    let found: ReturnType<typeof statOf>
    try {
      found = statOf(path)
    } catch {
      // A folder on the way is gone, or may not be read any more.
      return null
    }
    if (found === undefined) return null
    parts.push(`${found.dev}:${found.ino}`)
  }
  return parts.join(" ")
}

/** Inode numbers may be larger than a double holds. */
const statOf = (path: string) => statSync(path, { bigint: true, throwIfNoEntry: false })

/** Some 10 µs. */
export const assertUnmoved = (file: string, identity: string): void => {
  if (fileIdentity(file) !== identity) throw new StoreError("moved", movedMessage(file))
}

export const movedMessage = (file: string): string =>
  `${file}, or its -wal or -shm, was deleted, moved or replaced while the receiver was running: put the same files back, or start the receiver again`
