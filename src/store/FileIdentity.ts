/**
 * Whether the database at a path is still the one that was opened. An open file that was deleted, moved or replaced goes on
 * taking writes, and they are in no file that the next start would open. The WAL and its index count too: commits are in them.
 */
import { type BigIntStats, closeSync, openSync, readSync, statSync } from "node:fs"
import { StoreError } from "./StoreError.js"

export interface FilesFound {
  /** Of each file its device and inode number. */
  readonly identity: string
  /** When the database itself was written last. */
  readonly mtimeNs: bigint
}

/** The database, its WAL and the WAL's index, each looked at once; `null` where one of them is not there. */
export const filesAt = (file: string, suffixes = ["", "-wal", "-shm"]): FilesFound | null => {
  const found: Array<BigIntStats> = []
  for (const suffix of suffixes) {
    const one = statOf(`${file}${suffix}`)
    if (one === null) return null
    found.push(one)
  }
  return { identity: found.map(({ dev, ino }) => `${dev}:${ino}`).join(" "), mtimeNs: found[0]!.mtimeNs }
}

/** Inode numbers may be larger than a double holds. */
const statOf = (path: string): BigIntStats | null => {
  try {
    return statSync(path, { bigint: true, throwIfNoEntry: false }) ?? null
  } catch {
    // A folder on the way is gone, or may not be read any more.
    return null
  }
}

/** The files that a watch began with, for a further one of the same process. */
export interface Watched {
  readonly identity: string
  readonly descriptor: number
}

/** Looks at the files: some 15 µs. */
export interface FileWatch extends Watched {
  readonly intact: () => boolean
  /** Only once the process has closed the database: see `openOnce`. */
  readonly close: () => void
}

/** Watches the files of a watch before; those that are there now unless it is told. */
export const watchFile = (file: string, given?: Watched): FileWatch => {
  const identity = given?.identity ?? filesAt(file)?.identity ?? null
  if (identity === null) throw movedError(file)
  const descriptor = given?.descriptor ?? openOnce(file)
  let writtenAt: bigint | null = null
  /** Emptied, or overwritten in place with something else. Another database over it is not told apart from a checkpoint. */
  const overwritten = (at: bigint): boolean => {
    if (at === writtenAt) return false
    if (!hasHeader(descriptor)) return true
    writtenAt = at
    return false
  }
  return {
    identity,
    descriptor,
    intact: () => {
      const found = filesAt(file)
      return found !== null && found.identity === identity && !overwritten(found.mtimeNs)
    },
    close: () => {
      if (given === undefined) closeSync(descriptor)
    }
  }
}

/**
 * To close any descriptor of a file ends all locks that its process has on it (fcntl(2)), those of SQLite too; another process
 * would then delete the WAL as if nobody used it. So one stays open for as long as the database is.
 */
const openOnce = (file: string): number => {
  try {
    return openSync(file, "r")
  } catch {
    throw movedError(file)
  }
}

export const movedError = (file: string): StoreError =>
  new StoreError(
    "moved",
    `${file}, or its -wal or -shm, was deleted, moved or replaced while the receiver was running: put the same files back, or start the receiver again`
  )

const magic = Buffer.from("SQLite format 3\0", "latin1")

const hasHeader = (descriptor: number): boolean => {
  const header = Buffer.alloc(magic.length)
  readSync(descriptor, header, 0, header.length, 0)
  return header.equals(magic)
}
