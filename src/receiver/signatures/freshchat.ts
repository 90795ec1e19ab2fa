/**
 * Freshchat signs by itself: base64 of RSA-SHA256 over the raw body; the "secret" is the public key of its settings
 * page.
 */
import { createPublicKey, type KeyObject, verify } from "node:crypto"
import { type Profile, signaturesIn } from "./Profile.js"

const keys = new Map<string, KeyObject | null>()

/** As PEM, or as the bare base64 between its lines. `null` when it is no key. */
const publicKey = (text: string): KeyObject | null => {
  let key = keys.get(text)
  if (key === undefined) {
    const pem = text.includes("-----BEGIN")
      ? text
      : `-----BEGIN PUBLIC KEY-----\n${text.trim()}\n-----END PUBLIC KEY-----\n`
    try {
      key = createPublicKey(pem)
      if (key.asymmetricKeyType !== "rsa") key = null
    } catch {
      key = null
    }
    keys.set(text, key)
  }
  return key
}

/** Whether a setting can serve as the key: said at start, not at the first delivery. */
export const isPublicKey = (text: string): boolean => publicKey(text) !== null

const base64 = /^[A-Za-z0-9+/]+={0,2}$/

export const freshchat: Profile = {
  header: "x-freshchat-signature",
  matches: ({ body, given, secret }) => {
    const key = publicKey(secret)
    if (key === null) return false
    return signaturesIn(given).some((text) => {
      if (!base64.test(text)) return false
      const signature = Buffer.from(text, "base64")
      // A single spelling only: base64 leaves bits of the last letter unused.
      return signature.toString("base64") === text && verify("sha256", body, key, signature)
    })
  }
}
