/**
 * Whether the database at a path is still the file that was opened. A deleted, moved or replaced file goes on taking
 * writes, and the next start would not find them. The WAL and its index count too, since they hold commits.
 */
import { type BigIntStats, closeSync, openSync, readSync, statSync } from "node:fs"
import { StoreError } from "./StoreError.js"

export interface FilesFound {
  /** Of each file its device and inode number. */
  readonly identity: string
  /** When the database itself was written last. */
  readonly mtimeNs: bigint
}

/** Looks at the database, its WAL and the WAL's index once each; `null` where a file is missing. */
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

/** The files that a watch began with, for a further watch of the same process. */
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

/** Watches the files of an earlier watch, or the files that are there now. */
export const watchFile = (file: string, given?: Watched): FileWatch => {
  const identity = given?.identity ?? filesAt(file)?.identity ?? null
  if (identity === null) throw movedError(file)
  const descriptor = given?.descriptor ?? openOnce(file)
  let writtenAt: bigint | null = null
  /** Emptied, or overwritten in place. Another database written over it cannot be told from a checkpoint. */
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
 * Closing any descriptor of a file ends all locks of its process on it (fcntl(2)), SQLite's too; another process would
 * then delete a WAL that is in use. So this descriptor stays open for as long as the database is.
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
