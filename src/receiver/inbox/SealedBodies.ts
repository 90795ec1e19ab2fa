/**
 * Bodies at rest are sealed with AES-256-GCM under a key that lies beside the database (`<db>.key`, mode 0600): who
 * gets a copy of the database, a backup or its WAL reads none of them.
 */
import { createCipheriv, createDecipheriv, createSecretKey, randomBytes, randomFillSync } from "node:crypto"
import { existsSync, linkSync, readFileSync, unlinkSync, writeFileSync } from "node:fs"
import { StoreError } from "../../store/index.js"

export interface Seal {
  readonly seal: (plain: Uint8Array) => Buffer
  readonly open: (sealed: Uint8Array) => Buffer
}

const keyBytes = 32
const nonceBytes = 12
const tagBytes = 16

export const openSeal = (databaseFile: string): Seal => {
  const file = `${databaseFile}.key`
  // As a key object: made ready once instead of for each body, a third of the time.
  const key = createSecretKey(readOrMakeKey(file, databaseFile))
  const salt = Buffer.allocUnsafe(nonceBytes)
  randomFillSync(salt)
  let sealedSoFar = 0
  return {
    seal: (plain) => {
      // A random prefix for this process and a count: no nonce comes twice, and none costs a system call.
      const nonce = Buffer.from(salt)
      if (++sealedSoFar >= 2 ** 32) {
        randomFillSync(salt)
        sealedSoFar = 0
      }
      nonce.writeUInt32BE(sealedSoFar >>> 0, nonceBytes - 4)
      const cipher = createCipheriv("aes-256-gcm", key, nonce)
      return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()])
    },
    open: (sealed) => {
      const nonce = sealed.subarray(0, nonceBytes)
      const decipher = createDecipheriv("aes-256-gcm", key, nonce)
      decipher.setAuthTag(sealed.subarray(sealed.length - tagBytes))
      try {
        return Buffer.concat([decipher.update(sealed.subarray(nonceBytes, sealed.length - tagBytes)), decipher.final()])
      } catch {
        throw new StoreError(
          "io",
          `${file} is not the key that ${databaseFile} was written with: put the right key file back`
        )
      }
    }
  }
}

const readOrMakeKey = (file: string, databaseFile: string): Buffer => {
  if (!existsSync(file)) {
    const mine = `${file}.${process.pid}.${randomBytes(6).toString("hex")}`
    try {
      writeFileSync(mine, `${randomBytes(keyBytes).toString("hex")}\n`, { flag: "wx", mode: 0o600, flush: true })
      // The first of several processes wins; the others use its key.
      linkSync(mine, file)
    } catch (error) {
      if (!existsSync(file))
        throw new StoreError(
          "io",
          `${file} cannot be written (${(error as NodeJS.ErrnoException).code}): check the folder of ${databaseFile}`
        )
    } finally {
      if (existsSync(mine)) unlinkSync(mine)
    }
  }
  const key = Buffer.from(readFileSync(file, "utf8").trim(), "hex")
  if (key.length !== keyBytes) throw new StoreError("io", `${file} is damaged: put the right key file back`)
  return key
}
