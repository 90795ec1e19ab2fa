/**
 * The keys that bodies are sealed with: from the file beside the database (`<db>.key`, mode 0600), or from a setting.
 * The first key seals, the others only open.
 */
import { createHash, createSecretKey, type KeyObject, randomBytes } from "node:crypto"
import { closeSync, existsSync, fsyncSync, linkSync, openSync, readFileSync, unlinkSync, writeFileSync } from "node:fs"
import { dirname } from "node:path"
import { besideFile, StoreError, writePrivately } from "../../store/index.js"

/** Keys as text, and the place they were read from, for messages. */
export interface InboxKey {
  readonly text: string
  readonly place: string
}

export interface Key {
  /** Eight digits of a hash: tells keys apart and discloses none. */
  readonly id: string
  readonly key: KeyObject
}

export interface KeyRing {
  readonly place: string
  readonly keys: ReadonlyArray<Key>
}

const keyBytes = 32

const keyOf = (bytes: Buffer): Key => ({
  id: createHash("sha256").update("hookshift inbox key\0").update(bytes).digest("hex").slice(0, 8),
  // A key object is prepared once instead of for each body: a third of the time.
  key: createSecretKey(bytes)
})

/** Keys are separated by line breaks, blanks or commas. */
export const wordsOf = (text: string): ReadonlyArray<string> => text.split(/[\s,]+/).filter((word) => word !== "")

/** Each key is 64 hexadecimal digits or base64. */
export const ringOf = ({ place, text }: InboxKey): KeyRing => {
  const keys = wordsOf(text).map((word) => {
    const bytes = Buffer.from(word, /^[0-9a-f]{64}$/i.test(word) ? "hex" : "base64")
    if (bytes.length !== keyBytes)
      throw new StoreError(
        "key",
        `${place} holds something that is no key of 32 bytes: put the right key back (64 hexadecimal digits, as openssl rand -hex 32 makes them)`
      )
    return keyOf(bytes)
  })
  if (keys.length === 0) throw new StoreError("key", `${place} is empty: put the right key back`)
  return { place, keys }
}

export const keyFileOf = (databaseFile: string): string => `${databaseFile}.key`

/** `null` where there is no such file. */
export const readKeyFile = (databaseFile: string): InboxKey | null => {
  const place = keyFileOf(databaseFile)
  try {
    return { text: readFileSync(place, "utf8"), place }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === "ENOENT") return null
    throw new StoreError("key", `${place} cannot be read (${code}): check its permissions`)
  }
}

export const newKeyText = (): string => randomBytes(keyBytes).toString("hex")

/** Makes the key file of a new database. The first of several processes wins; the others use its key. */
export const makeKeyFile = (databaseFile: string): InboxKey => {
  const place = keyFileOf(databaseFile)
  const mine = besideFile(place)
  try {
    writeFileSync(mine, `${newKeyText()}\n`, { mode: 0o600, flag: "wx", flush: true })
    linkSync(mine, place)
    syncFolder(place)
  } catch (error) {
    if (!existsSync(place))
      throw new StoreError(
        "key",
        `${place} cannot be written (${(error as NodeJS.ErrnoException).code}): check the folder of ${databaseFile}`
      )
  } finally {
    if (existsSync(mine)) unlinkSync(mine)
  }
  return readKeyFile(databaseFile)!
}

/** Writes a key file as a whole, or leaves it as it was. */
export const writeKeys = (file: string, lines: ReadonlyArray<string>): void => {
  try {
    writePrivately(
      file,
      lines.map((line) => `${line}\n`)
    )
    syncFolder(file)
  } catch (error) {
    throw new StoreError(
      "key",
      `${file} cannot be written (${(error as NodeJS.ErrnoException).code}): check its folder`
    )
  }
}

/** A body on disk needs a key that is on disk. */
const syncFolder = (file: string): void => {
  if (process.platform === "win32") return // a folder cannot be opened there
  const folder = openSync(dirname(file), "r")
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}
