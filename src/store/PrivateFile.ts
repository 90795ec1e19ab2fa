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
  writeFileSync,
  writeSync
} from "node:fs"

const ownerOnly = 0o600

/** A name beside a file that nobody else can have made before. */
export const besideFile = (file: string): string => `${file}.${process.pid}.${randomBytes(6).toString("hex")}.new`

/** Throws `fs`'s errors. What lies at `file` stays as it is until the new one is whole. */
export const writePrivately = (file: string, parts: string | Iterable<string>): void => {
  const texts = typeof parts === "string" ? [parts] : parts
  // A terminal, a pipe, /dev/null: nothing that a file could take the place of.
  const there = statSync(file, { throwIfNoEntry: false })
  if (there !== undefined && !there.isFile() && !there.isDirectory()) {
    for (const text of texts) writeFileSync(file, text, { flag: "a" })
    return
  }
  const unfinished = besideFile(file)
  const handle = openSync(unfinished, "wx", ownerOnly)
  try {
    try {
      fchmodSync(handle, ownerOnly)
      for (const text of texts) writeSync(handle, text)
      fsyncSync(handle)
    } finally {
      closeSync(handle)
    }
    renameSync(unfinished, file)
  } catch (error) {
    rmSync(unfinished, { force: true })
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
