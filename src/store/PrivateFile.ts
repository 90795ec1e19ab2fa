/**
 * Files for their owner alone, whatever the umask: databases, exports, reports, keys. A new file is made beside the old
 * one and replaces it whole; a link at its place is replaced, not followed. docs/dependencies.md compares packages for
 * this.
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

/** Characters in one write: a write for every line would cost more than the lines. */
const together = 65_536

/** A new name beside a file; 48 random bits, so that no other user can have made it before. */
export const besideFile = (file: string): string => `${file}.${process.pid}.${randomBytes(6).toString("hex")}.new`

/**
 * A file while it is written; throws the errors of `fs`, a full disk's among them. The file at its place stays as it is
 * until `keep`.
 */
export interface Unfinished {
  readonly write: (text: string) => void
  /** All is written: the new file replaces the old one. */
  readonly keep: () => void
  /** Removes the unfinished file; does nothing after `keep`. */
  readonly drop: () => void
}

export const openPrivately = (file: string): Unfinished => {
  let held = ""
  const writingTo = (place: string | number) => {
    const flush = (): void => {
      // `writeSync` may write a part where a disk is full; `writeFileSync` writes all or throws.
      writeFileSync(place, held, { flag: "a" })
      held = ""
    }
    const write = (text: string): void => {
      held += text
      if (held.length >= together) flush()
    }
    return { flush, write }
  }
  // A terminal, a pipe or /dev/null is written to; a file must not replace it.
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

/** Writes a whole file. Throws the errors of `fs`; the file at `file` then stays as it was. */
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

/**
 * Takes the rights of others off a file that this user owns. A file of another user, or on a file system without
 * rights, stays as it is.
 */
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
