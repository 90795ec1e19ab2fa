/**
 * standardwebhooks.com, version 1: `webhook-signature` has one or more `v1,BASE64`, separated by spaces, each the HMAC-SHA256
 * of `id.timestamp.body`. Secrets are base64, with `whsec_` in front.
 */
import { header, hmac, type Profile, sameText } from "./Profile.js"

const seconds = /^\d{1,12}$/

export const standardWebhooks: Profile = {
  header: "webhook-signature",
  idHeader: "webhook-id",
  signedAt: ({ headers }) => {
    const stamp = header(headers, "webhook-timestamp")
    return stamp !== null && seconds.test(stamp) ? Number(stamp) * 1000 : null
  },
  matches: ({ body, given, headers, secret }) => {
    const id = header(headers, "webhook-id")
    const stamp = header(headers, "webhook-timestamp")
    if (id === null || stamp === null) return false
    const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64")
    if (key.length === 0) return false // an empty key would let anybody in
    const expected = `v1,${hmac(key, [`${id}.${stamp}.`, body], "base64")}`
    let valid = false
    for (const signature of given.split(" ")) valid = sameText(signature, expected) || valid
    return valid
  }
}
