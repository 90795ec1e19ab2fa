/**
 * Files that hold what was recorded or received, or what follows from it: for their owner alone, whatever the umask. A new file
 * is made beside the old one and takes its place whole; a link that lies there is replaced, not followed.
 */
import { randomBytes } from "node:crypto"
import {
  chmodSync,
  closeSync,
  fchmodSync,
  fsyncSync,
  lstatSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync
} from "node:fs"

const ownerOnly = 0o600

/** Characters that are written together: a write for every line would cost more than the lines. */
const together = 65_536

/** A name beside a file that nobody else can have made before. */
export const besideFile = (file: string): string => `${file}.${process.pid}.${randomBytes(6).toString("hex")}.new`

/** A file while it is written; throws `fs`'s errors, a full disk's among them. What lies at its place stays as it is until `keep`. */
export interface Unfinished {
  readonly write: (text: string) => void
  /** All is written: it takes its place. */
  readonly keep: () => void
  /** It is not to be: nothing after `keep`. */
  readonly drop: () => void
}

export const openPrivately = (file: string): Unfinished => {
  let held = ""
  const writingTo = (place: string | number) => {
    const flush = (): void => {
      // Whole, or with an error: `writeSync` may write a part of it where a disk is full.
      writeFileSync(place, held, { flag: "a" })
      held = ""
    }
    const write = (text: string): void => {
      held += text
      if (held.length >= together) flush()
    }
    return { flush, write }
  }
  // A terminal, a pipe, /dev/null: nothing that a file could take the place of.
  const there = statSync(file, { throwIfNoEntry: false })
  if (there !== undefined && !there.isFile() && !there.isDirectory()) {
    const { flush, write } = writingTo(file)
    return { write, keep: flush, drop: () => undefined }
  }
  const unfinished = besideFile(file)
  const handle = openSync(unfinished, "wx", ownerOnly)
  let open = true
  let kept = false
  const close = (): void => {
    if (!open) return
    open = false
    closeSync(handle)
  }
  const drop = (): void => {
    if (kept) return
    close()
    rmSync(unfinished, { force: true })
  }
  try {
    fchmodSync(handle, ownerOnly)
  } catch (error) {
    drop()
    throw error
  }
  const { flush, write } = writingTo(handle)
  return {
    write,
    keep: () => {
      flush()
      fsyncSync(handle)
      close()
      renameSync(unfinished, file)
      kept = true
    },
    drop
  }
}

/** Throws `fs`'s errors. What lies at `file` stays as it is until the new one is whole. */
export const writePrivately = (file: string, parts: string | Iterable<string>): void => {
  const unfinished = openPrivately(file)
  try {
    for (const text of typeof parts === "string" ? [parts] : parts) unfinished.write(text)
    unfinished.keep()
  } catch (error) {
    unfinished.drop()
    throw error
  }
}

/** Makes an empty file where there is none. */
export const makePrivate = (file: string): void => {
  try {
    const handle = openSync(file, "wx", ownerOnly)
    try {
      fchmodSync(handle, ownerOnly)
    } finally {
      closeSync(handle)
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error
  }
}

/** Takes the rights of others off a file that this user owns; another's file, or a file system without rights, stays as it is. */
export const keepPrivate = (file: string): void => {
  const there = lstatSync(file, { throwIfNoEntry: false })
  if (there === undefined || !there.isFile() || (there.mode & 0o077) === 0) return
  if (there.uid !== process.getuid?.()) return
  try {
    chmodSync(file, ownerOnly)
  } catch (error) {
    if (!/^(?:EPERM|EROFS|ENOTSUP|EACCES)$/.test((error as NodeJS.ErrnoException).code ?? "")) throw error
  }
}
