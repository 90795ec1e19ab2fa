/**
 * How long the WAL is, from the index that SQLite keeps beside it (`-shm`; https://sqlite.org/walformat.html, "The WAL-Index
 * Header"): the file's own size says nothing once it has begun anew. Some 2 µs a look.
 */
import { closeSync, openSync, readSync } from "node:fs"

export interface WalFrames {
  /** Pages in the WAL, and those among them that are in the database already. */
  readonly look: () => { readonly written: number; readonly folded: number }
  readonly close: () => void
}

const writtenAt = 16
const foldedAt = 96
const bytes = foldedAt + 4

/** `null` where the index cannot be read. */
export const openWalFrames = (databaseFile: string): WalFrames | null => {
  let file: number
  try {
    file = openSync(`${databaseFile}-shm`, "r")
  } catch {
    return null
  }
  const buffer = Buffer.alloc(bytes)
  const words = new DataView(buffer.buffer, buffer.byteOffset, bytes)
  // In the machine's own order of bytes; every machine that Node runs on in earnest is little-endian.
  const littleEndian = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1
  return {
    look: () => {
      if (readSync(file, buffer, 0, bytes, 0) < bytes) return { written: 0, folded: 0 }
      return { written: words.getUint32(writtenAt, littleEndian), folded: words.getUint32(foldedAt, littleEndian) }
    },
    close: () => closeSync(file)
  }
}
