/**
 * standardwebhooks.com, version 1: `webhook-signature` has one or more `v1,BASE64`, separated by spaces, each the
 * HMAC-SHA256 of `id.timestamp.body`. Secrets are base64, with `whsec_` in front. Svix, where the scheme comes from,
 * names its headers `svix-…`.
 */
import { type Headers, headerText, hmac, type Profile, sameText } from "./Profile.js"

const seconds = /^\d{1,12}$/
const versioned = /(?<![^\s,])v1,([A-Za-z0-9+/]{43}=)(?=[\s,]|$)/g

/** The three headers belong together: an id or a time under the other naming was not signed. */
const named = (headers: Headers, name: "id" | "timestamp"): string | null =>
  headerText(headers, `${headerText(headers, "webhook-signature") === null ? "svix" : "webhook"}-${name}`)

/** By the specification base64; a secret without its prefix may be plain text as well, as `--forward` signs with it. */
const keysOf = (secret: string): ReadonlyArray<Buffer> => {
  const encoded = Buffer.from(secret.replace(/^whsec_/, ""), "base64")
  const keys = secret.startsWith("whsec_") ? [encoded] : [encoded, Buffer.from(secret)]
  // An empty key would accept any signature made with it.
  return keys.filter(({ length }) => length > 0)
}

export const standardWebhooks: Profile = {
  header: "webhook-signature",
  otherHeader: "svix-signature",
  idHeaders: ["webhook-id", "svix-id"],
  signedAt: ({ headers }) => {
    const stamp = named(headers, "timestamp")
    return stamp !== null && seconds.test(stamp) ? Number(stamp) * 1000 : null
  },
  matches: ({ body, given, headers, secret }) => {
    const id = named(headers, "id")
    const stamp = named(headers, "timestamp")
    if (id === null || stamp === null) return false
    let valid = false
    for (const key of keysOf(secret)) {
      const expected = hmac(key, [`${id}.${stamp}.`, body], "base64")
      for (const [, signature] of given.matchAll(versioned)) valid = sameText(signature!, expected) || valid
    }
    return valid
  }
}
