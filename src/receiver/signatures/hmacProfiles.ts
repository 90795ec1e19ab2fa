/** Profiles whose header is the HMAC-SHA256 of the body, and the shared token for senders that cannot sign. */
import { hmac, isDigest, type Profile, sameText, sameToken } from "./Profile.js"

/** FRESHWORKS.md, "Webhooks"; hex unless the setting says base64. */
export const freshworks: Profile = {
  header: "x-freshworks-signature",
  wellFormed: (given, encoding) => isDigest(given, encoding ?? "hex"),
  matches: ({ body, encoding, given, secret }) => sameText(given, hmac(secret, [body], encoding ?? "hex"))
}

/** A secret header, for rules and the like. */
export const token: Profile = {
  header: "x-hookshift-token",
  matches: ({ given, secret }) => sameToken(given, secret)
}

/** docs.github.com, "Validating webhook deliveries": `sha256=` and the hex digest. */
export const github: Profile = {
  header: "x-hub-signature-256",
  idHeader: "x-github-delivery",
  wellFormed: (given) => given.startsWith("sha256=") && isDigest(given.slice(7), "hex"),
  matches: ({ body, given, secret }) => sameText(given, `sha256=${hmac(secret, [body], "hex")}`)
}

/** shopify.dev, "Deliver webhooks through HTTPS": base64 of the digest. */
export const shopify: Profile = {
  header: "x-shopify-hmac-sha256",
  idHeader: "x-shopify-webhook-id",
  wellFormed: (given) => isDigest(given, "base64"),
  matches: ({ body, given, secret }) => sameText(given, hmac(secret, [body], "base64"))
}
