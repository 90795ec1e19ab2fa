/**
 * Bodies at rest are sealed with AES-256-GCM: a copy of the database, a backup or its WAL discloses none. Each body
 * names its key: the right one of several opens it, and a missing key can be named.
 */
import { createCipheriv, createDecipheriv, randomFillSync } from "node:crypto"
import { StoreError } from "../../store/index.js"
import type { Key, KeyRing } from "./KeyRing.js"

export interface Seal {
  readonly seal: (plain: Uint8Array) => Buffer
  /** Throws a `key` error where none of the keys opens it. */
  readonly open: (sealed: Uint8Array) => Buffer
  /** Whether the body is sealed with the key that seals now. */
  readonly current: (sealed: Uint8Array) => boolean
}

/** Prefix of a body that names its key. Older bodies begin with their nonce, one in 256 of which begins alike. */
export const marker = Buffer.from([0x02])
const idBytes = 4
const nonceBytes = 12
const tagBytes = 16

export const prefixOf = (id: string): Buffer => Buffer.concat([marker, Buffer.from(id, "hex")])

export const makeSeal = ({ keys, place }: KeyRing): Seal => {
  const first = keys[0]
  const byId = new Map(keys.map((key) => [key.id, key]))
  const head = prefixOf(first?.id ?? "")
  const salt = Buffer.allocUnsafe(nonceBytes)
  randomFillSync(salt)
  let sealedSoFar = 0
  const idOf = (sealed: Uint8Array): string | null =>
    sealed[0] === marker[0] ? Buffer.from(sealed.subarray(1, 1 + idBytes)).toString("hex") : null
  return {
    seal: (plain) => {
      if (first === undefined) throw new StoreError("key", `there is no key at ${place} to seal a body with`)
      // A random prefix for this process and a counter: no nonce repeats, and none costs a system call.
      const nonce = Buffer.from(salt)
      if (++sealedSoFar >= 2 ** 32) {
        randomFillSync(salt)
        sealedSoFar = 0
      }
      nonce.writeUInt32BE(sealedSoFar >>> 0, nonceBytes - 4)
      const cipher = createCipheriv("aes-256-gcm", first.key, nonce)
      return Buffer.concat([head, nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()])
    },
    open: (sealed) => {
      const id = idOf(sealed)
      const named = id === null ? undefined : byId.get(id)
      const opened = named === undefined ? null : openWith(named, sealed.subarray(1 + idBytes))
      if (opened !== null) return opened
      // From before bodies named their key.
      for (const key of keys) {
        const legacy = openWith(key, sealed)
        if (legacy !== null) return legacy
      }
      throw new StoreError(
        "key",
        `a body is sealed with ${nameOf(id)}, which is not in ${place}: add it there as a further line`
      )
    },
    current: (sealed) => first !== undefined && idOf(sealed) === first.id
  }
}

const nameOf = (id: string | null): string => (id === null ? "a key of before" : `the key ${id}`)

/** `null`: another key, or damaged. */
const openWith = ({ key }: Key, sealed: Uint8Array): Buffer | null => {
  if (sealed.length < nonceBytes + tagBytes) return null
  const decipher = createDecipheriv("aes-256-gcm", key, sealed.subarray(0, nonceBytes), { authTagLength: tagBytes })
  decipher.setAuthTag(sealed.subarray(sealed.length - tagBytes))
  try {
    return Buffer.concat([decipher.update(sealed.subarray(nonceBytes, sealed.length - tagBytes)), decipher.final()])
  } catch {
    return null
  }
}
